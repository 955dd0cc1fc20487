package binary

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
)

// ARM is what a 32-bit ARM executable says beyond the machine. It is zero for other machines, and what the file does not say
// is zero: Go's own linker states only EABI, a C linker all of it.
type ARM struct {
	// EABI is the version of the embedded ABI from e_flags; Linux has used 5 since 2005.
	EABI int
	// Float says how floating-point arguments are passed.
	Float FloatABI
	// Version is the architecture version (5, 6, 7, 8) that the code needs, from Tag_CPU_arch.
	Version int
}

// FloatABI is a floating-point calling convention; "" is unknown.
type FloatABI string

const (
	// SoftFloat passes floating-point arguments in core registers (gnueabi).
	SoftFloat FloatABI = "soft"
	// HardFloat passes them in registers of the floating-point unit (gnueabihf).
	HardFloat FloatABI = "hard"
)

const (
	// From "ELF for the Arm Architecture", e_flags.
	flagFloatSoft = 0x200
	flagFloatHard = 0x400
	eabiShift     = 24

	sectionARMAttributes = elf.SectionType(0x70000003)
	maxAttributes        = 64 << 10
)

// readARM takes the build attributes first and e_flags, where the linker repeats the float ABI, after them. Attributes that
// cannot be read are as good as none.
func readARM(file *elf.File, flags uint32) ARM {
	if file.Machine != elf.EM_ARM {
		return ARM{}
	}
	var arm ARM
	for _, s := range file.Sections {
		if s.Type != sectionARMAttributes || s.FileSize > maxAttributes || s.Flags&elf.SHF_COMPRESSED != 0 {
			continue
		}
		if raw, err := readFull(s, 0, s.FileSize, "attributes"); err == nil {
			arm = parseAttributes(raw, file.ByteOrder)
		}
	}
	arm.EABI = int(flags >> eabiShift)
	switch {
	case flags&flagFloatHard != 0:
		arm.Float = HardFloat
	case flags&flagFloatSoft != 0:
		arm.Float = SoftFloat
	}
	return arm
}

// parseAttributes reads the file attributes of vendor "aeabi" ("Addenda to, and Errata in, the ABI for the Arm Architecture",
// build attributes): 'A', then subsections of length, vendor, and in them tag, length, attributes.
func parseAttributes(raw []byte, order binary.ByteOrder) ARM {
	if len(raw) == 0 || raw[0] != 'A' {
		return ARM{}
	}
	raw = raw[1:]
	for len(raw) >= 4 {
		sub, rest, ok := sized(raw, 0, order)
		if !ok {
			return ARM{}
		}
		if vendor, attributes, ok := bytes.Cut(sub, []byte{0}); ok && string(vendor) == "aeabi" {
			return fileAttributes(attributes, order)
		}
		raw = rest
	}
	return ARM{}
}

// sized cuts off a part that begins with skip bytes and its own length in 4 bytes, all counted in the length.
func sized(raw []byte, skip int, order binary.ByteOrder) (part, rest []byte, ok bool) {
	head := skip + 4
	if len(raw) < head {
		return nil, nil, false
	}
	n := uint64(order.Uint32(raw[skip:]))
	if n < uint64(head) || n > uint64(len(raw)) {
		return nil, nil, false
	}
	return raw[head:n], raw[n:], true
}

func fileAttributes(raw []byte, order binary.ByteOrder) ARM {
	const tagFile = 1
	for len(raw) > 0 {
		part, rest, ok := sized(raw, 1, order)
		if !ok {
			return ARM{}
		}
		if raw[0] == tagFile {
			return decodeAttributes(part)
		}
		raw = rest
	}
	return ARM{}
}

// decodeAttributes reads tags and values up to the first that is cut short.
func decodeAttributes(raw []byte) ARM {
	const tagCPURawName, tagCPUName, tagCPUArch, tagVFPArgs, tagCompatibility = 4, 5, 6, 28, 32
	// An absent tag has the value 0, which for Tag_ABI_VFP_args is the base standard.
	arm := ARM{Float: SoftFloat}
	for {
		tag, n := binary.Uvarint(raw)
		if n <= 0 {
			return arm
		}
		raw = raw[n:]
		var value uint64
		text := tag == tagCPURawName || tag == tagCPUName || tag > tagCompatibility && tag%2 == 1
		if !text {
			if value, n = binary.Uvarint(raw); n <= 0 {
				return arm
			}
			raw = raw[n:]
		}
		if text || tag == tagCompatibility {
			_, rest, ok := bytes.Cut(raw, []byte{0})
			if !ok {
				return arm
			}
			raw = rest
		}
		switch tag {
		case tagCPUArch:
			arm.Version = archVersion(value)
		case tagVFPArgs:
			arm.Float = floatABI(value)
		}
	}
}

func floatABI(vfpArgs uint64) FloatABI {
	switch vfpArgs {
	case 0:
		return SoftFloat
	case 1:
		return HardFloat
	}
	return "" // 2: a toolchain's own; 3: no floating-point argument at all
}

// archVersion gives the number in the name of a Tag_CPU_arch value, 0 for those it does not know.
func archVersion(arch uint64) int {
	versions := [...]int{4, 4, 4, 5, 5, 5, 6, 6, 6, 6, 7, 6, 6, 7, 8, 8, 8, 8}
	if arch < uint64(len(versions)) {
		return versions[arch]
	}
	return 0
}
