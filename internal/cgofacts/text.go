package cgofacts

import (
	"bytes"
	"cmp"
	"debug/elf"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Embedded is a C library that seems to be inside: a guess by a text in the file.
type Embedded struct {
	Library string `json:"library"`
	Version string `json:"version"`
	// Offset is where in the file the text stands, and Text what it is.
	Offset int64  `json:"offset"`
	Text   string `json:"text"`
}

// EmbeddedPattern is a text by which a C library is known.
type EmbeddedPattern struct {
	Library string
	// Mark is a part of the text, or of one that stands near it, by which it is looked for.
	Mark string
	// Pattern is for the text, with the version as its group.
	Pattern string
}

// EmbeddedPatterns is the table of texts.
func EmbeddedPatterns() []EmbeddedPattern {
	return []EmbeddedPattern{
		{"openssl", "OpenSSL ", `OpenSSL ([0-9]\.[0-9]+\.[0-9]+[a-z]?) +[0-9]{1,2} [A-Z][a-z]{2} [0-9]{4}`},
		{"zlib", "flate ", `(?:de|in)flate ([0-9]\.[0-9]+(?:\.[0-9]+)*) Copyright`},
		{"bzip2", "bzip2/libbzip2", `([0-9]\.[0-9]+\.[0-9]+), [0-9]{1,2}-[A-Z][a-z]{2}-[0-9]{4}`},
		{"libpng", "libpng version ", `libpng version ([0-9]\.[0-9]+\.[0-9]+)`},
		{"curl", "libcurl/", `libcurl/([0-9]+\.[0-9]+\.[0-9]+)`},
		{"sqlite", "SQLite version ", `SQLite version ([0-9]\.[0-9]+\.[0-9]+)`},
		{"lmdb", "LMDB ", `LMDB ([0-9]\.[0-9]+\.[0-9]+): \(`},
		{"ncurses", "ncurses ", `ncurses ([0-9]\.[0-9]+)\.[0-9]{8}`},
	}
}

// sqliteDate is the text by which SQLite names the source that it was built of, beside which its version stands alone.
var (
	sqliteDate    = regexp.MustCompile(`\x0020[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} [0-9a-f]{40,64}(?:alt[0-9])?\x00`)
	sqliteVersion = regexp.MustCompile(`\x00(3\.[0-9]+\.[0-9]+)\x00`)
	// sharedObject is the name of a shared library. The texts of Go stand side by side with nothing between them.
	sharedObject = regexp.MustCompile(`lib[A-Za-z0-9_+-]{1,60}\.so(?:\.[0-9]{1,3}){0,3}`)
)

const (
	// textStep is how much of a file is looked at at a time, and textOverlap what is seen twice, so that no text is cut.
	textStep, textOverlap = 1 << 20, 2 * sqliteNear
	// sqliteNear is how far SQLite's version may be from its date; 2 KiB were seen.
	sqliteNear = 4 << 10
	// maxTexts limits what is kept of a hostile file.
	maxTexts = 200
)

// texts is what texts in a file say.
type texts struct {
	embedded map[string]Embedded
	objects  map[string]bool
}

// texts reads the file once. Programs of Go alone may have such texts, too, so it is asked for only where there is C.
func (p *program) texts() (*texts, error) {
	found := &texts{map[string]Embedded{}, map[string]bool{}}
	var patterns []*regexp.Regexp
	for _, e := range EmbeddedPatterns() {
		patterns = append(patterns, regexp.MustCompile(e.Pattern))
	}
	buf := make([]byte, textStep+textOverlap)
	for off := int64(0); off < min(p.size, maxScan); off += textStep {
		n, err := p.r.ReadAt(buf[:min(int64(len(buf)), p.size-off)], off)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		found.look(buf[:n], off, patterns)
	}
	return found, nil
}

func (t *texts) look(raw []byte, off int64, patterns []*regexp.Regexp) {
	for i, e := range EmbeddedPatterns() {
		if !bytes.Contains(raw, []byte(e.Mark)) {
			continue
		}
		if m := patterns[i].FindSubmatchIndex(raw); m != nil {
			t.embed(e.Library, raw, m, off)
		}
	}
	if date := sqliteDate.FindIndex(raw); date != nil {
		begin := max(date[0]-sqliteNear, 0)
		if m := sqliteVersion.FindSubmatchIndex(raw[begin:min(date[1]+sqliteNear, len(raw))]); m != nil {
			t.embed("sqlite", raw[begin:], m, off+int64(begin))
		}
	}
	for _, m := range sharedObject.FindAllIndex(raw, maxTexts) {
		name := string(raw[m[0]:m[1]])
		if strings.HasSuffix(name, ".so") && m[1] < len(raw) && isLetter(raw[m[1]]) {
			continue // such as "libx.sort"
		}
		if len(t.objects) < maxTexts {
			t.objects[name] = true
		}
	}
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' }

func (t *texts) embed(library string, raw []byte, m []int, off int64) {
	if _, ok := t.embedded[library]; ok {
		return
	}
	text := bytes.Trim(raw[m[0]:min(m[1], m[0]+100)], "\x00")
	t.embedded[library] = Embedded{library, string(raw[m[2]:m[3]]), off + int64(m[2]), string(text)}
}

// list gives the libraries by name.
func (t *texts) list() []Embedded {
	return slices.SortedFunc(maps.Values(t.embedded), func(a, b Embedded) int { return cmp.Compare(a.Library, b.Library) })
}

// Dlopen is a library that the program opens itself, or may.
type Dlopen struct {
	Libraries []string `json:"libraries"`
	// Stated says that the program declares it (.note.dlopen); otherwise it is a guess by a text in the file.
	Stated   bool   `json:"stated"`
	Feature  string `json:"feature,omitempty"`
	Priority string `json:"priority,omitempty"`
}

// dlopenNote is the type of a note for "FDO" in which programs state in JSON what they open
// (https://uapi-group.org/specifications/specs/elf_dlopen_metadata/).
const dlopenNote = 0x407c0c0a

// stated reads the notes, from the section of that name or those segments.
func (p *program) stated() []Dlopen {
	var all []Dlopen
	if s := p.section(p.file.Section(".note.dlopen")); s != nil {
		return p.notes(s, p.file.Section(".note.dlopen").Addralign)
	}
	for _, s := range p.file.Progs {
		if s.Type == elf.PT_NOTE {
			all = append(all, p.notes(p.part(s.Off, s.Filesz), s.Align)...)
		}
	}
	return all
}

// notes reads notes of a bounded size: three words (length of name, of value, type), name and value, filled up.
func (p *program) notes(r *io.SectionReader, align uint64) []Dlopen {
	raw := make([]byte, min(r.Size(), 64<<10))
	n, _ := r.ReadAt(raw, 0)
	raw = raw[:n]
	up := func(n uint64) uint64 {
		if align == 8 {
			return (n + 7) &^ 7
		}
		return (n + 3) &^ 3
	}
	var all []Dlopen
	for len(raw) >= 12 && len(all) < maxTexts {
		order := p.file.ByteOrder
		start := up(12 + uint64(order.Uint32(raw)))
		end := start + uint64(order.Uint32(raw[4:]))
		if end > uint64(len(raw)) {
			break
		}
		if order.Uint32(raw[8:]) == dlopenNote && bytes.HasPrefix(raw[12:], []byte("FDO\x00")) {
			all = append(all, parseDlopen(raw[start:end])...)
		}
		raw = raw[min(up(end), uint64(len(raw))):]
	}
	return all
}

func parseDlopen(value []byte) []Dlopen {
	var entries []struct {
		Soname            []string
		Feature, Priority string
	}
	if json.Unmarshal(bytes.TrimRight(value, "\x00"), &entries) != nil {
		return nil
	}
	var all []Dlopen
	for _, e := range entries {
		if len(e.Soname) > 0 {
			all = append(all, Dlopen{Libraries: e.Soname, Stated: true, Feature: e.Feature, Priority: e.Priority})
		}
	}
	return all
}

// dlopen gives what is stated, then what may be guessed from names of libraries that are neither needed nor stated.
func (f *Facts) dlopen(p *program, t *texts) []Dlopen {
	all := p.stated()
	known := slices.Clone(f.Link.Needed)
	for _, d := range all {
		known = append(known, d.Libraries...)
	}
	for _, name := range slices.Sorted(maps.Keys(t.objects)) {
		if !slices.Contains(known, name) {
			all = append(all, Dlopen{Libraries: []string{name}})
		}
	}
	return all
}
