package licenses

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/github/go-spdx/v2/spdxexp/spdxlicenses"
)

// maxExpression is the size limit of an image label, where an expression ends up (containerd's labels.maxSize). It also bounds
// the depth of parentheses.
const maxExpression = 4096

var (
	licenseRef = regexp.MustCompile(`^LicenseRef-[A-Za-z0-9.-]+$`)
	brackets   = strings.NewReplacer("(", " ( ", ")", " ) ")
)

// Valid says whether expression is an SPDX licence expression over the SPDX licence list, its deprecated identifiers, its
// exceptions, and LicenseRef- identifiers. It is false for "", for NONE and NOASSERTION, which are no expressions but values
// that some fields have instead, and for DocumentRef-, as there is no other document that it could name.
//
// Identifiers are compared without case, operators with it (SPDX 2.3, annexes D.1 and D.2).
//
// The grammar is checked here, because the parser of go-spdx v2.3.3 panics on "MIT WITH" and "MIT AND (", and strips suffixes
// until it knows the rest (MIT-only); the lists are go-spdx's.
func Valid(expression string) bool {
	if len(expression) > maxExpression || strings.ContainsFunc(expression, notASCII) {
		return false
	}
	p := parser(split(expression))
	return p.compound() && len(p) == 0
}

// split gives the identifiers, operators and parentheses of an expression, which must stand on one line.
func split(expression string) []string {
	return strings.FieldsFunc(brackets.Replace(expression), func(r rune) bool { return r == ' ' })
}

// parser holds the tokens that are left. Its methods take what they accept, and say whether it was there.
type parser []string

// compound accepts terms with AND and OR between them. Which of these binds more tightly does not matter here.
func (p *parser) compound() bool {
	for {
		if !p.term() {
			return false
		}
		if !p.accept("AND") && !p.accept("OR") {
			return true
		}
	}
}

func (p *parser) term() bool {
	if p.accept("(") {
		return p.compound() && p.accept(")")
	}
	if !isLicense(p.take()) {
		return false
	}
	return !p.accept("WITH") || listed(spdxlicenses.GetExceptions(), p.take())
}

func (p *parser) accept(token string) bool {
	if len(*p) == 0 || (*p)[0] != token {
		return false
	}
	*p = (*p)[1:]
	return true
}

func (p *parser) take() string {
	if len(*p) == 0 {
		return ""
	}
	token := (*p)[0]
	*p = (*p)[1:]
	return token
}

// isLicense says whether id is a licence, with or without the "+" that means "or later".
func isLicense(id string) bool {
	if licenseRef.MatchString(id) {
		return true
	}
	id = strings.TrimSuffix(id, "+")
	// The list of deprecated ones has some with a "+" of their own.
	return !strings.HasSuffix(id, "+") && (listed(spdxlicenses.GetLicenses(), id) || listed(spdxlicenses.GetDeprecated(), id))
}

// notASCII keeps letters out that only differ in case from those of ASCII by Unicode's rules (U+017F, U+212A).
func notASCII(r rune) bool { return r > unicode.MaxASCII }

func listed(list []string, id string) bool {
	return slices.ContainsFunc(list, func(name string) bool { return strings.EqualFold(name, id) })
}

// Refs gives the LicenseRef- identifiers of an expression, sorted and each once: a document that uses one must say what it is
// (SPDX 2.3, 10.1).
func Refs(expression string) []string {
	refs := slices.DeleteFunc(split(expression), func(token string) bool { return !licenseRef.MatchString(token) })
	slices.Sort(refs)
	return slices.Compact(refs)
}
