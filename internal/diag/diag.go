// Package diag carries mistakes in a user's input to the place where they were made.
//
// A package that reads input collects an [*Error] for each mistake in a [List] and returns them all at once; it never stops
// at the first. Only package frontend turns them into BuildKit's source errors. Lines and columns count from 1; a zero Start
// means that the mistake belongs to the file as a whole.
package diag

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/agext/levenshtein"

	"github.com/modship-build/modship/internal/safetext"
)

// Pos is a place in a file: line and column in bytes, both counted from 1.
type Pos struct {
	Line int `json:"line"`
	Col  int `json:"col"`
}

// Range is a stretch of one file. End is never before Start; both are set or both are zero.
type Range struct {
	File  string `json:"file"`
	Start Pos    `json:"start,omitzero"`
	End   Pos    `json:"end,omitzero"`
}

// String formats r as file:line:col, leaving out what is not known.
func (r Range) String() string {
	if r.Start.Line == 0 {
		return r.File
	}
	return fmt.Sprintf("%s:%d:%d", r.File, r.Start.Line, r.Start.Col)
}

// Error is one mistake in a user's input.
type Error struct {
	Range
	// Msg says what is wrong, in lower case and without a full stop.
	Msg string
	// Help says what to do about it; it may be empty.
	Help string
	// Err is the cause, if another error is; Msg does not repeat it.
	Err error
	// Rule is the ID of the rule of package rules that it breaks, "" if it breaks none.
	Rule string
	// Missing is the path in the build context of what is looked for and not there, or "".
	Missing string
	// Fails says that nobody wrote the input wrong and that the build fails here all the same: code that does not compile, or an image
	// that cannot be had. [Wrong] does not count it.
	Fails bool
}

// Error formats e as one line, "place: message: cause; help", leaving out what is not known and the middle of what is long.
func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(safetext.Line(e.Range.String()) + ": ")
	}
	b.WriteString(safetext.Short(e.Msg))
	if e.Err != nil {
		b.WriteString(": " + safetext.Short(strings.ReplaceAll(e.Err.Error(), "\n", "; ")))
	}
	if e.Help != "" {
		b.WriteString("; " + safetext.Short(e.Help))
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// List collects mistakes. Its zero value is ready for use.
type List []*Error

// Addf adds a mistake at r.
func (l *List) Addf(r Range, format string, args ...any) *Error {
	e := &Error{Range: r, Msg: fmt.Sprintf(format, args...)}
	*l = append(*l, e)
	return e
}

// Err returns nil for an empty list, else one error that joins all mistakes in the order of file and position. The single
// mistakes are found again with [All].
func (l List) Err() error {
	if len(l) == 0 {
		return nil
	}
	sorted := slices.Clone(l)
	slices.SortStableFunc(sorted, func(a, b *Error) int {
		return cmp.Or(
			cmp.Compare(a.File, b.File),
			cmp.Compare(a.Start.Line, b.Start.Line),
			cmp.Compare(a.Start.Col, b.Start.Col),
		)
	})
	errs := make([]error, len(sorted))
	for i, e := range sorted {
		errs[i] = e
	}
	return errors.Join(errs...)
}

// maxShown bounds what is sent to the client and shown.
const maxShown = 100

// Bounded is [List.Err] for the first hundred mistakes, behind which another says how many there are beside them.
func (l List) Bounded() error {
	if len(l) <= maxShown {
		return l.Err()
	}
	first := All(l.Err())[:maxShown]
	last := first[maxShown-1]
	first.Addf(Range{File: last.File, Start: last.End, End: last.End}, "%d more mistakes are not shown", len(l)-maxShown)
	return first.Err()
}

// Wrong tells whether err wraps a mistake in what the user has written: flags, configuration or module files.
func Wrong(err error) bool {
	return slices.ContainsFunc(All(err), func(e *Error) bool { return !e.Fails })
}

// All returns every mistake that err wraps, through joins and %w.
func All(err error) List {
	var found List
	var walk func(error)
	walk = func(err error) {
		if e, ok := err.(*Error); ok {
			found = append(found, e)
			return
		}
		switch x := err.(type) {
		case interface{ Unwrap() error }:
			walk(x.Unwrap())
		case interface{ Unwrap() []error }:
			for _, e := range x.Unwrap() {
				walk(e)
			}
		}
	}
	walk(err)
	return found
}

// maxEdits are more typing mistakes than one word has; what differs more is another word.
const maxEdits = 2

// Suggest returns `did you mean "x"?` for the candidate nearest to word, or "" when none is near: at most a third of the
// letters may differ, and two in all, where two that changed places count once.
func Suggest(word string, candidates []string) string {
	best, distance := "", min(len(word)/3, maxEdits)+1
	for _, c := range candidates {
		if d := editDistance(strings.ToLower(word), strings.ToLower(c)); d < distance {
			best, distance = c, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", best)
}

// editDistance counts two letters that changed places as one edit: it is what hands do.
func editDistance(a, b string) int {
	d := levenshtein.Distance(a, b, nil)
	if d == 2 && sameLetters(a, b) {
		return 1
	}
	return d
}

func sameLetters(a, b string) bool {
	x, y := []rune(a), []rune(b)
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}
