//go:build linux

package peer

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/modship-build/modship/bench/internal/lab"
)

// dance is the Dockerfile with cache mounts whose content is taken from machine to machine, as people do for want of a cache mount
// that BuildKit exports: a small build copies what the mounts hold into a layer, and on the next machine another small build copies it
// into the mounts of the new daemon. The layers travel as a registry cache beside it.
//
// In place of the storage of a CI there is a directory of this machine, and in it a tar archive that is not compressed: neither
// transfer nor compression is measured, which favours this peer.
func dance() Peer {
	p := dockerfile("dockerfile-dance", true)
	prepare, commands := p.Prepare, p.Commands
	p.Travels, p.Many = true, false
	p.Prepare = func(s Site) error { return errors.Join(prepare(s), prepareDance(s)) }
	p.Commands = func(s Site, o Order) []lab.Command {
		build := commands(s, o)
		switch {
		case o.CacheTo != "":
			return append(build, s.extract(s.storage(o.CacheTo)))
		case o.CacheFrom != "":
			restore := lab.Command{Args: []string{"tar", "-xf", s.storage(o.CacheFrom), "-C", s.restored()}, Env: s.Daemon.Env(), Dir: s.Dir}
			return append([]lab.Command{restore, s.inject()}, build...)
		}
		return build
	}
	return p
}

// Directories and the file of the small builds.
func (s Site) restored() string  { return filepath.Join(s.Dir, "restored") }
func (s Site) nothing() string   { return filepath.Join(s.Dir, "nothing") }
func (s Site) danceFile() string { return filepath.Join(s.Dir, "dance.Dockerfile") }

// storage is the archive that belongs to a cache.
func (s Site) storage(cache string) string {
	return filepath.Join(s.Kept, strings.NewReplacer("/", "_", ":", "_").Replace(cache)+".tar")
}

func prepareDance(s Site) error {
	for _, dir := range []string{s.Kept, s.restored(), s.nothing()} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	return os.WriteFile(s.danceFile(), []byte(danceText(s)), 0o644)
}

func danceText(s Site) string {
	mounts := moduleMount + compileMount
	return "FROM " + s.Lab.Carry + " AS inject\n" +
		"RUN --mount=type=bind,target=/from " + mounts +
		execForm("/carry", "/from/mod", "/go/pkg/mod", "/from/build", "/root/.cache/go-build") + "\n" +
		"\nFROM " + s.Lab.Carry + " AS copied\n" +
		"RUN " + mounts + execForm("/carry", "/go/pkg/mod", "/to/mod", "/root/.cache/go-build", "/to/build") + "\n" +
		"\nFROM scratch AS extract\n" +
		"COPY --from=copied /to /\n"
}

func (s Site) extract(archive string) lab.Command {
	return s.small("extract", s.nothing(), "--output", "type=tar,dest="+archive)
}

func (s Site) inject() lab.Command {
	return s.small("inject", s.restored(), "--output", "type=cacheonly")
}

// small is one of the two small builds.
func (s Site) small(target, context string, output ...string) lab.Command {
	args := []string{
		filepath.Join(s.Lab.Tools, "buildx"), "build", "--builder", lab.Builder, "--progress", "plain", "--provenance=false",
		"--file", s.danceFile(), "--target", target,
	}
	return lab.Command{Args: append(append(args, output...), context), Env: s.Daemon.Env(), Dir: s.Lab.Home}
}
