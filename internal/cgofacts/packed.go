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
	// Version is the packer's, "" if it does not say. UPX leaves out its second dot: 4.2.2 says 4.22.
	Version string `json:"version,omitempty"`
	// Method is how it has compressed, "" if that is not known.
	Method string `json:"method,omitempty"`
}

// String names it.
func (p *Packed) String() string {
	text := p.By
	if p.Version != "" {
		text += " " + p.Version
	}
	if p.Method != "" {
		text += " (" + p.Method + ")"
	}
	return text
}

// upxHead is how far from the beginning UPX's loader header is: behind the ELF and program headers, of which it leaves a few.
const upxHead = 4096

// upxMethod is the offset of the method of compression from the loader header: behind it (12 bytes), the header of the program (12)
// and two sizes of the first block (l_info, p_info, b_info of UPX's stub/src/include/linux.h).
const upxMethod = 12 + 12 + 8

// upxMethods are the methods by their numbers; each of UCL's has several forms.
var upxMethods = map[byte]string{
	2: "NRV2B", 3: "NRV2B", 4: "NRV2B", 5: "NRV2D", 6: "NRV2D", 7: "NRV2D", 8: "NRV2E", 9: "NRV2E", 10: "NRV2E", 14: "LZMA",
}

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
	if at := end + upxMethod; at < len(head) {
		found.Method = upxMethods[head[at]]
	}
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
