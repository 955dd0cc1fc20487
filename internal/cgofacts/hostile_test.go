package cgofacts_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/cgofacts"
	"github.com/modship-build/modship/internal/testing/cgoprogram"
)

// tiny is a static program for linux/amd64 with one segment that holds content.
func tiny(content []byte) []byte {
	const headers = 64 + 56
	var b bytes.Buffer
	h := elf.Header64{
		Type: uint16(elf.ET_EXEC), Machine: uint16(elf.EM_X86_64), Version: 1, Entry: 0x400078, Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 1,
	}
	copy(h.Ident[:], "\x7fELF\x02\x01\x01")
	size := uint64(headers + len(content))
	p := elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_X), Vaddr: 0x400000, Filesz: size, Memsz: size, Align: 4096}
	for _, v := range []any{h, p} {
		if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
			panic(err)
		}
	}
	return append(b.Bytes(), content...)
}

func TestPacked(t *testing.T) {
	head := "\x00\x00\x00\x00UPX!\x00\x00\x0e\x16"
	facts, err := cgofacts.Read(bytes.NewReader(tiny([]byte(head+"$Id: UPX 4.24 Copyright $"))), 200)
	if err != nil || facts.Verdict != cgofacts.Unknown || facts.Packed.String() != "UPX 4.24" || !strings.Contains(facts.Reason, "packed with UPX 4.24") {
		t.Errorf("%+v, %v", facts, err)
	}
	// The letters alone do not make it packed.
	facts, err = cgofacts.Read(bytes.NewReader(tiny([]byte("a text about "+head))), 200)
	if err != nil || facts.Packed != nil || facts.Verdict != cgofacts.NotGo {
		t.Errorf("%+v, %v", facts, err)
	}
}

// TestHostileTable: a table of functions that leads out of the file, or that has one endless name, is none.
func TestHostileTable(t *testing.T) {
	table := func(functions, begin, end uint64, names string) []byte {
		var b bytes.Buffer
		b.WriteString("\xf1\xff\xff\xff\x00\x00\x01\x08")
		for _, word := range []uint64{functions, 0, 0, begin, end, 0, 0, 0} {
			if err := binary.Write(&b, binary.LittleEndian, word); err != nil {
				t.Fatal(err)
			}
		}
		return append(b.Bytes(), names...)
	}
	for _, test := range []struct {
		name  string
		table []byte
		want  cgofacts.Verdict
	}{
		{"real", table(1, 72, 72+13, "runtime.main\x00"), cgofacts.None},
		{"cgo", table(1, 72, 72+27, "runtime.main\x00runtime/cgo.x\x00"), cgofacts.Cgo},
		{"obfuscated", table(1, 72, 72+8, "a.b\x00c.d\x00"), cgofacts.NotGo},
		{"out of the file", table(1, 72, 1<<60, "runtime.main\x00"), cgofacts.NotGo},
		{"backwards", table(1, 80, 72, "runtime.main\x00"), cgofacts.NotGo},
		{"an endless name", table(1, 72, 72+1<<20, strings.Repeat("x", 1<<20)), cgofacts.NotGo},
	} {
		data := tiny(test.table)
		facts, err := cgofacts.Read(bytes.NewReader(data), int64(len(data)))
		if err != nil || facts.Verdict != test.want {
			t.Errorf("%s: %v, %+v", test.name, err, facts)
		}
	}
}

// FuzzRead: no file makes it panic, and each has a verdict with the same witnesses.
func FuzzRead(f *testing.F) {
	f.Add(tiny([]byte("\x00\x00\x00\x00UPX!")))
	f.Add(tiny([]byte("\xf1\xff\xff\xff\x00\x00\x01\x08")))
	if data, err := os.ReadFile(cgoprogram.Build(f, cgoprogram.Program{Source: cgoprogram.Dynamic, Args: []string{"-ldflags=-s -w"}})); err == nil {
		f.Add(data[:64<<10])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		facts, err := cgofacts.Read(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		if facts.Verdict == "" || facts.Reason == "" || len(facts.Witnesses) != 8 {
			t.Errorf("%+v", facts)
		}
	})
}
