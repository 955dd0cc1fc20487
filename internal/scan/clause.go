package scan

import (
	"go/scanner"
	"go/token"
)

// packageName reads the package clause of a Go file. It is "" for a file without one: that is the compiler's to report.
func (s *source) packageName(t *tree) (string, error) {
	head, err := s.readHead(t)
	if err != nil {
		return "", err
	}
	name, complete := packageClause(head)
	if complete || s.short() {
		return name, nil
	}
	text, err := t.file(s.path, maxSource)
	if err != nil {
		return "", err
	}
	name, _ = packageClause(text)
	return name, nil
}

// packageClause finds the package name in the beginning of a file; complete says that it does not end with the name.
func packageClause(head []byte) (name string, complete bool) {
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(head))
	s.Init(file, head, func(token.Position, string) {}, 0)
	if _, tok, _ := s.Scan(); tok != token.PACKAGE {
		return "", false
	}
	pos, tok, lit := s.Scan()
	if tok != token.IDENT {
		return "", false
	}
	return lit, file.Offset(pos)+len(lit) < len(head)
}
