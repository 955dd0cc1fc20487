package binary

import (
	"debug/macho"
	"debug/pe"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/modship-build/modship/internal/target"
)

// ErrFormat says that a file is no executable of the format that it should be of.
var ErrFormat = errors.New("not an executable of the system")

// ReadFor gives the facts of an executable that should be one for t: as [Read] for systems with ELF, and of other formats what package
// target knows them by, which processor they are for, and what the Go linker left.
//
// The errors are those of Read, with [ErrFormat] in place of [ErrNotELF].
func ReadFor(t target.Target, r io.ReaderAt) (*Facts, error) {
	format := t.Format()
	if format == target.FormatELF {
		return Read(r)
	}
	in := &reader{r: r, left: maxTotal}
	f, err := readForeign(in, format)
	if in.err != nil {
		return nil, fmt.Errorf("reading executable: %w", in.err)
	}
	return f, err
}

func readForeign(r *reader, format target.Format) (*Facts, error) {
	arch, err := contained(func() (string, error) { return processors[format](r) })
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrFormat, format, err)
	}
	f := &Facts{Format: format, Arch: arch}
	if format == target.FormatWasm {
		return f, f.readWasm(r)
	}
	return f, f.readBuildInfo(r)
}

// processors find out for which processor an executable is, as GOARCH.
var processors = map[target.Format]func(io.ReaderAt) (string, error){
	target.FormatMachO: machO,
	target.FormatPE:    portable,
	target.FormatWasm:  webAssembly,
	target.FormatXCOFF: xcoff,
	target.FormatPlan9: plan9,
}

// known gives the name of a number that a header has.
func known[N comparable](names map[N]string, number N) (string, error) {
	if name, ok := names[number]; ok {
		return name, nil
	}
	return "", fmt.Errorf("unknown processor %v", number)
}

func machO(r io.ReaderAt) (string, error) {
	file, err := macho.NewFile(r)
	if err != nil {
		return "", err
	}
	if file.Type != macho.TypeExec {
		return "", fmt.Errorf("it is of type %v", file.Type)
	}
	return known(map[macho.Cpu]string{macho.CpuAmd64: "amd64", macho.CpuArm64: "arm64"}, file.Cpu)
}

func portable(r io.ReaderAt) (string, error) {
	file, err := pe.NewFile(r)
	if err != nil {
		return "", err
	}
	if file.Characteristics&pe.IMAGE_FILE_EXECUTABLE_IMAGE == 0 || file.Characteristics&pe.IMAGE_FILE_DLL != 0 {
		return "", fmt.Errorf("it has the characteristics %#x", file.Characteristics)
	}
	return known(map[uint16]string{pe.IMAGE_FILE_MACHINE_I386: "386", pe.IMAGE_FILE_MACHINE_AMD64: "amd64", pe.IMAGE_FILE_MACHINE_ARM64: "arm64"}, file.Machine)
}

// xcoff knows the magic number of 64-bit executables, for which AIX has one processor.
func xcoff(r io.ReaderAt) (string, error) {
	head, err := readFull(r, 0, 2, "header")
	if err != nil {
		return "", err
	}
	return known(map[uint16]string{0x01f7: "ppc64"}, binary.BigEndian.Uint16(head))
}

// plan9 knows the magic numbers of a.out(6).
func plan9(r io.ReaderAt) (string, error) {
	head, err := readFull(r, 0, 4, "header")
	if err != nil {
		return "", err
	}
	return known(map[uint32]string{0x1eb: "386", 0x8a97: "amd64", 0x647: "arm"}, binary.BigEndian.Uint32(head))
}
