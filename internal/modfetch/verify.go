package modfetch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/module"
)

// Verifier knows the sums of files of modules: [GoSum], or a checksum database ([Fetcher.SumDB]).
type Verifier interface {
	// Sums gives the h1: sums of which a module's file with the extension, ".zip" or ".mod", has to have one. The error is a
	// [MissingSumError] if there are none.
	Sums(ctx context.Context, m module.Version, ext string) ([]string, error)
	// String says in errors who knows the sums.
	String() string
}

// GoSum are the sums of one or more go.sum files. The sum of a go.mod file stands under the version with "/go.mod".
type GoSum map[module.Version][]string

// Add reads a go.sum file. Lines that cannot be ones of it say nothing, as in cmd/go, which reports a sum that is missing
// and not a line that is strange.
func (s GoSum) Add(gosum []byte) {
	for line := range strings.Lines(string(gosum)) {
		if f := strings.Fields(line); len(f) == 3 && strings.HasPrefix(f[2], "h1:") {
			m := module.Version{Path: f[0], Version: f[1]}
			s[m] = append(s[m], f[2])
		}
	}
}

// Sums implements [Verifier].
func (s GoSum) Sums(_ context.Context, m module.Version, ext string) ([]string, error) {
	sums := s[signed(m, ext)]
	if len(sums) == 0 {
		return nil, &MissingSumError{Module: m, Ext: ext}
	}
	return sums, nil
}

// String implements [Verifier].
func (GoSum) String() string { return "go.sum" }

// signed gives the name under which the sum of a module's file stands in go.sum and in checksum databases.
func signed(m module.Version, ext string) module.Version {
	if ext == ".mod" {
		m.Version += "/go.mod"
	}
	return m
}

// MissingSumError says that go.sum has no sum of a file, which is then not asked for.
type MissingSumError struct {
	Module module.Version
	Ext    string // ".zip" or ".mod"
}

// Error is worded as cmd/go words it.
func (e *MissingSumError) Error() string {
	if e.Ext == ".mod" {
		return fmt.Sprintf("%s: missing go.sum entry for go.mod file", e.Module)
	}
	return fmt.Sprintf("%s: missing go.sum entry", e.Module)
}

func isMissing(err error) bool {
	_, ok := errors.AsType[*MissingSumError](err)
	return ok
}

// SumError says that a file is not what was published. It is never retried and never falls through.
type SumError struct {
	Module module.Version
	Ext    string // ".zip" or ".mod"
	// Got is the h1: sum of the file (golang.org/x/mod/sumdb/dirhash), Want the one that WantFrom knows.
	Got, Want, WantFrom string
	// Source is a URL without user name, password and query, or says what else the file is from.
	Source string
	// Help says what may be the reason, and what to do, if the file is from where the module is developed; else it is "".
	Help string
}

// Error says both sums and where each comes from.
func (e *SumError) Error() string {
	msg := fmt.Sprintf("verifying %s: checksum mismatch: downloaded %s from %s, but %s has %s",
		signed(e.Module, e.Ext), e.Got, e.Source, e.WantFrom, e.Want)
	if e.Help != "" {
		msg += "; " + e.Help
	}
	return msg
}

// compare gives the error if what it got is not one of the sums.
func compare(e *SumError, want []string) error {
	if slices.Contains(want, e.Got) {
		return nil
	}
	e.Want = strings.Join(want, " or ")
	return e
}
