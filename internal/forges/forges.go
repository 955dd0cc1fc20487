// Package forges knows the hosts on which many owners keep their repositories, and what the path of a module there says of its repository:
// nothing is asked of a network. Of any other host, a path says nothing for certain.
package forges

import (
	"slices"
	"strings"

	"golang.org/x/mod/module"
)

const gitlab = "gitlab.com"

// Hosts serve a repository at https://HOST/OWNER/NAME, the first three elements of the paths of its modules. The best known are the first.
func Hosts() []string {
	return []string{"github.com", gitlab, "bitbucket.org", "codeberg.org", "gitea.com", "git.sr.ht"}
}

// Has tells whether a module path is of such a host.
func Has(modulePath string) bool {
	host, _, _ := strings.Cut(modulePath, "/")
	return slices.Contains(Hosts(), host)
}

// Owner gives HOST/OWNER of a module path, and "" if it names no such host or no owner.
func Owner(modulePath string) string {
	elements := strings.SplitN(modulePath, "/", 3)
	if len(elements) < 2 || !Has(modulePath) {
		return ""
	}
	return elements[0] + "/" + elements[1]
}

// Repository gives HOST/OWNER/NAME, the repository of a module, and "" unless the path says so for certain: on gitlab.com a fourth element may
// be of the repository's name or a folder in it.
func Repository(modulePath string) string {
	unversioned, _, _ := module.SplitPathVersion(modulePath)
	elements := strings.Split(unversioned, "/")
	if len(elements) < 3 || !Has(modulePath) || elements[0] == gitlab && len(elements) > 3 {
		return ""
	}
	return strings.Join(elements[:3], "/")
}
