package config

import (
	"maps"
	"reflect"
	"slices"
	"strings"
)

// placeOf says where the file has a key, "" if nowhere: people know a key and forget where it stands.
func placeOf(key string) string {
	all := mappings()
	var parents []string
	for _, path := range slices.Sorted(maps.Keys(all)) {
		if slices.Contains(keysOf(fieldsOf(all[path])), key) {
			parents = append(parents, path+":")
		}
	}
	switch {
	case slices.Contains(topKeys, key), slices.Contains(parents, ":"):
		return "it belongs at the top level"
	case parents == nil:
		return ""
	}
	return "it belongs below " + strings.Join(parents, " or ")
}

// topKeys are those that no target has.
var topKeys = []string{"args", "targets"}

// mappings are the mappings of the file that have keys of ours, by their paths: "" is the file or a target, "a[]" the elements of a list.
func mappings() map[string]reflect.Type {
	all := map[string]reflect.Type{}
	addMappings(all, "", reflect.TypeFor[Config]())
	return all
}

func addMappings(all map[string]reflect.Type, path string, t reflect.Type) {
	switch {
	case t.Kind() == reflect.Pointer:
		addMappings(all, path, t.Elem())
	case t.Kind() == reflect.Slice:
		addMappings(all, path+"[]", t.Elem())
	case t.Kind() == reflect.Struct && (path == "" || !reflect.PointerTo(t).Implements(reflect.TypeFor[fromNode]())):
		all[path] = t
		for i, f := range fieldsOf(t) {
			addMappings(all, strings.TrimPrefix(path+"."+f.key, "."), t.Field(i).Type)
		}
	}
}
