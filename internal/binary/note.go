package binary

import (
	"bytes"
	"debug/elf"
	"fmt"
	"unicode"
	"unicode/utf8"
)

const (
	// maxNotes limits the notes of one segment, in bytes.
	maxNotes = 64 << 10
	// goBuildIDType is the note type of cmd/internal/buildid and cmd/link/internal/ld, for the note name "Go".
	goBuildIDType = 4
)

// readBuildID finds the note that the Go linker writes; it is in a segment of its own, or in one with the C linker's notes.
func readBuildID(file *elf.File) (string, error) {
	for _, p := range file.Progs {
		if p.Type != elf.PT_NOTE || p.Filesz == 0 {
			continue
		}
		raw, err := readFull(p, 0, min(p.Filesz, maxNotes), "notes")
		if err != nil {
			return "", err
		}
		id, ok := goBuildID(file, raw, p.Align)
		switch {
		case !ok:
		case !utf8.ValidString(id) || bytes.ContainsFunc([]byte(id), unicode.IsControl):
			return "", fmt.Errorf("%w: Go build ID %q is not printable", ErrMalformed, id)
		default:
			return id, nil
		}
	}
	return "", nil
}

// goBuildID looks through notes: three words (length of the name, length of the value, type), then name and value, each
// filled up to the segment's alignment of 4 or 8 bytes.
func goBuildID(file *elf.File, notes []byte, align uint64) (id string, ok bool) {
	if align != 8 {
		align = 4
	}
	for len(notes) >= 12 {
		name := uint64(file.ByteOrder.Uint32(notes))
		value := uint64(file.ByteOrder.Uint32(notes[4:]))
		typ := file.ByteOrder.Uint32(notes[8:])
		start := roundUp(12+name, align)
		end := start + value
		if end > uint64(len(notes)) {
			return "", false
		}
		if typ == goBuildIDType && string(notes[12:12+name]) == "Go\x00\x00" {
			return string(notes[start:end]), true
		}
		notes = notes[min(roundUp(end, align), uint64(len(notes))):]
	}
	return "", false
}

func roundUp(n, align uint64) uint64 { return (n + align - 1) &^ (align - 1) }
