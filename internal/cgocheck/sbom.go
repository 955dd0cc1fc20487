package cgocheck

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/modship-build/modship/internal/binary"
	"github.com/modship-build/modship/internal/sbom"
	"github.com/modship-build/modship/internal/target"
)

// ErrSeveral says that an SBOM was asked for of several programs.
var ErrSeveral = errors.New("an SBOM is of one program")

// only gives the one program of a report that an SBOM can be of.
func (r *Report) only() (*Program, error) {
	switch n := len(r.Programs); {
	case n == 0:
		return nil, errors.New("there is no program that an SBOM could be of")
	case n > 1:
		const shown = 10
		var names []string
		for _, p := range r.Programs[:min(n, shown)] {
			names = append(names, strings.TrimSpace(p.Platform+" "+p.Path))
		}
		if n > shown {
			names = append(names, "…")
		}
		return nil, fmt.Errorf("%w, and here are %d (%s): choose with --platform and --binary, or name one --file", ErrSeveral, n, strings.Join(names, ", "))
	}
	p := &r.Programs[0]
	if p.Facts == nil || p.Go == nil || p.Go.Version == "" {
		return nil, errors.New(p.Path + " has no build information of Go, which an SBOM is made of")
	}
	return p, nil
}

// tool is the command that makes documents.
const tool = "cgo-check"

// SPDX writes an SPDX 2.3 document of the only program: that of package sbom, with what is known of its C as annotations. The version is
// that of cgo-check.
func (r *Report) SPDX(w io.Writer, version string) error {
	p, err := r.only()
	if err != nil {
		return err
	}
	text, err := sbom.SPDX(sbom.Input{
		Image: p.name(), Target: target.Target{OS: "linux", Arch: p.Machine}, Created: p.created(),
		Facts: p.Build(), Program: binary.File{Path: p.Path, SHA1: p.SHA1, SHA256: p.SHA256, Size: p.Size},
		CPackages: p.cPackages(), Annotations: p.statements(), Tool: tool, Version: version,
	})
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

func (p *Program) created() time.Time {
	if p.Created != nil {
		return *p.Created
	}
	return time.Unix(0, 0)
}

// cPackages are the libraries beside the program and those that seem to be inside.
func (p *Program) cPackages() []sbom.CPackage {
	var all []sbom.CPackage
	if p.Libraries != nil {
		for _, l := range p.Libraries.Found {
			all = append(all, sbom.CPackage{Name: l.Name, Generic: true, Files: []string{l.Path}})
		}
	} else {
		for _, name := range p.Link.Needed {
			all = append(all, sbom.CPackage{Name: name, Generic: true})
		}
	}
	for _, e := range p.Embedded {
		all = append(all, sbom.CPackage{Name: e.Library, Version: e.Version, Generic: true, Static: true,
			Files: []string{fmt.Sprintf("a text at offset %d, which is a guess", e.Offset)}})
	}
	return all
}

// statements say in sentences what is known of the C in a program, each beginning with what it is of.
func (p *Program) statements() []string {
	all := []string{fmt.Sprintf("cgo: verdict %s: %s", p.Verdict, p.Reason)}
	if p.Libc != nil {
		all = append(all, "cgo: C library "+p.libcText())
	}
	calls := map[string][]string{}
	for _, c := range p.Calls {
		if calls[c.Package] == nil {
			all = append(all, "cgo: calls of "+c.Package)
		}
		calls[c.Package] = append(calls[c.Package], c.Function)
	}
	for i, text := range all {
		if pkg, ok := strings.CutPrefix(text, "cgo: calls of "); ok {
			all[i] += ": " + strings.Join(calls[pkg], ", ")
		}
	}
	if len(p.Imports) > 0 {
		all = append(all, "cgo: imports: "+strings.Join(p.Imports, ", "))
	}
	for _, risk := range p.Risks {
		all = append(all, fmt.Sprintf("cgo: risk %s: %s is %s%s: it %s", risk.Class, risk.Symbol, risk.How, by(risk.By), risk.Reason))
	}
	for _, d := range p.Opens {
		kind := "guessed"
		if d.Stated {
			kind = "stated"
		}
		all = append(all, "cgo: opens ("+kind+"): "+strings.Join(d.Libraries, ", "))
	}
	return all
}
