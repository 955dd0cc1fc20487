package subject

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"
)

// Ten are ten modules of one program each, made of those of targets8, as a developer's machine or a shared daemon has them: they require
// the same modules, import different parts of them, and the second, the fifth and the eighth have C, each with other Debian packages.
func Ten() ([]Subject, error) {
	from, err := Find([]string{"targets8"})
	if err != nil {
		return nil, err
	}
	mains := append(slices.Clone(from[0].Programs), from[0].Main, from[0].Programs[0])
	withC := map[int]string{1: "", 4: ", packages: {build: [zlib1g-dev]}", 7: ", packages: {build: [libseccomp-dev]}"}
	var ten []Subject
	for i, main := range mains {
		s := Subject{
			Name: fmt.Sprintf("module%d", i+1), Module: fmt.Sprintf("bench.example/module%d", i+1), Main: main,
			MainFile: path.Join(main, "main.go"), LeafFile: from[0].LeafFile, Bump: from[0].Bump,
		}
		files := txtar.Parse(bytes.ReplaceAll(from[0].Files, []byte(from[0].Module), []byte(s.Module)))
		files.Files = slices.DeleteFunc(files.Files, func(f txtar.File) bool {
			return path.Base(f.Name) == "main.go" && f.Name != s.MainFile
		})
		if packages, ok := withC[i]; ok {
			s.C = "{libc: glibc, link: dynamic" + packages + "}"
			files.Files = append(files.Files, txtar.File{Name: path.Join(strings.TrimPrefix(main, "./"), "c.go"), Data: []byte(cFile)})
		}
		s.Files = txtar.Format(files)
		ten = append(ten, s)
	}
	return ten, nil
}

// cFile makes a main package need a C compiler.
const cFile = `package main

// static int answer(void) { return 42; }
import "C"

func init() {
	if C.answer() != 42 {
		panic("C cannot count")
	}
}
`
