// Command vendored suggests a command for one that is misspelled. Its only dependency is in the vendor folder, so the build
// downloads no module.
package main

import (
	"fmt"
	"os"

	"github.com/agext/levenshtein"
)

var commands = []string{"build", "deploy", "rollback", "status"}

func main() {
	if len(os.Args) < 2 {
		fmt.Println("usage: vendored COMMAND")
		return
	}
	nearest, distance := "", -1
	for _, command := range commands {
		if d := levenshtein.Distance(os.Args[1], command, nil); distance < 0 || d < distance {
			nearest, distance = command, d
		}
	}
	fmt.Printf("did you mean %s?\n", nearest)
}
