// Package yamlfile reads files of YAML that users write for the image tools: policies and exceptions. A key that is not known is a mistake,
// and so is a second document, which would be passed over. Every mistake has a place, NAME:LINE:COLUMN.
package yamlfile

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// File is one that was read. It knows where what was read stands.
type File struct {
	name string
	tree *ast.File
}

// Read reads a text into a struct.
func Read(name string, text []byte, into any) (*File, error) {
	f := &File{name: name}
	var err error
	if f.tree, err = parser.ParseBytes(text, 0); err != nil {
		return nil, f.located(err)
	}
	if second := SecondDocument(lexer.Tokenize(string(text))); second != nil {
		return nil, fmt.Errorf("%s: a second document of YAML, which would not be read", f.place(second))
	}
	if err := yaml.UnmarshalWithOptions(text, into, yaml.Strict()); err != nil {
		return nil, f.located(err)
	}
	return f, nil
}

// SecondDocument gives where another document has something, or nil. It goes by the tokens: the parser loses what is behind an empty document.
func SecondDocument(tokens token.Tokens) *token.Token {
	begun, ended, directive := false, false, false
	for _, t := range tokens {
		switch t.Type {
		case token.CommentType:
		case token.DirectiveType:
			directive = true
		case token.DocumentHeaderType, token.DocumentEndType:
			begun, ended, directive = true, begun, false
		default:
			if ended {
				return t
			}
			begun = begun || !directive
		}
	}
	return nil
}

// located gives an error of the library with its place in front, and without its picture of the file.
func (f *File) located(err error) error {
	var known yaml.Error
	if errors.As(err, &known) {
		return fmt.Errorf("%s: %s", f.place(known.GetToken()), known.GetMessage())
	}
	return fmt.Errorf("%s: %w", f.name, err)
}

func (f *File) place(t *token.Token) string {
	if t == nil || t.Position == nil {
		return f.name
	}
	return fmt.Sprintf("%s:%d:%d", f.name, t.Position.Line, t.Position.Column)
}

// At is the place of what a path leads to, such as "policies[0].level", or else of the nearest above it that is there.
func (f *File) At(path string) string {
	for end := len(path); end > 0; end = strings.LastIndexAny(path[:end], ".[") {
		parsed, err := yaml.PathString("$." + path[:end])
		if err != nil {
			continue
		}
		if node, err := parsed.FilterFile(f.tree); err == nil && node != nil {
			return f.place(start(node))
		}
	}
	return f.name
}

// start is where a node begins: a mapping is said to be at its first colon.
func start(node ast.Node) *token.Token {
	switch n := node.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return n.Values[0].Key.GetToken()
		}
	case *ast.MappingValueNode:
		return n.Key.GetToken()
	}
	return node.GetToken()
}
