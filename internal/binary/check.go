package binary

import (
	"debug/elf"
	"errors"
	"fmt"
	"strconv"

	"github.com/modship-build/modship/internal/target"
)

// Check returns nil if the executable is one for want, else all that contradicts it, joined, each naming both sides.
//
// The level must be exactly that of want: code of a higher level does not run on the platform, and an image that promises a
// higher level than its code has is not what its name says. Where the file says nothing (no build settings, no ARM
// attributes), nothing is checked.
func (f *Facts) Check(want target.Target) error {
	if f.Format != target.FormatELF || want.Format() != target.FormatELF {
		return errors.Join(f.checkFormat(want), f.checkPort(want), f.checkLevel(want))
	}
	return errors.Join(
		f.checkELF(want),
		f.checkOS(want),
		f.checkType(want),
		f.checkARM(want),
		f.checkPort(want),
		f.checkLevel(want),
	)
}

// checkFormat is for other formats than ELF, which say less.
func (f *Facts) checkFormat(want target.Target) error {
	if f.Format != want.Format() {
		return fmt.Errorf("binary is of the format %s but is to be for %v (%s)", f.Format, want, want.Format())
	}
	if f.Arch != want.Arch {
		return fmt.Errorf("binary is for the processor %s but is to be for %v", f.Arch, want)
	}
	return nil
}

func (f *Facts) checkELF(want target.Target) error {
	if f.ELF == want.ELF() && f.ELF != (target.ELF{}) {
		return nil
	}
	name := fmt.Sprintf("an %v, %v file", f.ELF.Class, f.ELF.Data)
	if goarch, ok := f.ELF.Arch(); ok {
		name = want.OS + "/" + goarch
	}
	return fmt.Errorf("binary is %s (ELF machine %v) but the image is for %v", name, f.ELF.Machine, want)
}

func (f *Facts) checkOS(want target.Target) error {
	if want.HasABI(f.OSABI) {
		return nil
	}
	return fmt.Errorf("binary is for the operating system %v but the image is for %v", f.OSABI, want)
}

func (f *Facts) checkType(want target.Target) error {
	if f.Type == elf.ET_EXEC || f.Type == elf.ET_DYN {
		return nil
	}
	return fmt.Errorf("binary is of ELF type %v, which %v cannot execute", f.Type, want)
}

func (f *Facts) checkARM(want target.Target) error {
	if f.ELF.Machine != elf.EM_ARM || want.Arch != "arm" {
		return nil
	}
	_, level := want.LevelVar()
	version, err := strconv.Atoi(level)
	if err != nil {
		return fmt.Errorf("image is for %v, whose level is not a version of ARM", want)
	}
	var errs []error
	if f.ARM.EABI != 5 {
		errs = append(errs, fmt.Errorf("binary has ARM EABI version %d but %v uses 5", f.ARM.EABI, want))
	}
	if f.ARM.Version > version {
		errs = append(errs, fmt.Errorf("binary holds code for ARMv%d (Tag_CPU_arch) but the image is for %v", f.ARM.Version, want))
	}
	if f.ARM.Float == HardFloat && version < 6 {
		errs = append(errs, fmt.Errorf("binary has the hard-float ABI but the image is for %v, which has no floating-point unit", want))
	}
	return errors.Join(errs...)
}

// checkPort compares GOOS and GOARCH of the build settings.
func (f *Facts) checkPort(want target.Target) error {
	var errs []error
	if goos, ok := f.Settings["GOOS"]; ok && goos != want.OS {
		errs = append(errs, fmt.Errorf("binary was built with GOOS=%s but the image is for %v", goos, want))
	}
	goarch, ok := f.Settings["GOARCH"]
	if own, _ := f.ELF.Arch(); ok && goarch != want.Arch && goarch != own {
		// If the setting agrees with the ELF header, checkELF has said it already.
		errs = append(errs, fmt.Errorf("binary was built with GOARCH=%s but the image is for %v", goarch, want))
	}
	return errors.Join(errs...)
}

// checkLevel compares the level variable. cmd/go has recorded it since Go 1.18, or since the variable exists; without GOARCH
// beside it no settings were recorded, as other build systems do, and the level is unknown.
func (f *Facts) checkLevel(want target.Target) error {
	name, level := want.LevelVar()
	if name == "" || f.Settings["GOARCH"] != want.Arch {
		return nil
	}
	set, ok := f.Settings[name]
	if target.CanonicalLevel(want.Arch, set) == level {
		return nil
	}
	if !ok {
		set = target.CanonicalLevel(want.Arch, "") + " (Go's default)"
	}
	return fmt.Errorf("binary was built with %s=%s but the image is for %v (%s=%s)", name, set, want, name, level)
}
