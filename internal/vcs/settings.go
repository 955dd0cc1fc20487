package vcs

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/go-git/go-billy/v6"
	"github.com/go-git/go-git/v6/plumbing/format/config"
)

// settings is what is used of a repository's configuration.
type settings struct {
	format config.ObjectFormat
	// remote is the URL of the remote origin, else of the only remote, as configured.
	remote string
	// crlf says that git turns CRLF into LF on the way into the repository, also without attributes; own, that the repository's configuration says
	// whether; known, that there is one.
	crlf, known, own bool
	// plainLinks says that the checkout holds symbolic links as plain files.
	plainLinks bool
}

// Extensions of gitrepository-layout and git-config(1) that change nothing of what is read here.
var harmless = []string{"noop", "noop-v1", "preciousobjects", "partialclone", "worktreeconfig", "relativeworktrees"}

func readSettings(files billy.Filesystem) (settings, error) {
	cfg, err := readConfig(files)
	if errors.Is(err, fs.ErrNotExist) {
		return settings{format: config.SHA1}, nil
	} else if err != nil {
		return settings{}, fmt.Errorf("reading the git configuration: %w", err)
	}
	format, err := objectFormat(cfg)
	core := cfg.Section("core")
	autocrlf := core.Option("autocrlf")
	return settings{
		format:     format,
		remote:     remoteURL(cfg),
		known:      true,
		own:        core.HasOption("autocrlf"),
		crlf:       convertsAlways(autocrlf),
		plainLinks: core.HasOption("symlinks") && !isTrue(core.Option("symlinks")),
	}, err
}

// objectFormat refuses what git itself refuses to read without knowing the extension.
func objectFormat(cfg *config.Config) (config.ObjectFormat, error) {
	switch v := cfg.Section("core").Option("repositoryformatversion"); v {
	case "", "0":
		return config.SHA1, nil
	case "1":
	default:
		return "", fmt.Errorf("%w: repository format version %q", ErrUnsupported, v)
	}
	format := config.SHA1
	for _, o := range cfg.Section("extensions").Options {
		key, value := strings.ToLower(o.Key), strings.ToLower(o.Value)
		switch {
		case slices.Contains(harmless, key), key == "refstorage" && value == "files":
		case key == "objectformat" && (value == "sha1" || value == "sha256"):
			format = config.ObjectFormat(value)
		default:
			return "", fmt.Errorf("%w: extension %q = %q", ErrUnsupported, key, value)
		}
	}
	return format, nil
}

func remoteURL(cfg *config.Config) string {
	remotes := cfg.Section("remote").Subsections
	for _, r := range remotes {
		if r.Name == "origin" {
			return first(r.OptionAll("url"))
		}
	}
	if len(remotes) == 1 {
		return first(remotes[0].OptionAll("url"))
	}
	return ""
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

func isTrue(value string) bool {
	return slices.Contains([]string{"true", "yes", "on", "1"}, strings.ToLower(value))
}

// convertsAlways says what core.autocrlf means for files on the way in.
func convertsAlways(autocrlf string) bool {
	return strings.EqualFold(autocrlf, "input") || isTrue(autocrlf)
}

// Adopt has what the user's configuration says count where that of the repository says nothing.
func (r *Repository) Adopt(user User) {
	if !r.settings.own {
		r.settings.crlf = convertsAlways(user["autocrlf"])
	}
}
