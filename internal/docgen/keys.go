package docgen

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/modship-build/modship/internal/defaults"
)

// configTable has a row for each setting. The schema repeats the defaults, for editors.
func configTable(data []byte, values map[string]string) (string, error) {
	keys, err := configKeys(data)
	if err != nil {
		return "", err
	}
	var rows [][]string
	for _, k := range keys {
		if k.example == nil {
			return "", fmt.Errorf("%s has no example", k.path)
		}
		if k.value != values[k.path] {
			return "", fmt.Errorf("the default of %s is %q, and the schema names %q", k.path, values[k.path], k.value)
		}
		delete(values, k.path)
		rows = append(rows, []string{code(k.path), k.kind, defaultOr(k.value, "none"), code(string(k.example)), k.meaning})
	}
	for path := range values {
		return "", fmt.Errorf("%s has a default, and the schema has no such key", path)
	}
	return table([]string{"Key", "Type", "Default", "Example", "Meaning"}, rows), nil
}

// defaultValues gives the defaults by their keys, as the table shows them.
func defaultValues(rows []defaults.Default) (map[string]string, error) {
	values := map[string]string{}
	for _, row := range rows {
		values[row.Key] = row.Words
		if row.Value == nil {
			continue
		}
		encoded, err := json.Marshal(row.Value)
		if err != nil {
			return nil, fmt.Errorf("encoding the default of %s: %w", row.Key, err)
		}
		values[row.Key] = code(strings.ReplaceAll(string(encoded), ",", ", "))
	}
	return values, nil
}

func defaultOr(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// kind names the type of a setting for people.
func (w *walker) kind(s *schema) (string, error) {
	if len(s.Enum) > 0 {
		return code(strings.Join(s.Enum, "`, `")), nil
	}
	switch t := typeName(s.Type); t {
	case "array":
		return w.listKind(s)
	case "object":
		return w.tableKind(s)
	case "":
		return "", errors.New("no type")
	default:
		return strings.Replace(t, "array", "list", 1), nil
	}
}

func (w *walker) listKind(s *schema) (string, error) {
	if s.Items == nil {
		return "", errors.New("a list of nothing")
	}
	items, err := w.resolve(s.Items)
	if err != nil {
		return "", err
	}
	if len(items.Properties) > 0 {
		return "list of mappings", nil
	}
	return "list of " + typeName(items.Type), nil
}

func (w *walker) tableKind(s *schema) (string, error) {
	var values schema
	if err := json.Unmarshal(s.Additional, &values); err != nil {
		return "", fmt.Errorf("reading additionalProperties: %w", err)
	}
	of, err := w.resolve(&values)
	if err != nil {
		return "", err
	}
	if len(of.Properties) > 0 {
		return "mapping of names to settings", nil
	}
	return "mapping of names to " + typeName(of.Type), nil
}

// typeName is "string", or "string or integer" where several types are allowed.
func typeName(t any) string {
	switch t := t.(type) {
	case string:
		return t
	case []any:
		names := make([]string, len(t))
		for i, name := range t {
			names[i] = fmt.Sprint(name)
		}
		return strings.Join(names, " or ")
	}
	return ""
}
