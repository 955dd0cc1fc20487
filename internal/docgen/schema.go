package docgen

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"strings"
)

// schema is the part of JSON schema that the configuration's schema uses.
type schema struct {
	Ref         string             `json:"$ref"`
	Defs        map[string]*schema `json:"$defs"`
	Description string             `json:"description"`
	Type        any                `json:"type"`
	Properties  properties         `json:"properties"`
	Additional  json.RawMessage    `json:"additionalProperties"`
	Items       *schema            `json:"items"`
	Enum        []string           `json:"enum"`
	Default     json.RawMessage    `json:"default"`
	Examples    []json.RawMessage  `json:"examples"`
}

// properties are the keys of an object in the order of the file, which a map would lose.
type properties []property

type property struct {
	key    string
	schema *schema
}

// UnmarshalJSON reads an object key by key.
func (p *properties) UnmarshalJSON(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		name, ok := key.(string)
		if !ok {
			return fmt.Errorf("the key %v is not a string", key)
		}
		s := &schema{}
		if err := d.Decode(s); err != nil {
			return err
		}
		*p = append(*p, property{name, s})
	}
	return nil
}

// key is one setting of the configuration.
type key struct {
	path, kind, value, meaning string
	example                    json.RawMessage
}

// configKeys lists the settings in the order of the schema. A mapping with fixed keys is not listed itself, its keys are.
func configKeys(data []byte) ([]key, error) {
	var root schema
	if err := json.Unmarshal(data, &root); err != nil {
		return nil, err
	}
	w := walker{defs: root.Defs}
	for _, p := range root.Properties {
		if err := w.walk(p.key, p.schema); err != nil {
			return nil, err
		}
	}
	return w.keys, nil
}

// maxDepth is more than a configuration has levels; a schema that refers to itself has more.
const maxDepth = 8

// walker collects the keys.
type walker struct {
	defs map[string]*schema
	keys []key
}

func (w *walker) walk(at string, s *schema) error {
	if strings.Count(at, ".") > maxDepth {
		return fmt.Errorf("%s: the schema does not end", at)
	}
	s, err := w.resolve(s)
	if err != nil {
		return fmt.Errorf("%s: %w", at, err)
	}
	if len(s.Properties) > 0 {
		return w.walkAll(at+".", s.Properties)
	}
	kind, err := w.kind(s)
	if err != nil {
		return fmt.Errorf("%s: %w", at, err)
	}
	meaning, value := meaningAndDefault(s)
	k := key{path: at, kind: kind, value: value, meaning: meaning}
	if len(s.Examples) > 0 {
		k.example = s.Examples[0]
	}
	w.keys = append(w.keys, k)
	if s.Items != nil && len(s.Items.Properties) > 0 {
		return w.walkAll(at+"[].", s.Items.Properties)
	}
	return nil
}

func (w *walker) walkAll(prefix string, all properties) error {
	for _, p := range all {
		if err := w.walk(prefix+p.key, p.schema); err != nil {
			return err
		}
	}
	return nil
}

// resolve follows $ref. What stands beside it wins, as in draft 2020-12.
func (w *walker) resolve(s *schema) (*schema, error) {
	if s.Ref == "" {
		return s, nil
	}
	def := w.defs[path.Base(s.Ref)]
	if def == nil {
		return nil, fmt.Errorf("no definition of %s", s.Ref)
	}
	merged := *def
	if s.Description != "" {
		merged.Description = s.Description
	}
	if s.Default != nil {
		merged.Default = s.Default
	}
	if s.Examples != nil {
		merged.Examples = s.Examples
	}
	return &merged, nil
}

// meaningAndDefault takes the default out of the description, where it stands when it is not one value.
func meaningAndDefault(s *schema) (meaning, value string) {
	meaning, value, _ = strings.Cut(s.Description, " Default: ")
	if s.Default != nil {
		value = code(string(s.Default))
	}
	return meaning, strings.TrimSuffix(value, ".")
}
