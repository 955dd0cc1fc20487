package config

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/rules"
)

// Stamp says which string variables the linker sets, by their names for -X, such as "main.version". Its zero value leaves it
// to the build to find the well-known ones.
type Stamp struct {
	// Off sets none, not even well-known ones.
	Off bool
	// Vars are set whatever else is known.
	Vars map[string]Template
}

// stampOff is how a file spells [Stamp.Off].
const stampOff = "off"

// MarshalJSON writes s as in the file.
func (s Stamp) MarshalJSON() ([]byte, error) {
	if s.Off {
		return json.Marshal(stampOff)
	}
	return json.Marshal(s.Vars)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (s *Stamp) UnmarshalJSON(data []byte) error {
	var word string
	if err := json.Unmarshal(data, &word); err == nil {
		*s = Stamp{Off: true}
		if word != stampOff {
			return fmt.Errorf("decoding build.stamp: %q is not %q", word, stampOff)
		}
		return nil
	}
	*s = Stamp{}
	return json.Unmarshal(data, &s.Vars)
}

// fromNode reads off, or a mapping. An argument may say off.
func (s *Stamp) fromNode(d decoder, n *node) {
	switch {
	case n.kind == kindString && n.text == stampOff:
		s.Off = true
	case n.kind == kindMapping:
		s.Vars = make(map[string]Template, len(n.entries))
		for _, e := range n.entries {
			if e.value.kind != kindString {
				d.errs.Addf(e.value.Range, "expected a string, found %s", e.value.kind).Help = writeString(e.value)
			}
			s.Vars[e.key.text] = Template(e.value.text)
		}
	case !n.templated || !d.skipTemplated:
		e := d.errs.Addf(n.Range, "expected off or a mapping of variables to strings, found %s", n.kind)
		e.Help = `write off, or {main.version: "${version}"}`
	}
}

// Limits of what is stamped, in bytes. All flags of the linker together are one argument of a process, which Linux limits to
// 128 KiB.
const (
	maxStamp  = 4 << 10
	maxStamps = 64 << 10
)

var stampKey = regexp.MustCompile(`^[\w./-]+\.[A-Za-z_]\w*$`)

// stamp checks the names and those values that are complete.
func (c checker) stamp(s *Stamp) {
	n := c.root.find("build", "stamp")
	size := 0
	for name, value := range s.Vars {
		e := n.get(name)
		size += len(name) + len(value)
		if err := stampVariable(name); err != nil {
			c.report(e.key, err)
		}
		if e.value.kind != kindString || e.value.open || e.value.templated && c.skipTemplated {
			continue
		}
		if err := CheckStamp(value.literal()); err != nil {
			c.report(e.value, err)
		}
	}
	if size > maxStamps {
		c.errs.Addf(n.Range, "build.stamp has %d bytes, more than the %d allowed", size, maxStamps)
	}
}

// stampVariable checks a name for -X. cmd/go cuts it at the last dot, so that of a path in quotes has none.
func stampVariable(name string) error {
	parts := stampName.FindStringSubmatch(name)
	if !stampKey.MatchString(name) || parts == nil || module.CheckImportPath(parts[1]) != nil {
		return &problem{fmt.Sprintf("%q does not name a variable", name), "write main.NAME, or the import path of a package, a dot and a name"}
	}
	return nil
}

// CheckStamp judges a value of [Stamp.Vars] once its facts are in.
func CheckStamp(value string) error {
	switch {
	case strings.ContainsAny(value, "\n\r\x00"):
		return &problem{"the value has several lines", "a stamped variable is one line"}
	case strings.Contains(value, `'`) && strings.Contains(value, `"`):
		return &problem{"the value has both kinds of quotes", "cmd/go cannot pass it to the linker"}
	case len(value) > maxStamp:
		return &problem{fmt.Sprintf("the value has %d bytes, more than the %d allowed", len(value), maxStamp), ""}
	}
	return nil
}

// LinkedVariables are the names that -X among linker flags sets; flags are in the form that package config gives them.
func LinkedVariables(flags []string) []string {
	var names []string
	for i, flag := range flags {
		value, ok := strings.CutPrefix(flag, "-X=")
		if i > 0 && flags[i-1] == "-X" {
			value, ok = flag, true
		}
		if name, _, assigned := strings.Cut(value, "="); ok && assigned {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// stampedTwice reports what both build.stamp and build.ldflags set.
func (c checker) stampedTwice(b *Build) {
	for _, name := range LinkedVariables(b.LDFlags) {
		if e := c.root.find("build", "stamp").get(name); e != nil {
			m := c.errs.Addf(e.key.Range, "build.stamp and build.ldflags both set %s", name)
			m.Rule, m.Help = rules.Stamp, "remove one of them"
		}
	}
}
