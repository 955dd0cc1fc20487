package testbed

import (
	_ "embed" // of what follows
)

// Includes is a module, as an archive of txtar, whose C reads files that cmd/go does not look at. Its first edit must be made before it
// is built.
//
//go:embed testdata/includes.txtar
var Includes string

// SourcesOfIncludes are the files of its packages with C.
func SourcesOfIncludes() []string {
	return []string{"level/level.go", "level/level.h", "vec/vec.c", "vec/vec.go", "vec/vec.h"}
}

// Edit is a new content of a file of a module, and what its program says then.
type Edit struct{ File, Text, Says string }

// EditsOfIncludes are edits of the module, one upon the other: each is of another value in the program, but that of README.
func EditsOfIncludes() []Edit {
	return []Edit{
		{"vec/binary.h", "/* \x00 */\n#include \"behind\"\n", "sum 6 gain 7 blob 5 shared 1 1 level 1 1 joined 3 behind 1 absolute 1 only 1"},
		{"vec/gains.tbl", "5,\n8,\n", "sum 6 gain 8 blob 5 shared 1 1 level 1 1 joined 3 behind 1 absolute 1 only 1"},
		{"third_party/tiny/Tiny/Vec", "#include \"src/Vec.tpp\"\n#undef SUM\n#define SUM(a, b, c) (a * b * c + 1)\n",
			"sum 7 gain 8 blob 5 shared 1 1 level 1 1 joined 3 behind 1 absolute 1 only 1"},
		{"third_party/tiny/Tiny/Vec", "#include \"src/Vec.tpp\"\n", "sum 6 gain 8 blob 5 shared 1 1 level 1 1 joined 3 behind 1 absolute 1 only 1"},
		{"third_party/tiny/Tiny/src/Vec.tpp", "#define SUM(a, b, c) (a + b + c + 2)\n",
			"sum 8 gain 8 blob 5 shared 1 1 level 1 1 joined 3 behind 1 absolute 1 only 1"},
		{"vec/blob.bin", "ab\n", "sum 8 gain 8 blob 3 shared 1 1 level 1 1 joined 3 behind 1 absolute 1 only 1"},
		{"assets/payload.txt", "2", "sum 8 gain 8 blob 3 shared 2 2 level 1 1 joined 3 behind 1 absolute 1 only 1"},
		{"level/level.h", "#define LEVEL 2\n", "sum 8 gain 8 blob 3 shared 2 2 level 2 2 joined 3 behind 1 absolute 1 only 1"},
		{"vec/joined.bin", "a\n", "sum 8 gain 8 blob 3 shared 2 2 level 2 2 joined 2 behind 1 absolute 1 only 1"},
		{"vec/behind", "#define BEHIND 2\n", "sum 8 gain 8 blob 3 shared 2 2 level 2 2 joined 2 behind 2 absolute 1 only 1"},
		{"absolute/path", "#define ABSOLUTE 2\n", "sum 8 gain 8 blob 3 shared 2 2 level 2 2 joined 2 behind 2 absolute 2 only 1"},
		{"include/only.h", "#define ONLY 2\n", "sum 8 gain 8 blob 3 shared 2 2 level 2 2 joined 2 behind 2 absolute 2 only 2"},
		{"README", "two\n", "sum 8 gain 8 blob 3 shared 2 2 level 2 2 joined 2 behind 2 absolute 2 only 2"},
	}
}

// Vendored is a module, as an archive of txtar, with a vendored package in C whose headers were copied into vendor.
//
//go:embed testdata/vendored.txtar
var Vendored string
