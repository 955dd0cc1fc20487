// Package goerrors reads what `go build` says about code that it cannot build: the words of the go command, of the compiler, the
// assembler and the linker of Go, and of those of C.
//
// It reads text and not `go build -json`, which Go has since 1.24 only and which gives the same text in parts. What it does not
// understand is kept as it is: the reason of a failure is never lost.
package goerrors

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/modship-build/modship/internal/diag"
)

// Mistake is one thing that is wrong. Its file is named as a user knows it: relative to the own tree, module@version/file, or
// $GOROOT/src/file; it has none if no file is at fault, or none that anybody knows.
type Mistake struct {
	*diag.Error
	// Path is where the file is on this machine, "" without a file.
	Path string
}

// Parse reads the output of a go command. It gives nothing for an output that says nothing.
func Parse(said string, places Places) []Mistake {
	p := reader{places: places}
	for _, b := range blocks(said) {
		p.block(b)
	}
	return p.found
}

// block is what was said of one package; pkg is "" for what the go command or pkg-config says.
type block struct {
	pkg   string
	lines []string
}

var (
	// header is before what is said of a package, of one for a test of another, or of a command such as pkg-config.
	header = regexp.MustCompile(`^# (?:([^\s:]+)(?: \[[^\]]*\])?$|.*)`)
	// progress is a package that -v names when its turn comes, in the middle of what is said of others.
	progress = regexp.MustCompile(`^[\w.~+/@!-]+$`)
)

func blocks(said string) []block {
	all := []block{{}}
	for line := range strings.Lines(said) {
		line = strings.TrimRight(line, "\r\n")
		if m := header.FindStringSubmatch(line); m != nil {
			all = append(all, block{pkg: m[1]})
			continue
		}
		if progress.MatchString(line) || strings.TrimSpace(line) == "" {
			continue
		}
		last := &all[len(all)-1]
		last.lines = append(last.lines, line)
	}
	return all
}

type reader struct {
	places Places
	found  []Mistake
}

var (
	// placed is FILE:LINE[:COLUMN]: MESSAGE, which linkers of C put behind their own name and that of an object file.
	placed = regexp.MustCompile(`^(?:\S*\bld(?:\.\w+)?: (?:\S+: in function .*?: )?)?([^\s:][^:]*):(\d+)(?::(\d+))?: (.+)$`)
	// unplaced are mistakes that linkers of C know no line of.
	unplaced = regexp.MustCompile(`undefined reference to .*|undefined symbol: .*|cannot find -l.*|multiple definition of .*|unable to find (?:\w+ )*library .*`)
	// referenced is the line that LLVM's linker knows.
	referenced = regexp.MustCompile(`^>>> (?:referenced by|defined at) .*?\(?([^\s():]+):(\d+)\)?`)
	// relocation is how Go's linker names a function that uses what is not there.
	relocation = regexp.MustCompile(`^(\S+): (relocation target .* not defined.*)$`)
	// command is a linker as Go's calls it.
	command = regexp.MustCompile(`^\S+ .*-o \S*a\.out `)
)

// block finds the mistakes of a block. Words without any are one mistake.
func (p *reader) block(b block) {
	before, rest := len(p.found), []string(nil)
	for _, line := range b.lines {
		switch {
		case strings.HasPrefix(line, "\t"):
			rest = p.goOn(before, rest, strings.TrimSpace(line))
		case strings.HasPrefix(line, " "): // the lines at fault, as compilers of C show them
		case command.MatchString(line):
		case !p.line(b.pkg, line, before):
			rest = append(rest, line)
		}
	}
	if len(p.found) > before || len(rest) == 0 {
		return
	}
	if b.pkg == "" { // each line of the go command is one of its own
		for _, line := range rest {
			p.add(Mistake{Error: &diag.Error{Msg: line}})
		}
		return
	}
	p.add(Mistake{Error: &diag.Error{Msg: b.pkg + ": " + strings.Join(rest[:min(len(rest), maxRest)], "; ")}})
}

// maxRest bounds the lines of a message that is not understood.
const maxRest = 10

// goOn adds a line to the one that it belongs to: the last mistake of the block, or what was not understood.
func (p *reader) goOn(before int, rest []string, line string) []string {
	if len(rest) > 0 {
		rest[len(rest)-1] = join(rest[len(rest)-1], line)
	} else if len(p.found) > before {
		last := p.found[len(p.found)-1]
		last.Msg = join(last.Msg, line)
	}
	return rest
}

func join(text, more string) string {
	switch {
	case strings.HasSuffix(text, ":"):
		return text + " " + more
	case strings.Contains(text, ": "):
		return text + ", " + more
	}
	return text + ": " + more
}

// line reads a line that begins something, and tells whether it was understood.
func (p *reader) line(pkg, line string, before int) bool {
	if m := placed.FindStringSubmatch(line); m != nil {
		if text := message(m[4]); text != "" {
			p.place(pkg, m[1], number(m[2]), number(m[3]), text)
		}
		return true
	}
	if m := relocation.FindStringSubmatch(line); m != nil {
		if at, ok := p.places.function(pkg, m[1]); ok {
			at.Msg = m[2]
			p.add(at)
			return true
		}
		return false
	}
	if m := referenced.FindStringSubmatch(line); m != nil && len(p.found) > before && p.found[len(p.found)-1].File == "" {
		last := p.found[len(p.found)-1]
		if at, ok := p.places.find(pkg, m[1]); ok {
			p.found[len(p.found)-1] = located(at, number(m[2]), 0, last.Msg)
		}
		return true
	}
	if m := unplaced.FindString(line); m != "" {
		p.add(Mistake{Error: &diag.Error{Msg: m}})
		return true
	}
	return false
}

// message takes what is no mistake out of the words of compilers: remarks on other lines, and that there is more.
func message(text string) string {
	for _, remark := range []string{"note: ", "warning: ", "first defined here", "too many errors"} {
		if strings.HasPrefix(text, remark) {
			return ""
		}
	}
	return strings.TrimPrefix(text, "error: ")
}

// place adds a mistake in a file. One that nobody knows stays a part of the message.
func (p *reader) place(pkg, file string, line, col int, text string) {
	at, ok := p.places.find(pkg, file)
	if !ok {
		p.add(Mistake{Error: &diag.Error{Msg: file + ":" + strconv.Itoa(line) + ": " + text}})
		return
	}
	p.add(located(at, line, col, text))
}

func located(at location, line, col int, text string) Mistake {
	pos := diag.Pos{Line: line, Col: max(col, 1)}
	return Mistake{Error: &diag.Error{Range: diag.Range{File: at.name, Start: pos, End: pos}, Msg: text}, Path: at.path}
}

// add adds a mistake once: linkers say it for every use.
func (p *reader) add(m Mistake) {
	if !slices.ContainsFunc(p.found, func(f Mistake) bool { return f.Range == m.Range && f.Msg == m.Msg }) {
		p.found = append(p.found, m)
	}
}

// number is 0 for what is none, or too long to be a line of anything.
func number(digits string) int {
	n, err := strconv.ParseInt(digits, 10, 32)
	if err != nil {
		return 0
	}
	return int(n)
}
