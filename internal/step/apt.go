package step

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/modship-build/modship/internal/request"
)

// Settings that are there while packages are installed.
const (
	aptSettings  = "/etc/apt/apt.conf.d/zz-modship"
	dpkgSettings = "/etc/dpkg/dpkg.cfg.d/zz-modship"
)

// aptText: packages are verified by apt against the keys of the base image, and dpkg need not survive a crash of the machine. The name
// of a package with a dot is no regular expression, which it is to apt-get where no package has it.
var aptText = fmt.Sprintf(`APT::Install-Recommends "false";
APT::Sandbox::User "root";
APT::Get::Assume-Yes "true";
APT::Cmd::Pattern-Only "true";
Acquire::Retries "3";
Acquire::Languages "none";
Acquire::https::CAInfo "%s";
Dpkg::Use-Pty "0";
Dpkg::Options { "--force-unsafe-io"; "--force-confnew"; };
`, filepath.Join(request.Temp, "ca.pem"))

const dpkgText = `path-exclude=/usr/share/doc/*
path-include=/usr/share/doc/*/copyright
path-exclude=/usr/share/man/*
path-exclude=/usr/share/info/*
path-exclude=/usr/share/locale/*
`

// aptLeftovers differ from run to run, and nothing reads them.
var aptLeftovers = []string{
	aptSettings, dpkgSettings, "/var/lib/apt/lists/*", "/var/cache/apt/*", "/var/cache/ldconfig/*", "/var/cache/debconf/*-old", "/var/log/*",
	"/var/lib/dpkg/*-old", "/etc/ld.so.cache~",
}

// installPackages installs what the request names with the base's own apt.
func installPackages(ctx context.Context, req request.Sysroot) error {
	if _, err := exec.LookPath("/usr/bin/apt-get"); err != nil {
		return errors.New("the base has no apt-get: cgo.base must be an image of Debian or Ubuntu")
	}
	if err := hasArchitectures(distro(), req.Foreign); err != nil {
		return err
	}
	start := time.Now()
	env, cleanup, err := fetchEnv()
	if err != nil {
		return err
	}
	defer cleanup()
	for name, text := range map[string]string{aptSettings: aptText, dpkgSettings: dpkgText} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			return fmt.Errorf("writing the settings of apt: %w", err)
		}
	}
	var commands [][]string
	for _, arch := range req.Foreign {
		commands = append(commands, []string{"/usr/bin/dpkg", "--add-architecture", arch})
	}
	commands = append(commands, []string{"/usr/bin/apt-get", "update"}, append([]string{"/usr/bin/apt-get", "install", "--"}, req.Packages...))
	for _, command := range commands {
		if err := runApt(ctx, env, command); err != nil {
			return err
		}
	}
	if err := removeAll(aptLeftovers...); err != nil {
		return err
	}
	return settleTimes("/", start.Truncate(time.Second))
}

// firstDebian are the versions of Debian with which architectures came that not all supported ones have.
var firstDebian = map[string]int{"riscv64": 13}

// hasArchitectures refuses what the distribution has no packages for: apt would only say that there are none.
func hasArchitectures(distro string, architectures []string) error {
	text, ok := strings.CutPrefix(distro, "debian-")
	version, err := strconv.Atoi(text)
	if !ok || err != nil {
		return nil // not known
	}
	for _, arch := range architectures {
		if first := firstDebian[arch]; version < first {
			return fmt.Errorf("the base is Debian %d, which has no packages for %s: name Debian %d or later in cgo.base, such as debian:trixie-slim, compile with zig "+
				"(cgo.compiler: zig, with cgo.zig), or build without C (cgo.enabled: off) or without this platform", version, arch, first)
		}
	}
	return nil
}

func runApt(ctx context.Context, env, command []string) error {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append([]string{"PATH=" + cgoPath, "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C", "HOME=" + request.Temp}, env...)
	var said bytes.Buffer
	cmd.Stdout = shown()
	cmd.Stderr = io.MultiWriter(shown(), &said)
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("running %s: %w%s", strings.Join(command[:2], " "), err, aptSaid(said.String()))
	}
	return nil
}

// maxAptErrors bounds what is repeated of apt's errors: the first is the cause of many others.
const maxAptErrors = 3

// aptSaid gives the errors of apt, and what to do about packages that are not there.
func aptSaid(said string) string {
	var errs []string
	for line := range strings.Lines(said) {
		if text, ok := strings.CutPrefix(strings.TrimSpace(line), "E: "); ok && len(errs) < maxAptErrors {
			errs = append(errs, "\n"+text)
		}
	}
	return strings.Join(errs, "") + aptHelp(said)
}

var noPackage = regexp.MustCompile(`(?m)^E: (?:Unable to locate package|Package '?|Couldn't find any package by glob '?)\s*([a-z0-9][a-z0-9+.:-]*)`)

// aptHelp names the packages that are not there.
func aptHelp(said string) string {
	var missing []string
	for _, m := range noPackage.FindAllStringSubmatch(said, -1) {
		missing = append(missing, m[1])
	}
	if len(missing) == 0 {
		return ""
	}
	return fmt.Sprintf("\nthe distribution of cgo.base has no package %s: check cgo.packages", strings.Join(missing, ", "))
}
