package plan

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/diag"
)

// CgoWarnings says what the user did not ask for, or what has no effect. Each has a place in the configuration.
func (p *Plan) CgoWarnings(in Input) []*diag.Error {
	var warnings diag.List
	asked := !isZero(in.Config.Cgo)
	switch {
	case !p.UsesCgo() && asked && in.Config.Cgo.Enabled != "off":
		warnings.Addf(in.At("cgo"), "cgo is configured, but no package outside of the standard library uses it").Help =
			"remove the settings, or set enabled: on"
	case p.UsesCgo() && !asked:
		warnings.Addf(in.At("cgo"), "%s", p.CgoReport()).Help =
			"say in cgo: what you want, such as {libc: glibc, link: dynamic}; {enabled: off} builds without C"
	}
	return append(warnings, p.oddities(in)...)
}

func isZero(c config.Cgo) bool { return reflect.ValueOf(c).IsZero() }

// oddities reports what a build takes from dependencies that nobody reads: flags that reach beyond compiling, and machine code.
func (p *Plan) oddities(in Input) diag.List {
	var (
		list diag.List
		seen = map[string]bool{}
	)
	add := func(format string, args ...any) {
		if msg := fmt.Sprintf(format, args...); !seen[msg] {
			seen[msg] = true
			list.Addf(in.At("cgo"), "%s", msg)
		}
	}
	for _, img := range p.Images {
		for _, name := range img.Syso {
			add("%s is machine code that is linked as it is", name)
		}
		if img.Cgo == nil {
			continue
		}
		for _, u := range img.Cgo.Uses {
			if len(u.Odd) > 0 {
				add("%s has unusual flags in its #cgo lines: %s", u.ImportPath, strings.Join(u.Odd, " "))
			}
		}
	}
	return list
}
