package step

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/request"
)

// sysroot turns the root that it runs in into the one that C is compiled in, and reports what is in it. No project code runs.
func sysroot(ctx context.Context, req request.Sysroot) error {
	if len(req.Packages) > 0 {
		if err := installPackages(ctx, req); err != nil {
			return err
		}
	}
	compiler := ctoolchain.Of(req.Provider, req.Libc)
	if compiler.Files != nil {
		if err := writeCompiler(compiler.Files(req.Target)); err != nil {
			return err
		}
	}
	if req.Unpack {
		archive := filepath.Join(request.ZigArchive, request.ZigFile)
		if err := unpackCompiler(archive, ctoolchain.Dir, filepath.Base(compilerProgram(req.Tools))); err != nil {
			return fmt.Errorf("unpacking %s: %w", compiler.Kind, err)
		}
	}
	if err := warm(ctx, compiler, req); err != nil {
		return err
	}
	version, err := compilerVersion(ctx, compiler, req.Tools)
	if err != nil {
		return err
	}
	report, err := describeSysroot("/", req, version)
	if err != nil {
		return err
	}
	if len(req.Runtime) > 0 {
		if err := errors.Join(writeJSON(runtimeList, report.Runtime), setTime(runtimeList, zeroTime)); err != nil {
			return err
		}
	}
	return writeJSON(filepath.Join(request.Out, request.SysrootFile), report)
}

// writeCompiler writes what a provider adds to the packages.
func writeCompiler(files map[string]string) error {
	for name, text := range files {
		if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
			return fmt.Errorf("writing the compiler: %w", err)
		}
		if err := errors.Join(setTime(name, zeroTime), setTime(filepath.Dir(name), zeroTime)); err != nil {
			return err
		}
	}
	return nil
}

// runtimeList is a file of the sysroot that names those that an image gets.
const runtimeList = "/etc/modship-runtime.json"

// sysrootLayout changes when this package puts something else beside the packages.
const sysrootLayout = 2

// describeSysroot reads the database of packages, and all of a root that is known by its content alone. version is that of
// a compiler that brings its libraries, or "".
func describeSysroot(dir string, req request.Sysroot, version string) (request.SysrootReport, error) {
	root := os.DirFS(dir)
	report := request.SysrootReport{Distro: distro(), Version: version}
	packages, err := ctoolchain.ReadPackages(root)
	if err != nil {
		return report, err
	}
	hash := sha256.New()
	fmt.Fprintln(hash, sysrootLayout, req.From, req.Target, req.Libc, req.Tools, version)
	if req.ByContent {
		if err := hashRoot(hash, dir); err != nil {
			return report, fmt.Errorf("reading the root that C is compiled in: %w", err)
		}
	}
	for _, p := range packages {
		fmt.Fprintln(hash, p)
		files, err := ctoolchain.PackageFiles(root, p)
		if err != nil {
			return report, err
		}
		if slices.Contains(req.Runtime, p.Name) || slices.Contains(req.Runtime, p.Name+":"+p.Arch) {
			report.Runtime = append(report.Runtime, runtimeFiles(files)...)
		}
		if p.Files = linkerInputs(files); len(p.Files) > 0 {
			report.Packages = append(report.Packages, p)
		}
	}
	slices.Sort(report.Runtime)
	report.ID = "sha256:" + hex.EncodeToString(hash.Sum(nil))
	return report, nil
}

// distro reads os-release(5).
func distro() string {
	text, err := os.ReadFile("/etc/os-release")
	if err != nil {
		return "" // zig alone is no distribution
	}
	value := func(name string) string {
		for line := range strings.Lines(string(text)) {
			if v, ok := strings.CutPrefix(strings.TrimSpace(line), name+"="); ok {
				return strings.Trim(v, `"'`)
			}
		}
		return ""
	}
	return strings.Trim(value("ID")+"-"+value("VERSION_ID"), "-")
}

var linkerInput = regexp.MustCompile(`/lib.*(\.a|\.o|\.so(\.[0-9.]+)?)$`)

// linkerInputs are the files that a linker or a dynamic loader reads, by their real folders.
func linkerInputs(files []string) []string {
	var inputs []string
	for _, f := range files {
		if !linkerInput.MatchString(f) {
			continue
		}
		if real, err := realDir(f); err == nil {
			inputs = append(inputs, real)
		}
	}
	return inputs
}

// notForRuntime are folders for people.
var notForRuntime = regexp.MustCompile(`^/usr/share/(doc|doc-base|man|info|lintian|locale|bug)/`)

// runtimeFiles are what a program may open: no folders, no broken links.
func runtimeFiles(files []string) []string {
	return slices.DeleteFunc(slices.Clone(files), func(f string) bool {
		info, err := os.Stat(f)
		return err != nil || !info.Mode().IsRegular() || notForRuntime.MatchString(f)
	})
}

func removeAll(patterns ...string) error {
	for _, pattern := range patterns {
		names, err := filepath.Glob(pattern)
		if err != nil {
			return err
		}
		for _, name := range names {
			if err := os.RemoveAll(name); err != nil {
				return fmt.Errorf("cleaning the sysroot: %w", err)
			}
		}
	}
	return nil
}

// settleTimes gives what changed since start the time that everything has. What is mounted is not of the root.
func settleTimes(root string, start time.Time) error {
	mounts, err := mountPoints()
	if err != nil {
		return err
	}
	return filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name != root && mounts[name] {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		info, err := d.Info()
		if err != nil || info.ModTime().Before(start) {
			return err
		}
		return setTime(name, zeroTime)
	})
}

// mountPoints reads proc_pid_mountinfo(5).
func mountPoints() (map[string]bool, error) {
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, fmt.Errorf("reading the mounts: %w", err)
	}
	points := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 4 {
			points[fields[4]] = true
		}
	}
	return points, nil
}
