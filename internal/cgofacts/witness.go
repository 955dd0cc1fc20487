package cgofacts

import (
	"fmt"
	"strings"

	"github.com/modship-build/modship/internal/safetext"
)

// Verdict says what C there is.
type Verdict string

const (
	// Cgo is C that is linked into the program.
	Cgo Verdict = "cgo"
	// Dynamic is a program without cgo that calls shared libraries of C nevertheless.
	Dynamic Verdict = "dynamic"
	// None is no C.
	None Verdict = "none"
	// NotGo is a program that Go has not made.
	NotGo Verdict = "not-go"
	// Unknown is what the witnesses do not suffice for.
	Unknown Verdict = "unknown"
)

// Testimony is what a witness says.
type Testimony string

// The testimonies. A hint of either is one that has other causes, too.
const (
	SaysC       Testimony = "c"
	SaysNoC     Testimony = "no-c"
	HintsC      Testimony = "hint-of-c"
	HintsNoC    Testimony = "hint-of-no-c"
	SaysNothing Testimony = "nothing"
)

// Witness is a trace of C that was looked for.
type Witness struct {
	Name string    `json:"name"`
	Says Testimony `json:"says"`
	// Detail is what was seen.
	Detail string `json:"detail"`
}

// The names of the witnesses.
const (
	witnessBuild     = "build-info"
	witnessFunctions = "go-functions"
	witnessSymbols   = "symbols"
	witnessIsCgo     = "runtime.iscgo"
	witnessLoader    = "interpreter"
	witnessImports   = "imports"
	witnessLibraries = "libraries"
	witnessCompiler  = "c-compiler"
)

// witnesses are all of them, in the order in which they are asked.
var witnesses = []string{
	witnessBuild, witnessFunctions, witnessSymbols, witnessIsCgo, witnessLoader, witnessLibraries, witnessImports, witnessCompiler,
}

// ask asks every witness, always in the same order.
func (f *Facts) ask(p *program) []Witness {
	return []Witness{
		f.askBuild(), f.askFunctions(), f.askSymbols(), f.askIsCgo(p), f.askLoader(), f.askLibraries(), f.askImports(), p.askCompiler(),
	}
}

func (f *Facts) askBuild() Witness {
	w := Witness{Name: witnessBuild, Says: SaysNothing}
	enabled, ok := f.build.Settings["CGO_ENABLED"]
	switch {
	case f.build.GoVersion == "":
		w.Detail = "there is no build information"
	case f.build.Settings["-compiler"] == "gccgo":
		w.Says, w.Detail = SaysC, "-compiler=gccgo, whose runtime is C"
	case f.sanitizer() != "":
		w.Says, w.Detail = SaysC, f.sanitizer()+"=true, whose runtime is C"
	case !ok:
		w.Detail = "the build settings do not say CGO_ENABLED"
	case enabled == "0":
		w.Says, w.Detail = HintsNoC, "CGO_ENABLED=0"
	default:
		w.Says, w.Detail = HintsC, "CGO_ENABLED="+safetext.Short(enabled)+", which allows C and needs none"
	}
	return w
}

// sanitizer gives the setting that links a runtime in C, or "".
func (f *Facts) sanitizer() string {
	for _, name := range []string{"-race", "-msan", "-asan"} {
		if f.build.Settings[name] == "true" {
			return name
		}
	}
	return ""
}

func (f *Facts) askFunctions() Witness {
	w := Witness{Name: witnessFunctions, Says: SaysNothing}
	n := f.names
	switch {
	case !n.found:
		w.Detail = "there is no table of Go's functions in a known form"
	case n.cgo:
		w.Says, w.Detail = SaysC, fmt.Sprintf("runtime/cgo is linked in, and %d C functions are called from Go", len(n.calls))
	case n.purego:
		w.Says, w.Detail = HintsC, "purego is linked in, which opens and calls shared libraries without cgo"
	case !n.genuine:
		w.Detail = "the names of Go's functions are not those of the sources"
	default:
		w.Says, w.Detail = SaysNoC, fmt.Sprintf("runtime/cgo is not among %d functions", n.count)
	}
	return w
}

func (f *Facts) askSymbols() Witness {
	w := Witness{Name: witnessSymbols, Says: SaysNothing}
	switch {
	case !f.symbols.found:
		w.Detail = "the symbols are stripped"
	case f.symbols.cgo != "":
		w.Says, w.Detail = SaysC, "there is the C function "+safetext.Short(f.symbols.cgo)
	case !f.symbols.iscgo.found:
		w.Detail = "the symbols are not those of a Go program"
	default:
		w.Says, w.Detail = SaysNoC, "there is no C function of runtime/cgo"
	}
	return w
}

func (f *Facts) askIsCgo(p *program) Witness {
	w := Witness{Name: witnessIsCgo, Says: SaysNothing}
	value, ok := p.flag(f.symbols.iscgo)
	switch {
	case !f.symbols.iscgo.found:
		w.Detail = "there is no symbol of it"
	case !ok:
		w.Detail = "its symbol leads nowhere"
	case value:
		w.Says, w.Detail = HintsC, "true: a C runtime starts the program, or what stands for one"
	default:
		w.Says, w.Detail = SaysNoC, "false: no C runtime starts the program"
	}
	return w
}

func (f *Facts) askLoader() Witness {
	w := Witness{Name: witnessLoader, Says: SaysNothing}
	switch {
	case f.Link.Interpreter == "" && len(f.Link.Needed) > 0:
		w.Detail = "none, and yet libraries are needed"
	case f.Link.Interpreter == "":
		w.Detail = "none: statically linked, with C or without"
	case len(f.Link.Needed) == 0:
		w.Detail = safetext.Short(f.Link.Interpreter) + ", but no library is needed: so are position-independent programs of Go alone"
	default:
		w.Says, w.Detail = HintsC, safetext.Short(f.Link.Interpreter)
	}
	return w
}

func (f *Facts) askLibraries() Witness {
	w := Witness{Name: witnessLibraries, Says: SaysNothing, Detail: "none is needed"}
	if len(f.Link.Needed) > 0 {
		w.Says, w.Detail = HintsC, safetext.Short(strings.Join(f.Link.Needed, ", "))
	}
	return w
}

func (f *Facts) askImports() Witness {
	w := Witness{Name: witnessImports, Says: SaysNothing, Detail: "none"}
	if n := len(f.Imports); n > 0 {
		w.Says, w.Detail = HintsC, fmt.Sprintf("%d symbols, such as %s", n, safetext.Short(f.Imports[0]))
	}
	return w
}

// says gives the testimony of a witness.
func (f *Facts) says(name string) Testimony {
	for _, w := range f.Witnesses {
		if w.Name == name {
			return w.Says
		}
	}
	return SaysNothing
}

// any tells whether one of the witnesses says so.
func (f *Facts) any(says Testimony, names ...string) bool {
	for _, name := range names {
		if f.says(name) == says {
			return true
		}
	}
	return false
}

// judge gives the verdict. What names and symbols say counts before what settings allow; those that contradict each other make it
// unknown.
func (f *Facts) judge() {
	linked := f.any(SaysC, witnessBuild, witnessFunctions, witnessSymbols)
	absent := f.any(SaysNoC, witnessFunctions, witnessSymbols, witnessIsCgo)
	calls := len(f.Link.Needed) > 0 || f.names.purego
	switch {
	case f.Packed != nil:
		f.Verdict, f.Reason = Unknown, "the program is packed with "+f.Packed.String()+", which hides it; unpack it first"
	case f.Go == nil:
		f.Verdict, f.Reason = NotGo, "there is neither build information, a build ID nor a table of functions of Go in it"
	case f.sanitizer() != "" && f.says(witnessBuild) == SaysC:
		f.Verdict, f.Reason = Cgo, "it is built with "+f.sanitizer()+", whose runtime is C"
	case linked && f.any(SaysNoC, witnessFunctions, witnessSymbols):
		f.Verdict, f.Reason = Unknown, "the witnesses contradict each other"
	case linked:
		f.Verdict, f.Reason = Cgo, "the C part of Go's runtime is linked in"
	case calls && (absent || f.says(witnessBuild) == HintsNoC):
		f.Verdict, f.Reason = Dynamic, "no C is linked in, but shared libraries of C are called without cgo"
	case absent:
		f.Verdict, f.Reason = None, "Go's runtime is linked without its C part"
	case f.says(witnessBuild) == HintsNoC && len(f.Imports) == 0:
		f.Verdict, f.Reason = None, "it was built with cgo switched off, and nothing contradicts that"
	default:
		f.Verdict, f.Reason = Unknown, "no witness that decides it is left in the program"
	}
}
