package binary

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
)

// wasmMagic begins a module of WebAssembly of version 1.
const wasmMagic = "\x00asm\x01\x00\x00\x00"

// Sections of a module, in the order of the specification's binary format.
const (
	sectionCustom = 0
	sectionData   = 11
)

const (
	// maxWasmSections is more than there are kinds of sections, with custom ones.
	maxWasmSections = 64
	// maxWasmData limits what a section that is read may have, in bytes.
	maxWasmData = 128 << 20
)

var errNoWasmInfo = errors.New("no build information in the data of the module")

func webAssembly(r io.ReaderAt) (string, error) {
	head, err := readFull(r, 0, uint64(len(wasmMagic)), "header")
	if err != nil {
		return "", err
	}
	if string(head) != wasmMagic {
		return "", errors.New("it does not begin like a module of version 1")
	}
	return "wasm", nil
}

// readWasm fills in what the Go linker left. debug/buildinfo does not know the format, and there is less: what `go version -m` prints is a
// string of the program's data, between two words that cmd/go puts around it, and the version of Go is in a section for tools.
func (f *Facts) readWasm(r *reader) error {
	err := eachSection(r, func(id byte, section []byte) error {
		switch {
		case id == sectionCustom:
			if version := producerOf(section); version != "" {
				f.GoVersion = version
			}
		case id == sectionData:
			info, err := debug.ParseBuildInfo(framed(section))
			if err != nil || info.Path == "" {
				return errors.Join(errNoWasmInfo, err)
			}
			f.takeBuildInfo(info)
		}
		return nil
	})
	if err == nil && (f.GoVersion == "" || f.Path == "") {
		err = errNoWasmInfo
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoBuildInfo, err)
	}
	return nil
}

// eachSection reads the custom sections and the data.
func eachSection(r *reader, do func(id byte, section []byte) error) error {
	offset := int64(len(wasmMagic))
	for range maxWasmSections {
		head := make([]byte, 1+binary.MaxVarintLen32)
		n, err := r.ReadAt(head, offset)
		if n == 0 && errors.Is(err, io.EOF) {
			return nil
		}
		size, used := binary.Uvarint(head[1:max(n, 1)])
		if used <= 0 || size > 1<<32 {
			return errors.Join(errNoWasmInfo, err)
		}
		offset += 1 + int64(used)
		if id := head[0]; id == sectionCustom && size <= maxRead || id == sectionData {
			section, err := readPieces(r, offset, size)
			if err != nil {
				return err
			}
			if err := do(id, section); err != nil {
				return err
			}
		}
		offset += int64(size)
	}
	return errNoWasmInfo
}

// readPieces reads what is longer than one read may be.
func readPieces(r io.ReaderAt, offset int64, size uint64) ([]byte, error) {
	if size > maxWasmData {
		return nil, fmt.Errorf("a section has %d bytes", size)
	}
	var all bytes.Buffer
	_, err := io.CopyBuffer(&all, struct{ io.Reader }{io.NewSectionReader(r, offset, int64(size))}, make([]byte, 1<<20))
	if err == nil && uint64(all.Len()) < size {
		err = io.ErrUnexpectedEOF
	}
	return all.Bytes(), err
}

// What stands around the build information: cmd/go/internal/modload, infoStart and infoEnd.
const (
	infoStart = "0w\xaf\x0c\x92t\x08\x02A\xe1\xc1\x07\xe6\xd6\x18\xe6"
	infoEnd   = "\xf92C1\x86\x18 r\x00\x82B\x10A\x16\xd8\xf2"
)

// framed gives the build information out of the data of a program, "" if it has none.
func framed(data []byte) string {
	_, rest, _ := bytes.Cut(data, []byte(infoStart))
	info, _, ok := bytes.Cut(rest, []byte(infoEnd))
	if !ok {
		return ""
	}
	return string(info)
}

// producerOf gives the version of Go out of the section producers, "" of any other: fields of pairs of a name and a version, each with its
// length before it (github.com/WebAssembly/tool-conventions, ProducersSection.md).
func producerOf(section []byte) string {
	name, rest, _ := wasmString(section)
	if name != "producers" || len(rest) == 0 {
		return ""
	}
	rest = rest[1:] // how many fields there are; the language comes first
	if field, values, _ := wasmString(rest); field != "language" || len(values) == 0 {
		return ""
	} else if language, values, _ := wasmString(values[1:]); language == "Go" {
		version, _, _ := wasmString(values)
		return version
	}
	return ""
}

// wasmString cuts off bytes that have their length before them.
func wasmString(raw []byte) (text string, rest []byte, ok bool) {
	n, used := binary.Uvarint(raw)
	if used <= 0 || n > uint64(len(raw)-used) {
		return "", nil, false
	}
	end := used + int(n)
	return string(raw[used:end]), raw[end:], true
}
