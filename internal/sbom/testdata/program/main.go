// Program is what TestProgram compiles and describes: something with modules in it.
package main

import (
	"fmt"

	"github.com/modship-build/modship/internal/sbom"
)

func main() {
	_, err := sbom.SPDX(sbom.Input{})
	fmt.Println(err)
}
