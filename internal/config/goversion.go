package config

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"go/version"
	"reflect"
	"strings"
)

// Go says which Go compiles. Its zero value is the one that go.mod asks for.
type Go struct {
	// Version is without the "go" prefix, such as "1.26", "1.26.8" or "1.27rc1".
	Version string
	// Sums are h1: hashes of which the toolchain has to have one: it has another for each platform that it runs on.
	Sums []string
}

// goKeys are the keys of the mapping.
type goKeys struct {
	Version string  `json:"version,omitzero"`
	Sum     sumList `json:"sum,omitzero"`
}

// MarshalJSON writes g as in the file.
func (g Go) MarshalJSON() ([]byte, error) {
	if g.Sums == nil {
		return json.Marshal(g.Version)
	}
	return json.Marshal(goKeys{g.Version, g.Sums})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (g *Go) UnmarshalJSON(data []byte) error {
	*g = Go{}
	if err := json.Unmarshal(data, &g.Version); err == nil {
		return nil
	}
	var keys goKeys
	err := json.Unmarshal(data, &keys)
	*g = Go{keys.Version, keys.Sum}
	return err
}

// fromNode reads a version, or a mapping.
func (g *Go) fromNode(d decoder, n *node) {
	if n.kind != kindMapping {
		d.scalar(n, reflect.ValueOf(&g.Version).Elem(), "")
		return
	}
	var keys goKeys
	d.structure(n, reflect.ValueOf(&keys).Elem())
	*g = Go{keys.Version, keys.Sum}
}

// sumList is one hash, or a list.
type sumList []string

func (s *sumList) fromNode(d decoder, n *node) {
	if n.kind == kindString {
		*s = sumList{n.text}
		return
	}
	d.list(n, reflect.ValueOf(s).Elem(), "")
}

// golang checks the choice of a Go.
func (c checker) golang(g *Go) {
	n := c.root.find("go")
	if n == nil {
		return
	}
	if n.kind != kindMapping {
		c.value(&g.Version, n, GoVersion)
		return
	}
	c.scalar(&g.Version, GoVersion, "go", "version")
	at := n.find("sum")
	if at == nil {
		return
	}
	if at.kind == kindSequence {
		c.list(g.Sums, goSum, "go", "sum")
	} else if len(g.Sums) == 1 {
		c.value(&g.Sums[0], at, goSum)
	}
	written := n.find("version")
	switch {
	case written != nil && written.templated && c.skipTemplated:
	case at.kind == kindSequence && len(at.items) == 0:
		c.report(at, &problem{"go.sum has no hash", "write that of the module golang.org/toolchain, or remove the key"})
	case g.Version == "" || version.Lang("go"+g.Version) == "go"+g.Version:
		c.report(at, &problem{"go.sum is the hash of one release, and go.version names none", `write the release out, as in "1.26.8"`})
	}
}

// goSum checks a hash as go.sum files have it.
func goSum(s string) (string, error) {
	hash, ok := strings.CutPrefix(s, "h1:")
	if sum, err := base64.StdEncoding.DecodeString(hash); !ok || err != nil || len(sum) != 32 {
		return "", &problem{fmt.Sprintf("%q is not a hash of a module", s), "write the one of golang.org/toolchain as go.sum would have it: h1: and 44 characters"}
	}
	return s, nil
}

// GoVersion checks a Go version, "1.26", "1.26.8" or "1.27rc1" with or without "go" before it, and returns it without.
func GoVersion(s string) (string, error) {
	v := strings.TrimPrefix(s, "go")
	if !version.IsValid("go"+v) || !strings.HasPrefix(v, "1.") || strings.Contains(v, "-") {
		return "", &problem{fmt.Sprintf("%q is not a Go version", s), `write "1.26" for its newest patch, "1.26.8" or "1.27rc1"`}
	}
	return v, nil
}
