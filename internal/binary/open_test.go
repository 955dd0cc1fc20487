package binary_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"os"
	"runtime"
	"testing"

	own "github.com/modship-build/modship/internal/binary"
)

// TestOpen: a table of sections that is not there hides none of the segments.
func TestOpen(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the test itself is to be an ELF file")
	}
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := own.Open(bytes.NewReader(data))
	if err != nil || file.Section(".text") == nil {
		t.Fatalf("%v, no section .text", err)
	}
	segments := len(file.Progs)
	var header elf.Header64
	if file.Class != elf.ELFCLASS64 {
		t.Skip("the offset below is that of 64 bits")
	}
	file.ByteOrder.PutUint64(data[binary.Size(header.Ident)+24:], 1<<60) // e_shoff
	if file, err = own.Open(bytes.NewReader(data)); err != nil || len(file.Sections) != 0 || len(file.Progs) != segments {
		t.Errorf("%v, %+v", err, file)
	}
	if _, err := own.Open(bytes.NewReader([]byte("#!/bin/sh\n"))); !errors.Is(err, own.ErrNotELF) {
		t.Errorf("a script: %v", err)
	}
}
