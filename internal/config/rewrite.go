package config

import (
	"net/url"
	"strings"
)

// rewritten checks a prefix of URLs of repositories and what takes its place: https, or ssh with a user, also in the short form user@host:path.
func rewritten(from, to string) (fromErr, toErr error) {
	const help = "write a prefix and what takes its place, such as https://git.corp.example/: ssh://git@git.corp.example/"
	if strings.ContainsAny(from, " \t\n") || from == "" {
		fromErr = &problem{"modules.rewrite has a prefix with a space in it, or an empty one", help}
	}
	return fromErr, repositoryURL(to, help)
}

func repositoryURL(to, help string) error {
	if strings.ContainsAny(to, " \t\n") {
		return &problem{"modules.rewrite leads to a URL with a space in it", help}
	}
	if user, rest, ok := strings.Cut(to, "@"); ok && !strings.ContainsAny(user, ":/") {
		if host, _, ok := strings.Cut(rest, ":"); ok && host != "" && !strings.Contains(host, "/") {
			return nil
		}
	}
	u, err := url.Parse(to)
	switch {
	case err != nil:
		return &problem{"modules.rewrite leads to what is not a URL", help}
	case u.Scheme != "https" && u.Scheme != "ssh" || u.Hostname() == "":
		return &problem{"modules.rewrite leads to neither an https nor an ssh URL", help}
	}
	if _, password := u.User.Password(); password || u.User != nil && u.Scheme == "https" {
		return &problem{"modules.rewrite leads to a URL with a user name or a password in it", "keep the file free of secrets: pass them in the netrc secret"}
	}
	return nil
}
