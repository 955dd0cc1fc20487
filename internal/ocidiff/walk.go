package ocidiff

import (
	"fmt"
	"strings"
)

// walk gives every value in which two JSON values differ, with its JSON pointer.
func walk(a, b any, path string, differ func(path string, a, b any)) {
	switch x := a.(type) {
	case map[string]any:
		if y, ok := b.(map[string]any); ok {
			walkObjects(x, y, path, differ)
			return
		}
		if _, ok := b.(absent); ok && len(x) > 0 {
			walkObjects(x, nil, path, differ)
			return
		}
	case []any:
		if y, ok := b.([]any); ok {
			walkLists(x, y, path, differ)
			return
		}
	case absent:
		if y, ok := b.(map[string]any); ok && len(y) > 0 {
			walkObjects(nil, y, path, differ)
			return
		}
	}
	if string(encode(a)) != string(encode(b)) {
		differ(path, a, b)
	}
}

func walkObjects(a, b map[string]any, path string, differ func(string, any, any)) {
	for _, key := range unionKeys(a, b) {
		walk(value(a, key), value(b, key), path+"/"+escape(key), differ)
	}
}

func value(m map[string]any, key string) any {
	if v, ok := m[key]; ok {
		return v
	}
	return absent{}
}

func escape(key string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(key) }

// walkLists compares variables by their names, because their order means nothing, and other lists place by place.
func walkLists(a, b []any, path string, differ func(string, any, any)) {
	if path == "/config/Env" {
		x, okX := variables(a)
		y, okY := variables(b)
		if okX && okY {
			walkObjects(x, y, path, differ)
			return
		}
	}
	for i := range max(len(a), len(b)) {
		x, y := any(absent{}), any(absent{})
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		walk(x, y, fmt.Sprintf("%s/%d", path, i), differ)
	}
}

// variables gives NAME=VALUE by name, unless something else is among them or a name stands twice.
func variables(list []any) (map[string]any, bool) {
	all := map[string]any{}
	for _, v := range list {
		s, _ := v.(string)
		name, value, ok := strings.Cut(s, "=")
		if _, twice := all[name]; !ok || twice {
			return nil, false
		}
		all[name] = value
	}
	return all, true
}
