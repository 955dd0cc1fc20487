package config

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
)

// Cache says what a build shares with others. Its zero value shares the daemon's cache mounts and starts from nothing else.
type Cache struct {
	// Isolated shares no cache mount with other builds, and takes no seed.
	Isolated bool
	// Seed is the reference of an image of compiled dependencies, to start from where none are kept.
	Seed string
}

// cacheIsolated is how a file spells [Cache.Isolated].
const cacheIsolated = "isolated"

// cacheKeys are the keys of the mapping.
type cacheKeys struct {
	Seed string `json:"seed,omitzero"`
}

// MarshalJSON writes c as in the file.
func (c Cache) MarshalJSON() ([]byte, error) {
	if c.Isolated {
		return json.Marshal(cacheIsolated)
	}
	return json.Marshal(cacheKeys{c.Seed})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (c *Cache) UnmarshalJSON(data []byte) error {
	var word string
	if err := json.Unmarshal(data, &word); err == nil {
		*c = Cache{Isolated: true}
		if word != cacheIsolated {
			return fmt.Errorf("decoding cache: %q is not %q", word, cacheIsolated)
		}
		return nil
	}
	var keys cacheKeys
	err := json.Unmarshal(data, &keys)
	*c = Cache{Seed: keys.Seed}
	return err
}

// fromNode reads isolated, or a mapping. An argument may say isolated.
func (c *Cache) fromNode(d decoder, n *node) {
	const help = `write "isolated" or {seed: registry.example/app:seed}, or remove the key`
	switch {
	case n.kind == kindString && n.text == cacheIsolated:
		c.Isolated = true
	case n.kind == kindMapping:
		var keys cacheKeys
		d.structure(n, reflect.ValueOf(&keys).Elem())
		c.Seed = keys.Seed
	case n.templated && d.skipTemplated:
	case n.kind == kindString:
		d.errs.Addf(n.Range, "unknown cache mode %s", strconv.Quote(n.text)).Help = help
	default:
		d.errs.Addf(n.Range, "expected isolated or a mapping with the key seed, found %s", n.kind).Help = help
	}
}

// seedImage checks the image that a build starts from.
func seedImage(s string) (string, error) {
	return imageReference(s, "write a reference such as registry.example/app:seed")
}
