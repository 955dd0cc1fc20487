// Command greet greets someone in a language.
package main

import (
	"flag"
	"fmt"
	"log"

	"example.com/workspace/greet"
)

func main() {
	language := flag.String("lang", "en", "language of the greeting")
	flag.Parse()
	name := "world"
	if flag.NArg() > 0 {
		name = flag.Arg(0)
	}
	sentence, err := greet.Sentence(*language, name)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(sentence)
}
