// Package words knows greetings by language.
package words

import (
	"maps"
	"slices"
)

var hello = map[string]string{"de": "Hallo", "en": "Hello", "fr": "Bonjour"}

// Hello returns the greeting in a language, and whether there is one.
func Hello(language string) (string, bool) {
	word, ok := hello[language]
	return word, ok
}

// Languages lists the languages in alphabetical order.
func Languages() []string { return slices.Sorted(maps.Keys(hello)) }
