package target

import "strings"

// MuslGCC gives the script that is the musl compiler of [Target.GCC], like that of Debian's musl-tools, which is there for the
// machine's own architecture only. It is no flag in CC, because cmd/link asks the compiler which flags it has without those of CC.
// It reads [Target.MuslSpecs] at the path specs.
func (t Target) MuslGCC(specs string) string {
	c, _ := t.C()
	return "#!/bin/sh\nexec " + c.Triple + "-gcc \"$@\" -specs /usr/lib/" + c.Musl + "/musl-gcc.specs -specs " + specs + "\n"
}

// MuslSpecs gives what the specs file of musl lacks (musl, tools/musl-gcc.specs.sh): it takes -static-pie for a program with shared
// libraries. What is not about -static-pie is as it is there.
func (t Target) MuslSpecs() string {
	c, _ := t.C()
	return strings.NewReplacer("LIB", "/usr/lib/"+c.Musl, "LOADER", c.MuslLoader).Replace(muslSpecs)
}

const muslSpecs = `*startfile:
%{static-pie: LIB/rcrt1.o; !shared: LIB/Scrt1.o} LIB/crti.o crtbeginS.o%s

*link:
%{static-pie: -static -pie --no-dynamic-linker -z text; : -dynamic-linker LOADER} -nostdlib %{shared:-shared} %{static:-static} %{rdynamic:-export-dynamic}

`
