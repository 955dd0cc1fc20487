package cgofacts

import (
	"debug/elf"
	"slices"
)

// Hardening is what the headers say of protection, as far as it means something for a Go program. Stack canaries and fortified functions
// are things of C alone.
type Hardening struct {
	// PIE says that the program is loaded at an address that cannot be foretold.
	PIE bool `json:"pie"`
	// RELRO is full if all tables of the dynamic loader become read-only at the start, partial if some do, none if none do, and "" for
	// a program that has no such tables.
	RELRO string `json:"relro,omitempty"`
	// NX says that the stack is not executable.
	NX bool `json:"nx"`
	// WritableCode says that a segment is writable and executable.
	WritableCode bool `json:"writableCode"`
	// StackProtector says that C in it checks its stack: that it imports what is called if the check fails.
	StackProtector bool `json:"stackProtector,omitempty"`
}

func (f *Facts) hardening(p *program) *Hardening {
	h := &Hardening{PIE: f.Link.Kind == PIE || f.Link.Kind == StaticPIE, RELRO: p.relro()}
	if s := p.segment(elf.PT_GNU_STACK); s != nil {
		h.NX = s.Flags&elf.PF_X == 0
	}
	for _, s := range p.file.Progs {
		h.WritableCode = h.WritableCode || s.Type == elf.PT_LOAD && s.Flags&elf.PF_X != 0 && s.Flags&elf.PF_W != 0
	}
	h.StackProtector = slices.Contains(f.Imports, "__stack_chk_fail")
	return h
}

func (p *program) relro() string {
	if p.segment(elf.PT_DYNAMIC) == nil {
		return ""
	}
	if p.segment(elf.PT_GNU_RELRO) == nil {
		return "none"
	}
	flags, _ := p.dynamic(elf.DT_FLAGS)
	flags1, _ := p.dynamic(elf.DT_FLAGS_1)
	_, now := p.dynamic(elf.DT_BIND_NOW)
	if now || elf.DynFlag(flags)&elf.DF_BIND_NOW != 0 || elf.DynFlag1(flags1)&elf.DF_1_NOW != 0 {
		return "full"
	}
	return "partial"
}
