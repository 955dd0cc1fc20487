package cgofacts

import (
	"bytes"
	"debug/elf"
	"errors"
	"io"
	"regexp"
)

// Packed is a packer that has compressed a program.
type Packed struct {
	By string `json:"by"`
	// Version is the packer's, "" if it does not say.
	Version string `json:"version,omitempty"`
}

// String names it.
func (p *Packed) String() string {
	if p.Version == "" {
		return p.By
	}
	return p.By + " " + p.Version
}

// upxHead is how far from the beginning UPX's loader header is: behind the ELF and program headers, of which it leaves a few.
const upxHead = 4096

var (
	upxMagic   = []byte("UPX!")
	upxVersion = regexp.MustCompile(`\$Id: UPX ([0-9][0-9.]*)`)
)

// packed finds UPX, by its header and where that stands: behind the program headers (l_info of p_lx_elf.cpp), or at the very end (its
// PackHeader). The four letters elsewhere are the text of a program that knows UPX.
func (p *program) packed() (*Packed, error) {
	if p.segment(elf.PT_INTERP) != nil && len(p.file.Sections) > 1 {
		return nil, nil // it drops both
	}
	head := make([]byte, upxHead)
	n, err := p.part(0, upxHead).ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	head = head[:n]
	end := p.headersEnd()
	// l_info: checksum, magic, size, version, format; it stands right behind the headers.
	if end+8 > len(head) || !bytes.Equal(head[end+4:end+8], upxMagic) {
		return nil, nil
	}
	found := &Packed{By: "UPX"}
	if m, err := p.find(upxVersion); err != nil || m != "" {
		found.Version = m
		return found, err
	}
	return found, nil
}

// headersEnd is the offset behind ELF and program headers.
func (p *program) headersEnd() int {
	if p.file.Class == elf.ELFCLASS32 {
		return 52 + 32*len(p.file.Progs)
	}
	return 64 + 56*len(p.file.Progs)
}

// find gives the first group of the first match of a short pattern in the file, "" if there is none.
func (p *program) find(pattern *regexp.Regexp) (string, error) {
	const step, overlap = 1 << 20, 256
	buf := make([]byte, step+overlap)
	for off := int64(0); off < min(p.size, maxScan); off += step {
		n, err := p.r.ReadAt(buf[:min(int64(len(buf)), p.size-off)], off)
		if err != nil && !errors.Is(err, io.EOF) {
			return "", err
		}
		if m := pattern.FindSubmatch(buf[:n]); m != nil {
			return string(m[1]), nil
		}
	}
	return "", nil
}
