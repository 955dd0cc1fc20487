//go:build linux

package integration

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/testing/gittest"
)

// TestFiftyPrivate says how much longer a build with fifty private modules takes, of as many repositories, than `go mod download` of them: the
// whole build, where the toolchain and compiled standard packages are there. Both ask the same server, in turn. It says so and does not fail, as
// machines have more to do.
func TestFiftyPrivate(t *testing.T) {
	if !full() {
		t.Skip("it takes minutes: set MODSHIP_TEST_FULL=1")
	}
	setUp(t)
	s := gittest.New(t)
	proxy := httptest.NewServer(goProxy(t, nil))
	t.Cleanup(proxy.Close)
	var theirs, ours time.Duration
	for i, dir := range fiftyPrograms(t, s, 3) {
		download := s.DownloadFor(dir)
		r := client.build(t, build{dir: dir, args: []string{"GOPROXY=" + proxy.URL, "HTTPS_PROXY=" + s.Proxy, "https_proxy=" + s.Proxy, "NO_PROXY=", "no_proxy="},
			flags: []string{"--secret", "id=ca,src=" + s.CA}})
		r.runs(t, fmt.Sprint(50*i))
		t.Logf("go mod download takes %.1f s, and a whole build %.1f s", download.Seconds(), r.took.Seconds())
		if i > 0 { // the first brings what is to be there
			theirs, ours = theirs+download, ours+r.took
		}
	}
	t.Logf("a build takes %.2f times as long as go mod download", ours.Seconds()/theirs.Seconds())
}

// fiftyPrograms are folders of a program that requires fifty modules of the server, each of another version of them: it prints fifty times the
// number of the version.
func fiftyPrograms(t *testing.T, s *gittest.Server, versions int) (dirs []string) {
	t.Helper()
	repos := make([]*gittest.Repo, 50)
	var imports, sum strings.Builder
	for i := range repos {
		repos[i] = s.Repo("git.example", fmt.Sprintf("team/m%d", i))
		fmt.Fprintf(&imports, "\t\"git.example/team/m%d.git\"\n", i)
		fmt.Fprintf(&sum, " + m%d.N", i)
	}
	for v := range versions {
		var required strings.Builder
		var modules []module.Version
		for i, repo := range repos {
			m := module.Version{Path: fmt.Sprintf("git.example/team/m%d.git", i), Version: fmt.Sprintf("v1.%d.0", v)}
			repo.Commit(fmt.Sprintf("-- go.mod --\nmodule %s\n\ngo 1.26\n-- a.go --\npackage m%d\n\nconst N = %d\n", m.Path, i, v), m.Version)
			modules = append(modules, m)
			fmt.Fprintf(&required, "\t%s\n", strings.Replace(m.String(), "@", " ", 1))
		}
		dir := inline(t, "-- go.mod --\nmodule example.com/fifty\n\ngo 1.26\n\nrequire (\n"+required.String()+")\n-- go.sum --\n"+s.Sums(modules...)+
			"-- main.go --\npackage main\n\nimport (\n"+imports.String()+")\n\nfunc main() { println(0"+sum.String()+") }\n")
		configure(t, dir, "modules: {private: [git.example]}\n")
		dirs = append(dirs, dir)
	}
	return dirs
}
