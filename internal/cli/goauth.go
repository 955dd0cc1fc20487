package cli

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/modship-build/modship/internal/localfile"
)

// goAuth is the variable by which the go command is told who asks (go help goauth).
const goAuth = "GOAUTH"

// findLogins reads GOAUTH. The first of its commands that knows a host counts, and after all of them git's own helpers, which the go
// command asks by running git. warnings say what is not taken, and never what stands there: an argument may be a secret.
func findLogins(goauth string, lookup func(string) (string, bool)) (l *hostLogins, warnings []string) {
	if strings.TrimSpace(goauth) == "" {
		goauth = "netrc" // which is Go's default
	}
	l = &hostLogins{}
	refuse := func(why string) { warnings = append(warnings, "of GOAUTH is not taken: "+why) }
	for command := range strings.SplitSeq(goauth, ";") {
		words := strings.Fields(command)
		switch {
		case len(words) == 0:
		case words[0] == "off":
			return nil, warnings
		case words[0] == "netrc":
			l.ways = append(l.ways, fromNetrc(lookup))
		case words[0] == "git" && len(words) == 2 && filepath.IsAbs(words[1]):
			l.ways = append(l.ways, fromGit(words[1], lookup))
		case words[0] == "git":
			refuse("git without the absolute path of a folder")
		case strings.ContainsAny(command, `'"`):
			refuse("a command with quotes")
		case !filepath.IsAbs(words[0]) && strings.ContainsRune(filepath.ToSlash(words[0]), '/'):
			refuse("a command whose path is relative")
		default:
			l.ways = append(l.ways, fromCommand(words, lookup))
		}
	}
	l.ways = append(l.ways, fromGit(nowhere(), lookup))
	return l, warnings
}

// fromCommand runs a command of the user's, as the go command does: first for all that it knows, then for the host.
func fromCommand(words []string, lookup func(string) (string, bool)) func(context.Context, string) string {
	run := func(ctx context.Context, args ...string) string {
		ctx, cancel := context.WithTimeout(ctx, helperTimeout)
		defer cancel()
		program := words[0]
		if !filepath.IsAbs(program) {
			path, _ := lookup("PATH")
			found, err := localfile.FindProgram(program, path)
			if err != nil {
				return ""
			}
			program = found
		}
		cmd := exec.CommandContext(ctx, program, append(words[1:len(words):len(words)], args...)...)
		cmd.Dir, cmd.Env = nowhere(), append(os.Environ(), quiet...)
		cmd.WaitDelay = time.Second
		out, err := cmd.Output()
		if err != nil {
			return ""
		}
		return string(out)
	}
	return func(ctx context.Context, host string) string {
		if header := parseGoAuth(run(ctx), host); header != "" {
			return header
		}
		return parseGoAuth(run(ctx, "https://"+host), host)
	}
}

// parseGoAuth reads what a command of GOAUTH says: URLs, an empty line, headers for what begins with them, an empty line. What it says of
// a host as a whole counts, and of the headers Authorization: steps hold one for each host.
func parseGoAuth(text, host string) string {
	for text != "" {
		urls, rest, ok := strings.Cut(text, "\n\n")
		if !ok {
			return ""
		}
		headers, rest, ok := strings.Cut(rest, "\n\n")
		if !ok {
			return ""
		}
		if names(urls, host) {
			for line := range strings.SplitSeq(headers, "\n") {
				name, value, _ := strings.Cut(line, ": ")
				if http.CanonicalHeaderKey(name) == "Authorization" {
					return strings.TrimSpace(value)
				}
			}
		}
		text = rest
	}
	return ""
}

// names tells whether one of some URLs, a line each, is that of a host.
func names(urls, host string) bool {
	for line := range strings.SplitSeq(urls, "\n") {
		u, err := url.Parse(line)
		if err == nil && u.Scheme == "https" && u.Host == host && strings.Trim(u.Path, "/") == "" {
			return true
		}
	}
	return false
}
