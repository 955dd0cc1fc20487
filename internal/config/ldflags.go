package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/module"
)

// allowedLDFlags are the linker flags of a pure Go build, each with the form of its value.
var allowedLDFlags = map[string]*regexp.Regexp{
	"s":             regexp.MustCompile(`^(|true|false|0|1)$`),
	"w":             regexp.MustCompile(`^(|true|false|0|1)$`),
	"buildid":       regexp.MustCompile(`^[A-Za-z0-9_./=+-]*$`),
	"checklinkname": regexp.MustCompile(`^0$`),
	"compressdwarf": regexp.MustCompile(`^(true|false|0|1)$`),
	"funcalign":     regexp.MustCompile(`^[1-9][0-9]{0,3}$`),
}

// refusedLDFlags are the flags people try, with the reason against each.
var refusedLDFlags = map[string]string{
	"extld":           "it names a program to run",
	"extldflags":      "it passes flags to the C linker, which may run programs and read files; use cgo.ldflags, and for -static write cgo: {link: static}",
	"extar":           "it names a program to run",
	"linkmode":        "the build decides between internal and external linking; a static program of a module with C is cgo: {link: static}",
	"r":               "it makes the program load libraries from a path of your choice",
	"I":               "it makes the program start through a loader of your choice",
	"L":               "it takes packages from a directory outside the module cache",
	"buildmode":       "an image runs an executable; for -buildmode=pie write cgo: {enabled: on, pie: true}",
	"plugin":          "plugins cannot be linked into an image",
	"pluginpath":      "plugins cannot be linked into an image",
	"linkshared":      "the program would need libraries that are not in the image",
	"installsuffix":   "it takes packages from another directory",
	"importcfg":       "cmd/go writes it",
	"o":               "the build decides where the program goes",
	"H":               "the platform decides the executable format",
	"T":               "the platform decides the layout of the program",
	"race":            "it needs cgo and a matching compiler flag",
	"msan":            "it needs cgo and a matching compiler flag",
	"asan":            "it needs cgo and a matching compiler flag",
	"tmpdir":          "the build decides where temporary files go",
	"cpuprofile":      "it writes files",
	"memprofile":      "it writes files",
	"capturehostobjs": "it writes files",
}

// ldflags checks the list as a whole, because -X may take its value from the next element.
func (c checker) ldflags(flags []string) {
	n := c.root.find("build", "ldflags")
	for i := 0; i < len(flags); i++ {
		at := n.items[i]
		if flags[i] != "-X" {
			c.value(&flags[i], at, linkerFlag)
			continue
		}
		if i+1 == len(flags) {
			c.report(at, &problem{"-X has no value", `write "-X=importpath.name=value"`})
			return
		}
		i++
		c.value(&flags[i], n.items[i], stampFlag)
	}
}

// linkerFlag checks one flag, value included.
func linkerFlag(s string) (string, error) {
	name, value, hasValue := strings.Cut(strings.TrimPrefix(s, "-"), "=")
	switch reason, refused := refusedLDFlags[name]; {
	case strings.ContainsAny(name, " \t\n"):
		return "", &problem{fmt.Sprintf("%q is not one flag", s), oneByOne(s, linkerFlag)}
	case !strings.HasPrefix(s, "-"):
		return "", &problem{fmt.Sprintf("%q is not a linker flag", s), `write one flag per element, such as "-s"`}
	case refused:
		return "", &problem{fmt.Sprintf("linker flag -%s is not allowed", name), reason}
	case name == "X":
		if _, err := stampFlag(value); err != nil {
			return "", err
		}
		return s, nil
	}
	form, allowed := allowedLDFlags[name]
	if !allowed {
		return "", unknownFlag(name)
	}
	if !form.MatchString(value) || !hasValue && !form.MatchString("") || hasValue && value == "" && name != "buildid" {
		return "", &problem{fmt.Sprintf("linker flag %q has a value that is not allowed", s), ""}
	}
	return s, nil
}

// oneByOne says how what a shell would take for several flags is written as a list. Where not all of them are allowed it shows the
// form alone: no advice may be another mistake.
func oneByOne(s string, check validator) string {
	words := shellWords(s)
	for i, w := range words {
		if w == "-X" && i+1 < len(words) { // one element, so that the list is right wherever it is put
			words[i], words[i+1] = "", "-X="+words[i+1]
		}
	}
	words = slices.DeleteFunc(words, func(w string) bool { return w == "" })
	for i, w := range words {
		if _, err := check(w); err != nil {
			return "write one flag per element"
		}
		words[i] = fmt.Sprintf("%q", w)
	}
	if len(words) == 1 {
		return "write " + words[0]
	}
	return "write one flag per element: [" + strings.Join(words, ", ") + "]"
}

// shellWords splits at spaces outside of quotes, which it takes away. Quotes around the whole are taken away first: then a shell would
// have seen one word, and the flags are inside of it.
func shellWords(s string) []string {
	s = strings.TrimSpace(s)
	if n := len(s); n > 1 && (s[0] == '\'' || s[0] == '"') && strings.IndexByte(s[1:], s[0]) == n-2 {
		s = s[1 : n-1]
	}
	var (
		words []string
		word  strings.Builder
		quote rune
		begun bool
	)
	for _, r := range s + " " {
		switch {
		case quote == 0 && strings.ContainsRune(" \t\n", r):
			if begun {
				words = append(words, word.String())
			}
			word.Reset()
			begun = false
			continue
		case quote == 0 && (r == '\'' || r == '"'):
			quote = r
		case r == quote:
			quote = 0
		default:
			word.WriteRune(r)
		}
		begun = true
	}
	return words
}

func unknownFlag(name string) error {
	names := []string{"X"}
	for allowed := range allowedLDFlags {
		names = append(names, allowed)
	}
	slices.Sort(names)
	return &problem{fmt.Sprintf("linker flag -%s is not allowed", name), "allowed: -" + strings.Join(names, ", -")}
}

var stampName = regexp.MustCompile(`^(.+)\.([A-Za-z_]\w*)$`)

// stampFlag checks the value of -X. A value with both kinds of quotes cannot be said to cmd/go, whose -ldflags has quotes but
// no escapes.
func stampFlag(s string) (string, error) {
	name, value, ok := strings.Cut(s, "=")
	parts := stampName.FindStringSubmatch(name)
	if !ok || parts == nil || module.CheckImportPath(parts[1]) != nil {
		return "", &problem{fmt.Sprintf("-X %q does not set a variable", s), "write importpath.name=value, such as main.version=1.2"}
	}
	if strings.ContainsAny(value, "\n\x00") {
		return "", &problem{fmt.Sprintf("-X %s has a value of several lines", name), ""}
	}
	if strings.Contains(value, `'`) && strings.Contains(value, `"`) {
		return "", &problem{fmt.Sprintf("-X %s has a value with both kinds of quotes", name), "cmd/go cannot pass it to the linker"}
	}
	return s, nil
}
