package binary

import (
	"debug/elf"
	"fmt"
)

const (
	// maxVersions limits the records of one table of symbol versions; glibc's libc.so.6 has about 50.
	maxVersions = 4096
	// Sizes in bytes of Verneed, Vernaux and Verdef, which are the same in both classes.
	verneedSize, vernauxSize, verdefSize = 16, 16, 20
	// The flags of a record.
	versionBase, versionWeak = 1, 2
)

// requires reads DT_VERNEED: a chain of libraries, each with a chain of versions. Chains only lead forward and are counted,
// so that they end.
func (t *dynamicTable) requires() ([]Requirement, error) {
	var list []Requirement
	at, ok := t.value(elf.DT_VERNEED)
	for left := maxVersions; ok; {
		record, err := t.record(at, verneedSize)
		if err != nil {
			return nil, err
		}
		order := t.file.ByteOrder
		file, err := nameAt(t.file, t.names+uint64(order.Uint32(record[4:])))
		if err != nil {
			return nil, err
		}
		r := Requirement{File: file}
		if left, err = t.requiredVersions(&r, at+uint64(order.Uint32(record[8:])), left-1); err != nil {
			return nil, err
		}
		list = append(list, r)
		next := uint64(order.Uint32(record[12:]))
		at, ok = at+next, next != 0
	}
	return list, nil
}

// requiredVersions adds the chain of Vernaux at an address to r, and gives how many records may still be read.
func (t *dynamicTable) requiredVersions(r *Requirement, at uint64, left int) (int, error) {
	for ; left > 0; left-- {
		record, err := t.record(at, vernauxSize)
		if err != nil {
			return 0, err
		}
		order := t.file.ByteOrder
		name, err := nameAt(t.file, t.names+uint64(order.Uint32(record[8:])))
		if err != nil {
			return 0, err
		}
		if order.Uint16(record[4:])&versionWeak != 0 {
			r.Weak = append(r.Weak, name)
		} else {
			r.Versions = append(r.Versions, name)
		}
		next := uint64(order.Uint32(record[12:]))
		if next == 0 {
			return left - 1, nil
		}
		at += next
	}
	return 0, errVersions()
}

// provides reads DT_VERDEF: a chain of versions, each with a chain of names of which the first is its own.
func (t *dynamicTable) provides() ([]string, error) {
	var list []string
	at, ok := t.value(elf.DT_VERDEF)
	for left := maxVersions; ok; left-- {
		if left == 0 {
			return nil, errVersions()
		}
		record, err := t.record(at, verdefSize)
		if err != nil {
			return nil, err
		}
		order := t.file.ByteOrder
		if order.Uint16(record[2:])&versionBase == 0 {
			aux, err := t.record(at+uint64(order.Uint32(record[12:])), 4)
			if err != nil {
				return nil, err
			}
			name, err := nameAt(t.file, t.names+uint64(order.Uint32(aux)))
			if err != nil {
				return nil, err
			}
			list = append(list, name)
		}
		next := uint64(order.Uint32(record[16:]))
		at, ok = at+next, next != 0
	}
	return list, nil
}

func errVersions() error {
	return fmt.Errorf("%w: more than %d records of symbol versions", ErrMalformed, maxVersions)
}

// record reads size bytes at a virtual address.
func (t *dynamicTable) record(addr uint64, size uint64) ([]byte, error) {
	p, off, err := loaded(t.file, addr)
	if err != nil {
		return nil, err
	}
	return readFull(p, off, size, "symbol versions")
}
