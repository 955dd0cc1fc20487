package vcs

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// sshHosts are names under which forges take SSH connections past firewalls, and the names of their web sites. Azure's paths
// differ between the two, so that nothing is known of its web site.
var sshHosts = map[string]string{
	"ssh.github.com":          "github.com",
	"altssh.gitlab.com":       "gitlab.com",
	"altssh.bitbucket.org":    "bitbucket.org",
	"ssh.dev.azure.com":       "",
	"vs-ssh.visualstudio.com": "",
}

var (
	hostName = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`)
	// scpLike is the form USER@HOST:PATH of git-clone(1): no slash before the first colon, and not a drive letter.
	scpLike = regexp.MustCompile(`^(?:[^/:]*@)?([^/:@]{2,}):([^/].*|/[^/].*)$`)
)

// NormalizeRemote brings the URL of a git remote into the form of [Facts].Remote: https, without userinfo, query, fragment and
// ".git". SSH and git URLs, also as user@host:path, become the https URL of the same host and path, without their port. It
// returns "" for what names no https URL: local paths, file and http URLs, a host without a dot behind SSH (an alias of somebody's
// configuration), and what it does not understand.
func NormalizeRemote(remote string) string {
	remote = strings.TrimSpace(remote)
	host, name := "", ""
	if scheme, _, ok := strings.Cut(remote, "://"); ok {
		u, err := url.Parse(remote)
		if err != nil || strings.Contains(scheme, "/") {
			return ""
		}
		name = u.Path
		switch u.Scheme {
		case "https":
			host = strings.TrimSuffix(strings.ToLower(u.Host), ":443")
		case "ssh", "git", "git+ssh", "ssh+git":
			host = webHost(u.Hostname())
		}
	} else if m := scpLike.FindStringSubmatch(remote); m != nil {
		host, name = webHost(m[1]), m[2]
	}
	name, ok := repositoryPath(name)
	if !ok || !isHost(host) {
		return ""
	}
	return (&url.URL{Scheme: "https", Host: host, Path: "/" + name}).String()
}

// webHost returns the host of the web site beside an SSH server, or "".
func webHost(host string) string {
	host = strings.ToLower(host)
	if web, ok := sshHosts[host]; ok {
		return web
	}
	if !strings.Contains(host, ".") {
		return ""
	}
	return host
}

func isHost(host string) bool {
	u := url.URL{Host: host}
	port, isPort := strings.CutPrefix(host, u.Hostname()+":")
	return hostName.MatchString(u.Hostname()) && (host == u.Hostname() || isPort && port != "" && port != "443")
}

// repositoryPath trims name to the path of a repository on a web site; "~/" is a folder that only the server knows.
func repositoryPath(name string) (string, bool) {
	for trimmed := ""; trimmed != name; {
		trimmed = name
		name = strings.TrimSuffix(strings.Trim(name, "/"), ".git")
	}
	elems := strings.Split(name, "/")
	bad := slices.ContainsFunc(elems, func(e string) bool {
		return e == "" || e == "." || e == ".." || e == "~" || strings.ContainsFunc(e, func(r rune) bool { return r <= ' ' || r == 0x7f || r == 0xfffd })
	})
	return name, !bad
}
