package cinclude

import (
	"regexp"
	"strings"
)

// cgoLine is a line of flags that a Go file has for C.
var cgoLine = regexp.MustCompile(`(?m)^[ \t]*(?:/\*+[ \t]*)?(?://+[ \t]*)?#cgo\b([^:\n]*):(.*)$`)

// searched are flags that name folders in which a compiler looks for files, with the folder behind them or as the next word.
var searched = []string{"-I", "-L", "-F", "-isystem", "-iquote", "-idirafter"}

// flags looks for what the flags of a Go file name.
func (s *said) flags(text []byte) {
	for _, m := range cgoLine.FindAllSubmatchIndex(text, -1) {
		if strings.HasSuffix(strings.TrimSpace(string(text[m[2]:m[3]])), "pkg-config") {
			continue
		}
		words := splitFlags(strings.ReplaceAll(string(text[m[4]:m[5]]), "${SRCDIR}", "."))
		for i := 0; i < len(words); i++ {
			next := ""
			if i+1 < len(words) {
				next = words[i+1]
			}
			switch used, ok := s.folderFlag(words[i], next); {
			case ok && used:
				i++
			case ok:
			case words[i] == "-include" || words[i] == "-imacros":
				s.text = append(s.text, next)
				i++
			case strings.HasPrefix(words[i], "-finput-charset"): // then no byte is what it seems
				s.unknown(text, m[0])
			default:
				s.text = append(s.text, namesIn(words[i])...)
			}
		}
	}
}

// folderFlag notes the folder of a flag, and tells whether that was the next word.
func (s *said) folderFlag(word, next string) (used, ok bool) {
	for _, flag := range searched {
		dir, found := strings.CutPrefix(word, flag)
		if !found {
			continue
		}
		if used = dir == ""; used {
			dir = next
		}
		if flag == "-L" {
			s.libs = append(s.libs, dir)
		} else {
			s.dirs = append(s.dirs, dir)
		}
		return used, true
	}
	return false, false
}

// namesIn gives what may be names of files in a flag: with a folder, an extension, or where the flag is about a file.
func namesIn(word string) []string {
	if name, ok := strings.CutPrefix(word, "-l:"); ok {
		return []string{name}
	}
	var names []string
	symbols := strings.Contains(word, "--just-symbols") || strings.HasPrefix(word, "-Wl,-R")
	for _, part := range strings.FieldsFunc(word, func(r rune) bool { return r == ',' || r == '=' || r == ':' || r == '@' }) {
		if !strings.HasPrefix(part, "-") && (symbols || strings.ContainsAny(part, "./")) && part != "Wl" {
			names = append(names, part)
		}
	}
	return names
}

// splitFlags splits a line as go/build does: at blanks, with quotes around what has some, and a backslash before any character.
func splitFlags(line string) []string {
	var words []string
	var word strings.Builder
	var quote rune
	escaped, begun := false, false
	for _, r := range strings.TrimRight(line, "\r") {
		switch {
		case escaped:
			escaped = false
			word.WriteRune(r)
		case r == '\\':
			escaped, begun = true, true
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			quote, begun = r, true
		case quote == 0 && (r == ' ' || r == '\t'):
			if begun {
				words = append(words, word.String())
			}
			word.Reset()
			begun = false
		default:
			begun = true
			word.WriteRune(r)
		}
	}
	if begun {
		words = append(words, word.String())
	}
	return words
}
