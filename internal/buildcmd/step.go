package buildcmd

import (
	"debug/elf"
	"fmt"
	"os"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client"
	"github.com/modship-build/modship/internal/diag"
)

// stepVariable names another modship binary for the build steps, for clients whose own cannot run where BuildKit does.
const stepVariable = "MODSHIP_STEP"

// stepName is the name of the binary in the local source.
const stepName = "modship"

// step is the binary that runs inside the build.
type step struct {
	path string
	// arch is the GOARCH it is for, or empty if it is no Linux program.
	arch string
}

// chooseStep takes the binary of MODSHIP_STEP, else the running program, and sees to it that it could run in an empty root.
func chooseStep(env Env, mistakes *diag.List) step {
	path, given := env.LookupEnv(stepVariable)
	given = given && path != ""
	if !given {
		path = env.Executable
	}
	arch, err := elfArch(path)
	switch {
	case err != nil && given:
		mistakes.Addf(diag.Range{File: stepVariable}, "%v", err)
	case err != nil && arch != "":
		mistakes.Addf(diag.Range{}, "the running modship cannot serve as the program of the build steps: %v", err)
	}
	return step{path: path, arch: arch}
}

func (s step) files() files { return files{stepName: {path: s.path, mode: 0o755}} }

// runsOn says no if the binary is not for the platform that the frontend runs steps on: the first of the first worker.
func (s step) runsOn(workers []*client.WorkerInfo) error {
	if len(workers) == 0 || len(workers[0].Platforms) == 0 {
		return nil
	}
	want := platforms.Normalize(workers[0].Platforms[0])
	if want.OS == "linux" && want.Architecture == s.arch {
		return nil
	}
	have := "no program for Linux"
	if s.arch != "" {
		have = "for linux/" + s.arch
	}
	return &diag.Error{
		Msg: fmt.Sprintf("BuildKit builds on %s, and runs modship in the build, but %s is %s",
			platforms.Format(want), s.path, have),
		Help: fmt.Sprintf("get a modship for linux/%s and name it in %s=/path/to/modship", want.Architecture, stepVariable),
	}
}

// elfArches are the GOARCH values of Linux that BuildKit runs on.
var elfArches = map[elf.Machine]string{
	elf.EM_X86_64:    "amd64",
	elf.EM_AARCH64:   "arm64",
	elf.EM_386:       "386",
	elf.EM_ARM:       "arm",
	elf.EM_RISCV:     "riscv64",
	elf.EM_PPC64:     "ppc64le",
	elf.EM_S390:      "s390x",
	elf.EM_LOONGARCH: "loong64",
}

// elfArch returns the GOARCH of a Linux program, with an error if it could not run without the files of a distribution.
func elfArch(path string) (string, error) {
	if fi, err := os.Stat(path); err == nil && !fi.Mode().IsRegular() {
		return "", fmt.Errorf("%s is not a file", path)
	}
	f, err := elf.Open(path)
	if err != nil {
		return "", fmt.Errorf("%s is no program for Linux: %w", path, err)
	}
	defer f.Close()
	arch := elfArches[f.Machine]
	if arch == "" || f.OSABI != elf.ELFOSABI_NONE && f.OSABI != elf.ELFOSABI_LINUX {
		return "", fmt.Errorf("%s is no program for Linux but for %v %v", path, f.OSABI, f.Machine)
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return arch, fmt.Errorf("%s is dynamically linked: build it with CGO_ENABLED=0", path)
		}
	}
	return arch, nil
}
