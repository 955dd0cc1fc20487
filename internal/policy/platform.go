package policy

import (
	"debug/elf"
	"fmt"
	"slices"
	"strings"

	"github.com/containerd/platforms"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/imagefacts"
	"github.com/modship-build/modship/internal/target"
)

func checkPlatform(c *checker) {
	own := c.Config.Platform
	if own.OS == "" || own.Architecture == "" {
		c.find(Error, "config", "build it again with a platform", "the configuration does not name the operating system and the architecture")
		return
	}
	normal := platforms.Normalize(own)
	if own.OS != normal.OS || own.Architecture != normal.Architecture {
		c.find(Error, "config.architecture", "write "+platforms.Format(normal), "%s/%s is not the normalised name of a platform", own.OS, own.Architecture)
	}
	checkIndexEntry(c, normal)
	if c.linux() && c.Contents != nil {
		checkPrograms(c)
	}
}

// checkIndexEntry compares what the index says with the configuration.
func checkIndexEntry(c *checker, own ocispec.Platform) {
	entry := c.Manifest.Descriptor.Platform
	switch {
	case len(c.Path) == 0 || c.Path[len(c.Path)-1].Made:
	case entry == nil || entry.OS == "" && entry.Architecture == "":
		c.find(Warn, "index.manifests", "", "the index does not say for which platform this manifest is")
	default:
		listed := platforms.Normalize(*entry)
		if platforms.FormatAll(listed) != platforms.FormatAll(own) {
			c.find(Error, "index.manifests", "", "the index lists it for %s, but its configuration is for %s", platforms.FormatAll(listed), platforms.FormatAll(own))
		}
	}
}

// checkPrograms compares the headers of ELF files with the configuration.
func checkPrograms(c *checker) {
	t, err := target.FromOCI(c.Config.Platform)
	if err != nil {
		return
	}
	checked := map[string]bool{}
	started, main := c.Contents.Started(), c.Contents.Main()
	for _, p := range []*imagefacts.Program{started, main} {
		if p == nil || p.Facts == nil || checked[p.Path] {
			continue
		}
		checked[p.Path] = true
		if err := p.Facts.Check(t); err != nil {
			c.find(Error, fileAt(p.Path), "", "%s", oneLine(err))
		}
	}
	var foreign []string
	for _, p := range c.Contents.Programs {
		if !checked[p.Path] && isForeign(p, t) {
			foreign = append(foreign, p.Path)
		}
	}
	if len(foreign) > 0 {
		c.find(Warn, fileAt(foreign[0]), "", "%s for a processor that %s does not run: %s", counted(len(foreign), "file is", "files are"), t, listed(foreign))
	}
}

func fileAt(path string) string { return fmt.Sprintf("files[%q]", path) }

// isForeign says that a program or library is for a processor that is not the target's, and not one that most of its machines run, too.
func isForeign(p imagefacts.Program, t target.Target) bool {
	f := p.Facts
	if f == nil || f.Type != elf.ET_EXEC && f.Type != elf.ET_DYN || f.ELF.Machine == elf.EM_BPF || strings.Contains(p.Path, "/testdata/") {
		return false
	}
	if p.Mode&0o111 == 0 && !strings.Contains(p.Path, ".so") {
		return false
	}
	also := map[string]elf.Machine{"amd64": elf.EM_386, "arm64": elf.EM_ARM}[t.Arch]
	return f.ELF != t.ELF() && (also == 0 || f.ELF.Machine != also)
}

// counted is a number with the word for it.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// listed names a few.
func listed(names []string) string {
	const few = 5
	if len(names) <= few {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(slices.Clone(names[:few]), ", "), len(names)-few)
}

// oneLine gives errors that are joined in one sentence.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }
