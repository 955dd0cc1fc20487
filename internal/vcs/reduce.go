package vcs

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/go-git/go-git/v6/plumbing/format/config"
)

// ReduceConfig gives what this package needs of a repository's configuration, which may hold credentials in many places: headers,
// the user name and password of a URL, helpers, and sections of other programs. user is what the user's own configuration says.
func ReduceConfig(data []byte, user User) ([]byte, error) {
	cfg := config.New()
	if err := config.NewDecoder(bytes.NewReader(data)).Decode(cfg); err != nil {
		return nil, fmt.Errorf("reading the git configuration: %w", err)
	}
	core := cfg.Section("core")
	reduced := config.New()
	set := func(section, subsection, key, value string) {
		if value != "" && !strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' }) {
			reduced.SetOption(section, subsection, key, value)
		}
	}
	set("core", "", "repositoryformatversion", core.Option("repositoryformatversion"))
	set("core", "", "symlinks", core.Option("symlinks"))
	for _, key := range []string{"autocrlf", "eol"} {
		value := user[key]
		if core.HasOption(key) {
			value = core.Option(key)
		}
		set("core", "", key, value)
	}
	for _, o := range cfg.Section("extensions").Options {
		if strings.EqualFold(o.Key, "partialclone") { // the name of a remote, or its URL
			o.Value = "origin"
		}
		set("extensions", "", o.Key, o.Value)
	}
	set("remote", "origin", "url", NormalizeRemote(remoteURL(cfg)))
	var text bytes.Buffer
	if err := config.NewEncoder(&text).Encode(reduced); err != nil {
		return nil, fmt.Errorf("writing the git configuration: %w", err)
	}
	return text.Bytes(), nil
}

// User is what git's configuration outside of a repository says of line ends: the keys are autocrlf and eol.
type User map[string]string

// ParseUser reads configuration files in git's order, in which later ones win. Files that they include are not read, and what is
// no configuration says nothing.
func ParseUser(files ...[]byte) User {
	user := User{}
	for _, data := range files {
		cfg := config.New()
		if config.NewDecoder(bytes.NewReader(data)).Decode(cfg) != nil {
			continue
		}
		for _, key := range []string{"autocrlf", "eol"} {
			if core := cfg.Section("core"); core.HasOption(key) {
				user[key] = core.Option(key)
			}
		}
	}
	return user
}
