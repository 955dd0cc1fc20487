package engine

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/mod/semver"
)

// leastRunc is the first release of runc from which a build step cannot get out by a known way: 1.1.12 closed CVE-2024-21626, with which
// the working directory of an image leads into the machine.
const leastRunc = "1.1.12"

// checkRunc says what is wrong with a runc: that it would fail every step, or that a step could leave its container. Distributions mend
// older releases and keep their number, so theirs is only named in a warning.
func checkRunc(ctx context.Context, runc string) (warning string, err error) {
	out, err := exec.CommandContext(ctx, runc, "--version").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("running %s --version: %w", runc, err)
	}
	if !strings.Contains(string(out), "libseccomp") {
		return "", fmt.Errorf("using %s: %w", runc, ErrNoSeccomp)
	}
	version, distribution := runcVersion(string(out))
	if !semver.IsValid("v" + version) {
		return fmt.Sprintf("%s does not say its version; it must not be older than %s (CVE-2024-21626)", runc, leastRunc), nil
	}
	switch old := semver.Compare("v"+version, "v"+leastRunc) < 0; {
	case old && distribution != "":
		return fmt.Sprintf("%s is version %s of a distribution; see that it has the fix of runc %s for CVE-2024-21626 (Debian 12: 1.1.5+ds1-1+deb12u1)",
			runc, distribution, leastRunc), nil
	case old:
		return "", fmt.Errorf("using %s: %w: it is version %s", runc, ErrOldRunc, version)
	}
	return "", nil
}

// runcVersion reads "runc version 1.1.5+ds1", and what a distribution calls its package: that stands beside it, or as the commit.
func runcVersion(text string) (version, distribution string) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if v, ok := strings.CutPrefix(line, "runc version "); ok {
			whole, _, _ := strings.Cut(v, " ")
			i := strings.IndexFunc(whole, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
			if i < 0 || strings.HasPrefix(whole[i:], "-rc") {
				version = whole
			} else {
				version, distribution = whole[:i], whole
			}
		}
		if c, ok := strings.CutPrefix(line, "commit: "); ok && version != "" && strings.HasPrefix(c, version) {
			distribution = c // 1.1.5+ds1-1+deb12u1
		}
	}
	return version, distribution
}

// ownRunc says whether modship can have a runc of its own, where that of the machine is of no use for the reason why.
func ownRunc(ctx context.Context, o Options, why error) error {
	bin := filepath.Join(o.CacheDir, "tools", runcTool().hash(), "bin")
	if len(missingTools(bin, []string{"runc"})) == 0 {
		return nil
	}
	if missing := runcNeeds(ctx, o.lookPath); len(missing) > 0 {
		return fmt.Errorf("%w; to build one, which modship does by itself, install what is missing for it: %s (Debian and Ubuntu: apt-get install gcc libc6-dev pkg-config libseccomp-dev)",
			why, strings.Join(missing, ", "))
	}
	return nil
}

// runcNeeds lists what is not there of the programs and the library that runc is built with.
func runcNeeds(ctx context.Context, lookPath func(string) (string, error)) (missing []string) {
	for _, name := range []string{"gcc", "pkg-config"} {
		if _, err := lookPath(name); err != nil {
			missing = append(missing, name)
		}
	}
	if program, err := lookPath("pkg-config"); err != nil || exec.CommandContext(ctx, program, "--exists", "libseccomp").Run() != nil {
		missing = append(missing, "libseccomp")
	}
	return missing
}
