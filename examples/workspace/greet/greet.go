// Package greet makes sentences of words.
package greet

import (
	"fmt"

	"example.com/workspace/words"
)

// Sentence greets someone. A language that is not known is an error.
func Sentence(language, name string) (string, error) {
	hello, ok := words.Hello(language)
	if !ok {
		return "", fmt.Errorf("no greeting in %q", language)
	}
	return fmt.Sprintf("%s, %s!", hello, name), nil
}
