// Command list prints the languages that greet knows.
package main

import (
	"fmt"

	"example.com/workspace/words"
)

func main() {
	for _, language := range words.Languages() {
		fmt.Println(language)
	}
}
