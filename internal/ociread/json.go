package ociread

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// maxNesting limits objects and lists within each other.
const maxNesting = 64

// checkJSON refuses a text that readers understand differently: with a key twice in an object, or, in the outermost objects whose keys
// are fields (those less than fields deep), with keys that differ in case only. It also limits what decoding the text can cost.
func checkJSON(text []byte, fields, values int) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var open []*object
	for done := false; ; done = len(open) == 0 {
		token, err := d.Token()
		if done && errors.Is(err, io.EOF) {
			return nil
		}
		switch {
		case err != nil:
			return broken("not valid JSON: %w", err)
		case done:
			return broken("not valid JSON: something follows its end")
		}
		if values--; values < 0 {
			return tooLarge("a JSON text of more values than any image needs")
		}
		if len(open) > 0 {
			key, err := open[len(open)-1].take(token, len(open) <= fields)
			if err != nil {
				return err
			}
			if key {
				continue
			}
		}
		switch token {
		case json.Delim('{'):
			open = append(open, &object{seen: map[string]bool{}})
		case json.Delim('['):
			open = append(open, &object{})
		case json.Delim('}'), json.Delim(']'):
			open = open[:len(open)-1]
		}
		if len(open) > maxNesting {
			return tooLarge("a JSON text nested more than %d deep", maxNesting)
		}
	}
}

// object is an open object, or a list if seen is nil.
type object struct {
	seen  map[string]bool
	value bool // a value is next, not a key
}

// take tells whether token, which comes next in the object, is a key.
func (o *object) take(token json.Token, fold bool) (bool, error) {
	if o.seen == nil || token == json.Delim('}') {
		return false, nil
	}
	if o.value = !o.value; !o.value {
		return false, nil
	}
	key, _ := token.(string)
	if fold {
		key = strings.ToLower(strings.ToUpper(key)) // as encoding/json compares
	}
	if o.seen[key] {
		return false, broken("the key %q stands twice in one JSON object, so that readers differ in what it means", token)
	}
	o.seen[key] = true
	return true, nil
}
