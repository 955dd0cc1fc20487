package ctoolchain

// FlagForm is a kind of flags of C compilers that may be set.
type FlagForm struct {
	Pattern string // a regular expression of package regexp, which the whole flag matches
	Meaning string
}

// CompilerFlags are what cgo.cflags, cppflags and cxxflags may hold: of the flags that cmd/go allows in #cgo lines
// (cmd/go/internal/work, security.go) the ones of use on Linux, without any that names a program, another target or another root, and
// without those of [NativeFlag]. No value begins with "@", which compilers replace by a file's content.
func CompilerFlags() []FlagForm {
	return []FlagForm{
		{`-D[A-Za-z_][A-Za-z0-9_]*(=[^@]*)?`, "a macro"},
		{`-U[A-Za-z_][A-Za-z0-9_]*`, "a macro that is undefined"},
		{`-I/[^@ ]*`, "a folder of headers in the sysroot"},
		{`-O([0-3sgz]|fast)?`, "optimisation"},
		{`-W[a-z0-9+=-]*`, "warnings"},
		{`-w`, "no warnings"},
		{`-pedantic`, "warnings of what the standard does not have"},
		{`-ansi`, "the oldest standard"},
		{`-std=[a-z0-9+:]+`, "a standard of the language"},
		{`-f(no-)?(asynchronous-unwind-tables|exceptions|rtti)`, "exceptions, run-time types, and tables for them"},
		{`-f(no-)?(common|plt)`, "how symbols are reached"},
		{`-f(un)?signed-char`, "whether char has a sign"},
		{`-f(no-)?(fast-math|inline-functions|lto|omit-frame-pointer|strict-aliasing)`, "optimisation"},
		{`-f(no-)?openmp`, "OpenMP"},
		{`-f(no-)?(pic|PIC|pie|PIE)`, "code that runs at any address"},
		{`-f(no-)?stack-(protector(-strong|-all)?|clash-protection)`, "hardening"},
		{`-fcf-protection(=[a-z]+)?`, "hardening"},
		{`-fvisibility=[a-z]+`, "which symbols other files see"},
		{`-ftls-model=[a-z-]+`, "thread-local storage"},
		{`-g[0-9a-z-]*`, "debug information"},
		{`-m(abi|arch|cpu|fpu|tune)=[A-Za-z0-9_.+-]+`, "the processor; not native"},
		{`-mfloat-abi=[a-z]+`, "the processor"},
		{`-m(no-)?(aes|avx[0-9a-z.]*|sse[0-9.]*|ssse3)`, "the processor"},
		{`-pthread`, "threads"},
	}
}

// LinkerFlags are what cgo.ldflags may hold. A comma after -Wl would begin another flag.
func LinkerFlags() []FlagForm {
	return []FlagForm{
		{`-l[A-Za-z0-9_.+-]+`, "a library"},
		{`-L/[^@, ]*`, "a folder of libraries in the sysroot"},
		{`-O[0-3sgz]?`, "optimisation"},
		{`-f(no-)?(lto|openmp)`, "as for the compiler"},
		{`-g`, "debug information"},
		{`-m(arch|cpu|tune)=[A-Za-z0-9_.+-]+`, "the processor; not native"},
		{`-pthread`, "threads"},
		{`-rdynamic`, "symbols for libraries that are opened when the program runs"},
		{`-static-(libgcc|libstdc\+\+)`, "the compiler's own libraries as a part of the program"},
		{`-Wl,--(no-)?as-needed`, "libraries that nothing uses"},
		{`-Wl,-B(static|dynamic)`, "the kind of the libraries after it"},
		{`-Wl,--(start|end)-group`, "libraries that need each other"},
		{`-Wl,--gc-sections`, "leaves out what nothing uses"},
		{`-Wl,-O[0-9]`, "optimisation"},
		{`-Wl,--(no-)?export-dynamic`, "symbols for libraries that are opened when the program runs"},
		{`-Wl,--hash-style=(sysv|gnu|both)`, "the table of symbols"},
		{`-Wl,--no-undefined`, "fails for symbols that nothing has"},
		{`-Wl,--allow-multiple-definition`, "takes the first of several symbols of a name"},
		{`-Wl,-s`, "no symbols and no debug information"},
		{`-Wl,--build-id(=[a-z0-9]+)?`, "the build ID of the linker"},
		{`-Wl,-z,(relro|now|noexecstack|nodlopen|nodelete)`, "hardening, and what dlopen and dlclose may do"},
	}
}
