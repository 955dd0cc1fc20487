package frontend

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/request"
)

// TestGoneZips: zips stay where builds keep them. If one is gone when it is wanted, or is another one, its part is fetched again, once.
func TestGoneZips(t *testing.T) {
	for name, tc := range map[string]struct {
		harm func(zip string) error
		// runs is how often the modules are fetched.
		runs int
	}{
		"there":    {func(string) error { return nil }, 1},
		"removed":  {os.Remove, 2},
		"replaced": {func(zip string) error { return os.WriteFile(zip, []byte("another one"), 0o644) }, 2},
		"link": {func(zip string) error {
			if err := os.Rename(zip, zip+".real"); err != nil {
				return err
			}
			return os.Symlink(filepath.Base(zip)+".real", zip)
		}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			c := newWordsClient(t)
			c.Options["requestid"], c.Kept = PlanRequest, t.TempDir()
			var once sync.Once
			harmed := 0
			c.Running = func(name string) (err error) {
				if !strings.HasPrefix(name, "[analyze] ") {
					return nil
				}
				once.Do(func() {
					err = eachZip(c.Kept, func(zip string) error { harmed++; return tc.harm(zip) })
				})
				return err
			}
			mustBuild(t, c)
			if harmed == 0 {
				t.Fatal("no zip is kept")
			}
			fetched := 0
			for _, name := range c.Ran() {
				if strings.HasPrefix(name, "[modules] ") {
					fetched++
				}
			}
			if fetched != tc.runs {
				t.Errorf("the modules were fetched %d times: %q", fetched, c.Ran())
			}
		})
	}
}

// TestReplacedZips: zips of several parts may be others than they were, which is told of a part at a time.
func TestReplacedZips(t *testing.T) {
	all := map[module.Version]string{}
	parts := map[int]bool{}
	var imports, requires strings.Builder
	for i := range 3 {
		path := fmt.Sprintf("example.org/m%d", i)
		parts[request.ModulePart(path)] = true
		all[module.Version{Path: path, Version: "v1.0.0"}] = "-- go.mod --\nmodule " + path + "\n\ngo 1.26\n-- a.go --\npackage m\n"
		fmt.Fprintf(&imports, "\t_ %q\n", path)
		fmt.Fprintf(&requires, "\t%s v1.0.0\n", path)
	}
	if len(parts) < 2 {
		t.Fatal("all modules are in one part")
	}
	proxy, sums := publish(t, all)
	c := newClient(t, `
-- go.mod --
module example.com/hello

go 1.26

toolchain $GO

require (
$REQUIRES)
-- go.sum --
$SUMS
-- main.go --
package main

import (
$IMPORTS)

func main() {}
-- modship.yaml --
# syntax=modship
`, "$SUMS", sums, "$REQUIRES", requires.String(), "$IMPORTS", imports.String())
	maps.Copy(c.Options, proxy)
	c.Options["requestid"], c.Kept = PlanRequest, t.TempDir()
	var once sync.Once
	c.Running = func(name string) (err error) {
		if strings.HasPrefix(name, "[analyze] ") {
			once.Do(func() {
				err = eachZip(c.Kept, func(zip string) error { return os.WriteFile(zip, []byte("another one"), 0o644) })
			})
		}
		return err
	}
	mustBuild(t, c)
}

// eachZip calls do for the zips of modules below a folder.
func eachZip(dir string, do func(zip string) error) error {
	return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && filepath.Ext(name) == ".zip" && strings.Contains(name, "@v") {
			err = do(name)
		}
		return err
	})
}

// TestGoneZipsLater: what is said of packages may be cached where their files are not, so that a zip may be wanted as late as by the compile.
func TestGoneZipsLater(t *testing.T) {
	c := newWordsClient(t)
	var once sync.Once
	harmed := 0
	c.Solving = func(n int) (err error) {
		for _, meta := range c.Solves()[n].Definition.GetMetadata() {
			if !strings.Contains(meta.Description["llb.customname"], "compile] go build ") {
				continue
			}
			once.Do(func() {
				c.Forget("[analyze] ")
				err = eachZip(c.Kept, func(zip string) error {
					if !strings.Contains(zip, "example.org/words") {
						return nil
					}
					harmed++
					return os.Remove(zip)
				})
			})
		}
		return err
	}
	mustBuild(t, c)
	if harmed == 0 {
		t.Fatal("no zip is kept")
	}
	fetched := 0
	for _, name := range c.Ran() {
		if strings.HasPrefix(name, "[modules] ") {
			fetched++
		}
	}
	if fetched != 2 {
		t.Errorf("the modules were fetched %d times: %q", fetched, c.Ran())
	}
}

// TestZipsOfLikeNames: modules whose paths differ in a slash alone have a zip each.
func TestZipsOfLikeNames(t *testing.T) {
	both := map[module.Version]string{}
	for _, path := range []string{"example.org/one-two", "example.org/one/two"} {
		both[module.Version{Path: path, Version: "v1.0.0"}] = "-- go.mod --\nmodule " + path + "\n\ngo 1.26\n-- a.go --\npackage two\n"
	}
	proxy, sums := publish(t, both)
	c := newClient(t, `
-- go.mod --
module example.com/hello

go 1.26

toolchain $GO

require (
	example.org/one-two v1.0.0
	example.org/one/two v1.0.0
)
-- go.sum --
$SUMS
-- main.go --
package main

import (
	_ "example.org/one-two"
	_ "example.org/one/two"
)

func main() {}
-- modship.yaml --
# syntax=modship
`, "$SUMS", sums)
	maps.Copy(c.Options, proxy)
	c.Options["requestid"], c.Kept = PlanRequest, t.TempDir()
	mustBuild(t, c)
}
