package imagefacts

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/containerd/platforms"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/ociread"
	"github.com/modship-build/modship/internal/startable"
	"github.com/modship-build/modship/internal/target"
)

// Start is what an image runs.
type Start struct {
	// Args are the entrypoint and the arguments after it, and Dir is the working directory.
	Args []string
	Dir  string
	// Report says whether the program starts as the image's user. It is nil if Unknown says why nobody can tell, or Args are empty.
	Report  *startable.Report
	Unknown string

	env      []string
	platform ocispec.Platform
}

// start finds out whether the image's program starts. What keeps that from being known is no error.
func (c *Contents) start(img *ociread.Image) error {
	config := img.Config.Config
	c.Start = Start{Args: slices.Concat(config.Entrypoint, config.Cmd), Dir: config.WorkingDir, env: config.Env, platform: img.Config.Platform}
	if len(c.Start.Args) == 0 {
		return nil
	}
	user := c.User
	if user.Problem != "" {
		user = User{}
	}
	report, err := c.StartAs(user)
	var unread *ociread.Error
	if errors.As(err, &unread) {
		return err
	}
	if err != nil {
		c.Start.Unknown = err.Error()
	}
	c.Start.Report = report
	return nil
}

// StartAs says whether the image's program starts as a user. The report is nil if there is no program.
func (c *Contents) StartAs(user User) (*startable.Report, error) {
	s := c.Start
	if len(s.Args) == 0 {
		return nil, nil
	}
	t, err := target.FromOCI(s.platform)
	if err != nil {
		return nil, fmt.Errorf("programs for %s are not known here", platforms.FormatAll(s.platform))
	}
	as := &startable.User{UID: user.UID, GID: user.GID, Owner: owner}
	return startable.CheckAs(as, c.FS, inFolder(s.Dir, s.Args[0]), t, s.env...)
}

func owner(info fs.FileInfo) (uid, gid int, ok bool) {
	stat, ok := info.Sys().(*ociread.Stat)
	if !ok {
		return 0, 0, false
	}
	return stat.UID, stat.GID, true
}

// inFolder gives a program that is named by a relative path, which runc takes from the working directory.
func inFolder(dir, program string) string {
	if strings.Contains(program, "/") && !path.IsAbs(program) {
		return path.Join("/", dir, program)
	}
	return program
}

// Started gives the ELF file that runs in the end when the image starts, or nil.
func (c *Contents) Started() *Program {
	if c.Start.Report == nil || c.Start.Report.Program == "" {
		return nil
	}
	return c.program(c.Start.Report.Program)
}

// Main gives the Go program that the image is there for: the first of its arguments that is one, else the only one in the image. It is
// nil if there is none.
func (c *Contents) Main() *Program {
	if p := c.Started(); p != nil && p.IsGo() {
		return p
	}
	for _, name := range c.Start.Args {
		if p := c.program(inFolder(c.Start.Dir, name)); p != nil && p.IsGo() {
			return p
		}
	}
	var only *Program
	for i := range c.Programs {
		p := &c.Programs[i]
		switch {
		case !p.IsGo():
		case only != nil:
			return nil
		default:
			only = p
		}
	}
	return only
}

// program gives the ELF file that a path leads to, or nil.
func (c *Contents) program(name string) *Program {
	info, err := c.FS.Stat(strings.TrimPrefix(path.Clean("/"+name), "/"))
	if err != nil {
		return nil
	}
	stat := info.Sys().(*ociread.Stat)
	i := slices.IndexFunc(c.Programs, func(p Program) bool { return p.at == entry{stat.Layer, stat.Entry} })
	if i < 0 {
		return nil
	}
	return &c.Programs[i]
}
