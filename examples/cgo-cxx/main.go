// Cgo-cxx sorts words with the C++ standard library.
package main

import (
	"fmt"

	"example.com/cgo-cxx/words"
)

func main() {
	fmt.Println(words.Sort("pear apple fig"))
}
