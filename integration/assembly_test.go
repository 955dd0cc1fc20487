//go:build linux

package integration

import (
	"strings"
	"testing"
)

// includingAssembly is a package whose assembly includes files that no listing of go/build names. SUM is the function's name.
const includingAssembly = `
-- PKG/add.go --
package sum

// SUM gives the sum and one.
func SUM(a, b int64) int64
-- PKG/add_amd64.s --
#include "textflag.h"
#include "macros.inc"
#include "../include/more.h"

TEXT ·SUM(SB), NOSPLIT, $0-24
	MOVQ a+0(FP), AX
	ADD_TO(b+8(FP), AX)
	MORE(AX)
	MOVQ AX, ret+16(FP)
	RET
-- PKG/macros.inc --
#define ADD_TO(x, to) ADDQ x, to
-- include/more.h --
#define MORE(to) ADDQ $1, to
`

// TestAssemblyIncludes builds what includes from its folder and from another, of the module itself and of a dependency, and
// makes anew what includes an edited file.
func TestAssemblyIncludes(t *testing.T) {
	t.Parallel()
	dep := newPrivateModule(t, "corp.example/sum", "v1.0.0", `
-- go.mod --
module corp.example/sum

go 1.26
`+strings.NewReplacer("PKG", "fast", "SUM", "Fast").Replace(includingAssembly))
	proxy := newFaultyServer(t, goProxy(t, dep.handlers))
	eachMode(t, func(t *testing.T, m mode) {
		dir := inline(t, `
-- go.mod --
module example.com/hello

go 1.26

require corp.example/sum v1.0.0
-- go.sum --
`+dep.sums+`-- main.go --
package main

import (
	"fmt"

	fast "corp.example/sum/fast"
	own "example.com/hello/own"
)

func main() { fmt.Println("`+m.name+`", fast.Fast(1, 2), own.Own(3, 4)) }
`+strings.NewReplacer("PKG", "own", "SUM", "Own").Replace(includingAssembly))
		b := build{dir: dir, args: []string{"GOPROXY=http://" + proxy.addr, "GONOSUMDB=corp.example"}}
		m.build(t, b).runs(t, m.name+" 4 8")
		edit(t, dir, "include/more.h", "#define MORE(to) ADDQ $2, to\n")
		m.build(t, b).runs(t, m.name+" 4 9")
	})
}
