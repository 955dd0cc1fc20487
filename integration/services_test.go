//go:build linux

package integration

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// TestServices builds programs of one module at once, with a cache for each, as docs/scale.md does: forty with MODSHIP_TEST_FULL, and else
// four.
func TestServices(t *testing.T) {
	services := 4
	if full() {
		services = 40
	}
	f := newFarm(t, "tcp://builder.example.com:1234", freshDaemon(t).Addr)
	names := f.writeServices(t, services)
	f.env = append(f.env, "SERVICES="+strings.Join(names, ","))

	started := time.Now()
	r := result{log: f.section(t, "Forty services")}
	t.Logf("all of %d services took %.1f s with an empty daemon, their caches are %.1f MB together", services, time.Since(started).Seconds(), f.cacheSize(t, names))
	for _, path := range []string{"net/http", "github.com/google/uuid"} {
		if got := r.timesCompiled(path); got != 2 {
			t.Errorf("%s was compiled %d times, want once for each platform", path, got)
		}
	}

	edited := filepath.Join("cmd", names[3], "main.go")
	edit(t, f.dir, edited, string(readFile(t, filepath.Join(f.dir, edited)))+"\nfunc init() { println() }\n")
	started = time.Now()
	r = result{log: f.bakeServices(t, "one")}
	t.Logf("an edit of one of them took %.1f s", time.Since(started).Seconds())
	r.compilesOnly(t, names[3])

	f.shell(t, "docker buildx create --name fresh --driver remote "+freshDaemon(t).Addr)
	started = time.Now()
	r = result{log: f.bakeServices(t, "fresh")}
	t.Logf("all of them took %.1f s with another empty daemon and the caches", time.Since(started).Seconds())
	r.compilesOnly(t)
}

// bakeServices runs the last command of the section with a builder.
func (f *farm) bakeServices(t *testing.T, builder string) (log string) {
	t.Helper()
	commands := f.commands(t, "Forty services")
	return f.shell(t, strings.Replace(commands[len(commands)-1], "--builder one", "--builder "+builder, 1))
}

// writeServices replaces the context by a module of so many programs. They share a package and most of what they import from elsewhere.
func (f *farm) writeServices(t *testing.T, services int) (names []string) {
	t.Helper()
	if err := os.Remove(filepath.Join(f.dir, "main.go")); err != nil {
		t.Fatal(err)
	}
	edit(t, f.dir, "shared/shared.go", `// Package shared is what all services share.
package shared

import (
	"encoding/json"
	"net/http"

	"github.com/google/uuid"
)

// Serve answers with an identifier.
func Serve(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(uuid.New()) }
`)
	config := "targets:\n"
	more := []string{"archive/zip", "encoding/xml", "html/template", "database/sql"}
	for i := range services {
		name := fmt.Sprintf("service%02d", i)
		names = append(names, name)
		config += fmt.Sprintf("  %s: {main: ./cmd/%[1]s}\n", name)
		edit(t, f.dir, filepath.Join("cmd", name, "main.go"), fmt.Sprintf("package main\n\nimport (\n\t_ %q\n\t\"net/http\"\n\n\t\"example.com/web/shared\"\n)\n\n"+
			"func main() { println(%q, http.ListenAndServe(\":8080\", http.HandlerFunc(shared.Serve))) }\n", more[i%len(more)], name))
	}
	configure(t, f.dir, config)
	return names
}

// cacheSize is that of all layers of the services' caches, each counted once, in megabytes.
func (f *farm) cacheSize(t *testing.T, names []string) float64 {
	t.Helper()
	sizes := map[string]int64{}
	for _, service := range names {
		ref, err := name.ParseReference(f.registry + "/services/cache:" + service)
		if err != nil {
			t.Fatal(err)
		}
		found, err := remote.Get(ref)
		if err != nil {
			t.Fatal(err)
		}
		var manifest struct{ Layers, Manifests []v1.Descriptor }
		if err := json.Unmarshal(found.Manifest, &manifest); err != nil {
			t.Fatal(err)
		}
		for _, d := range append(manifest.Layers, manifest.Manifests...) {
			sizes[d.Digest.String()] = d.Size
		}
	}
	var all int64
	for _, size := range sizes {
		all += size
	}
	return float64(all) / 1e6
}

// timesCompiled counts the lines that say that a package was compiled, by whatever step.
func (r result) timesCompiled(path string) (n int) {
	for line := range strings.Lines(r.log) {
		if compiledIn(line) == path {
			n++
		}
	}
	return n
}

// compilesOnly wants no step to have compiled anything but those of these services.
func (r result) compilesOnly(t *testing.T, names ...string) {
	t.Helper()
	ran := map[string]bool{}
	for _, v := range r.vertices() {
		if v.ran && !v.cached && (strings.Contains(v.name, " deps] ") || strings.Contains(v.name, " compile] ")) {
			ran[strings.TrimPrefix(strings.Fields(v.name)[0], "[")] = true
		}
	}
	for _, name := range names {
		if !ran[name] {
			t.Errorf("%s was not compiled", name)
		}
		delete(ran, name)
	}
	if len(ran) > 0 {
		t.Errorf("steps of other services were executed: %v", ran)
	}
}
