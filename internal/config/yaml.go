package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/scanner"
	"github.com/goccy/go-yaml/token"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/yamlfile"
)

// parseYAML turns the text into nodes. The node is nil for a file that holds comments alone.
func parseYAML(s *source, size int, errs *diag.List) (root *node) {
	// The library is known to panic on some inputs; a file must never be able to end the process.
	defer func() {
		if r := recover(); r != nil {
			errs.Addf(s.head(), "the file is not valid YAML").Err = fmt.Errorf("parsing YAML: %v", r)
		}
	}()
	if checkText(s, size, errs); len(*errs) > 0 {
		return nil
	}
	tokens := tokenize(strings.Join(s.lines, "\n"))
	if len(tokens) == 0 {
		return nil
	}
	if checkTokens(s, tokens, errs); len(*errs) > 0 {
		return nil
	}
	// Duplicate keys are found below, all of them.
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		addSyntaxError(s, err, errs)
		return nil
	}
	body := onlyBody(s, file, errs)
	if second := yamlfile.SecondDocument(tokens); second != nil && len(*errs) == 0 { // which the parser has lost
		addSecondDocument(s, second, errs)
	}
	if body == nil || len(*errs) > 0 {
		return nil
	}
	c := converter{source: s, errs: errs}
	return c.node(body, nil)
}

// tokenize scans up to the first mistake. The library's own loop goes on after a mistake, and so ends only if the scanner moves
// on by itself.
func tokenize(text string) token.Tokens {
	var s scanner.Scanner
	s.Init(text)
	var tokens token.Tokens
	for {
		found, err := s.Scan()
		tokens.Add(found...)
		if err != nil {
			return tokens
		}
	}
}

func addSyntaxError(s *source, err error, errs *diag.List) {
	var syntax *yaml.SyntaxError
	if errors.As(err, &syntax) && syntax.Token != nil {
		e := errs.Addf(tokenRange(s, syntax.Token), "invalid YAML: %s", syntax.Message)
		if strings.HasPrefix(syntax.Token.Value, "\t") || strings.Contains(syntax.Message, "'\t'") {
			e.Help = "YAML is indented with spaces, not with tabs"
		}
		return
	}
	errs.Addf(s.head(), "the file is not valid YAML").Err = err
}

// onlyBody returns the body of the only document, nil when there is none.
func onlyBody(s *source, file *ast.File, errs *diag.List) ast.Node {
	var body ast.Node
	for _, doc := range file.Docs {
		switch {
		case doc.Body == nil:
		case body == nil:
			body = doc.Body
		default:
			addSecondDocument(s, doc.Start, errs)
			return nil
		}
	}
	return body
}

func addSecondDocument(s *source, at *token.Token, errs *diag.List) {
	errs.Addf(tokenRange(s, at), "a second YAML document").Help = "one file holds one document; use targets: for several images"
}

// tokenRange is where a token stands in the file.
func tokenRange(s *source, t *token.Token) diag.Range {
	if t == nil || t.Position == nil {
		return s.head()
	}
	return s.span(t.Position.Line, t.Position.Column, strings.TrimSpace(t.Origin))
}

// converter makes nodes of the library's tree. Depth has been bounded on the tokens.
type converter struct {
	source *source
	errs   *diag.List
}

// node converts n; key is the key it is the value of, where a value that is not written is shown.
func (c converter) node(n ast.Node, key *node) *node {
	out := &node{Range: tokenRange(c.source, n.GetToken()), text: n.GetToken().Value}
	switch n := n.(type) {
	case *ast.MappingNode:
		c.mapping(out, n)
	case *ast.MappingValueNode:
		c.mapping(out, &ast.MappingNode{Values: []*ast.MappingValueNode{n}})
	case *ast.SequenceNode:
		c.sequence(out, n)
	case *ast.LiteralNode:
		out.kind, out.text = kindString, n.Value.Value
		out.End = c.source.after(c.source.pos(out.Start.Line+1, 1), strings.TrimRight(n.Value.GetToken().Origin, " \n"))
	case *ast.StringNode:
		out.kind, out.text = kindString, n.Value
	case *ast.IntegerNode:
		out.kind = kindInteger
	case *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		out.kind = kindFloat
	case *ast.BoolNode:
		out.kind = kindBool
	case *ast.NullNode:
		out.kind = kindNull
		if n.Token.Type == token.ImplicitNullType && key != nil {
			out.Range = key.Range
		}
	default:
		out.kind = kindNull
		c.errs.Addf(out.Range, "invalid YAML: %s is not supported", strings.ToLower(n.Type().YAMLName()))
	}
	out.End = later(out.Start, out.End)
	return out
}

func (c converter) mapping(out *node, n *ast.MappingNode) {
	out.kind = kindMapping
	for _, v := range n.Values {
		key := c.node(v.Key, nil)
		if key.kind != kindString {
			c.errs.Addf(key.Range, "expected a string as key, found %s", key.kind).Help = fmt.Sprintf("write %q", key.text)
			continue
		}
		if first := out.get(key.text); first != nil {
			c.errs.Addf(key.Range, "key %q is already set at line %d", key.text, first.key.Start.Line)
			continue
		}
		out.entries = append(out.entries, entry{key: key, value: c.node(v.Value, key)})
	}
	if n.IsFlowStyle {
		out.End = tokenRange(c.source, n.End).End
	} else if len(out.entries) > 0 {
		out.Start = out.entries[0].key.Start
		out.End = out.entries[len(out.entries)-1].value.End
	}
}

func (c converter) sequence(out *node, n *ast.SequenceNode) {
	out.kind = kindSequence
	for _, v := range n.Values {
		out.items = append(out.items, c.node(v, nil))
	}
	if n.IsFlowStyle {
		out.End = tokenRange(c.source, n.End).End
	} else if len(out.items) > 0 {
		out.End = out.items[len(out.items)-1].End
	}
}

// later keeps ranges in order where the library's positions are not.
func later(start, end diag.Pos) diag.Pos {
	if end.Line < start.Line || end.Line == start.Line && end.Col < start.Col {
		return start
	}
	return end
}
