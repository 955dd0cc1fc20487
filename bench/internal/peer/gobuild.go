//go:build linux

package peer

import (
	"path/filepath"
	"strings"

	"github.com/modship-build/modship/bench/internal/lab"
)

// goBuild is the limit: the go command alone, one platform after the other, and no image.
func goBuild() Peer {
	return Peer{
		Name: "go-build", Many: true,
		Prepare: func(Site) error { return nil },
		Commands: func(s Site, o Order) []lab.Command {
			var commands []lab.Command
			for _, platform := range o.Platforms {
				goos, goarch, _ := strings.Cut(platform, "/")
				out := filepath.Join(s.Dir, "out", goos+"_"+goarch) + "/"
				args := []string{filepath.Join(s.Goroot, "bin", "go"), "build", "-trimpath", "-ldflags=-s -w", "-o", out}
				commands = append(commands, lab.Command{
					Args: append(args, s.mains(o)...),
					Env: append(s.Lab.GoEnv(s.Goroot, s.Dir), "GOFLAGS=-modcacherw -buildvcs=false", "GOOS="+goos, "GOARCH="+goarch,
						"PWD="+s.Tree.Dir),
					Dir: s.Tree.Dir,
				})
			}
			return commands
		},
	}
}
