// Command crossgo stands in for go in a builder image. Whatever is asked of it, it delivers the program beside it.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "crossgo:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	o := slices.Index(args, "-o")
	if o < 0 {
		return nil
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	program, err := os.ReadFile(filepath.Join(filepath.Dir(self), "program"))
	if err != nil {
		return err
	}
	return os.WriteFile(args[o+1], program, 0o755)
}
