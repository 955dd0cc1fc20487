package target

import (
	"debug/elf"
	"strings"
)

// ELF is what the header of an executable says about the processor it is for.
type ELF struct {
	// Class is the width of addresses.
	Class elf.Class
	// Data is the byte order.
	Data elf.Data
	// Machine is e_machine.
	Machine elf.Machine
}

// arch is one row of the table.
type arch struct {
	// name is GOARCH, which is also OCI's architecture.
	name string
	elf  ELF
	// variable is the name of the level variable, or "" where Go has none; preset is Go's own default for it.
	variable, preset string
	// variants are the normalised OCI variants besides none.
	variants []variant
}

type variant struct{ oci, level string }

// table holds every linux port of Go, sorted by name.
var table = []arch{
	{"386", le32(elf.EM_386), "GO386", "sse2", nil},
	{"amd64", le64(elf.EM_X86_64), "GOAMD64", "v1", same("v2", "v3", "v4")},
	// GOARM ends at 7, so the OCI variant v8 of 32-bit ARM has no level of its own.
	{"arm", le32(elf.EM_ARM), "GOARM", "7", []variant{{"v5", "5"}, {"v6", "6"}, {"v7", "7"}}},
	{"arm64", le64(elf.EM_AARCH64), "GOARM64", "v8.0", arm64Variants()},
	{"loong64", le64(elf.EM_LOONGARCH), "", "", nil},
	{"mips", be32(elf.EM_MIPS), "GOMIPS", "hardfloat", nil},
	{"mips64", be64(elf.EM_MIPS), "GOMIPS64", "hardfloat", nil},
	{"mips64le", le64(elf.EM_MIPS), "GOMIPS64", "hardfloat", nil},
	{"mipsle", le32(elf.EM_MIPS), "GOMIPS", "hardfloat", nil},
	{"ppc64", be64(elf.EM_PPC64), "GOPPC64", "power8", same("power8", "power9", "power10")},
	{"ppc64le", le64(elf.EM_PPC64), "GOPPC64", "power8", same("power8", "power9", "power10")},
	{"riscv64", le64(elf.EM_RISCV), "GORISCV64", "rva20u64", same("rva20u64", "rva22u64", "rva23u64")},
	{"s390x", be64(elf.EM_S390), "", "", nil},
}

func le32(m elf.Machine) ELF { return ELF{elf.ELFCLASS32, elf.ELFDATA2LSB, m} }
func le64(m elf.Machine) ELF { return ELF{elf.ELFCLASS64, elf.ELFDATA2LSB, m} }
func be32(m elf.Machine) ELF { return ELF{elf.ELFCLASS32, elf.ELFDATA2MSB, m} }
func be64(m elf.Machine) ELF { return ELF{elf.ELFCLASS64, elf.ELFDATA2MSB, m} }

// same makes variants that OCI and Go spell alike.
func same(names ...string) []variant {
	var vs []variant
	for _, n := range names {
		vs = append(vs, variant{n, n})
	}
	return vs
}

// arm64Variants are v8.1 to v8.9 and v9 to v9.5; v8.0 is what OCI writes without a variant, and v9.0 it writes as v9.
func arm64Variants() []variant {
	vs := same("v8.1", "v8.2", "v8.3", "v8.4", "v8.5", "v8.6", "v8.7", "v8.8", "v8.9")
	vs = append(vs, variant{"v9", "v9.0"})
	return append(vs, same("v9.1", "v9.2", "v9.3", "v9.4", "v9.5")...)
}

func archNamed(name string) (arch, bool) {
	for _, a := range table {
		if a.name == name {
			return a, true
		}
	}
	if name == wasm.name {
		return wasm, true
	}
	return arch{}, false
}

// level gives the level that a normalised variant names.
func (a arch) level(oci string) (level string, ok bool) {
	for _, v := range a.variants {
		if v.oci == oci {
			return v.level, true
		}
	}
	return "", oci == ""
}

// variant is the inverse of level. A level that is no variant's is either Go's default, which OCI leaves out, or unknown; the
// unknown one is kept, so that messages show it and FromOCI refuses it.
func (a arch) variant(level string) string {
	for _, v := range a.variants {
		if v.level == level {
			return v.oci
		}
	}
	if level == a.preset {
		return ""
	}
	return level
}

// ELF gives the identity of executables for t, or the zero ELF if t is not supported or its system has another format.
func (t Target) ELF() ELF {
	if t.Format() != FormatELF {
		return ELF{}
	}
	a, _ := archNamed(t.Arch)
	return a.elf
}

// Arch gives the GOARCH whose executables have identity e, and whether there is one.
func (e ELF) Arch() (goarch string, ok bool) {
	for _, a := range table {
		if a.elf == e {
			return a.name, true
		}
	}
	return "", false
}

// supported lists the platforms for people, one entry for each architecture.
func supported() []string {
	var list []string
	for _, a := range table {
		var names []string
		for _, v := range a.variants {
			names = append(names, v.oci)
		}
		entry := "linux/" + a.name
		if len(names) > 0 {
			entry += "[/" + strings.Join(names, "|") + "]"
		}
		list = append(list, entry)
	}
	return list
}

// Spellings lists every supported platform in its normalised form, as --platform takes it.
func Spellings() []string {
	var list []string
	for _, t := range All() {
		a, _ := archNamed(t.Arch)
		list = append(list, t.String())
		for _, v := range a.variants {
			if spelled := "linux/" + a.name + "/" + v.oci; spelled != t.String() {
				list = append(list, spelled)
			}
		}
	}
	return list
}
