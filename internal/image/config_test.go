package image

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/defaults"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/target"
)

var epoch = time.Unix(1700000000, 0).UTC()

var armv7 = plan.Image{Target: target.Target{OS: "linux", Arch: "arm", Level: "7"}}

// smallest is the plan of an image whose configuration says nothing.
func smallest() *plan.Plan {
	p := &plan.Plan{}
	p.Main = plan.Main{ImportPath: "example.com/app", Name: "app"}
	p.Metadata = plan.Metadata{Created: epoch}
	p.Runtime = plan.Runtime{UID: 1001, GID: 1001, Entrypoint: []string{"/usr/local/bin/app"}}
	return p
}

// full sets everything that reaches a configuration.
func full() *plan.Plan {
	p := smallest()
	p.Runtime.Env = map[string]config.Template{"MODE": "prod", "A": "1", "PATH": "/opt"}
	p.Runtime.Ports = []string{"8080/tcp", "53/udp"}
	p.Runtime.Volumes = []string{"/data", "/cache"}
	p.Runtime.Workdir = "/srv/app"
	p.Runtime.Cmd = []string{"serve"}
	p.Runtime.Labels = templates("team", "core", "tier", "1")
	p.Runtime.StopSignal = "SIGINT"
	p.Runtime.Files = []config.Copy{{From: "a", To: "/a"}}
	return p
}

// templates makes a mapping of keys and values; a value "null" removes the key.
func templates(pairs ...string) map[string]*config.Template {
	m := map[string]*config.Template{}
	for i := 0; i < len(pairs); i += 2 {
		value := config.Template(pairs[i+1])
		if m[pairs[i]] = &value; value == "null" {
			m[pairs[i]] = nil
		}
	}
	return m
}

// keyCreated is the label that every image of these tests has.
const keyCreated, epochText = "org.opencontainers.image.created", "2023-11-14T22:13:20Z"

func made(t *testing.T, p *plan.Plan, opts Options) ocispecs.Image {
	t.Helper()
	text, err := Config(p, armv7, opts)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, []byte("null")) {
		t.Errorf("a null is nowhere allowed by config-schema.json: %s", text)
	}
	var image ocispecs.Image
	if err := json.Unmarshal(text, &image); err != nil {
		t.Fatal(err)
	}
	return image
}

func TestScratch(t *testing.T) {
	want := ocispecs.Image{
		Created:  &epoch,
		Platform: ocispecs.Platform{OS: "linux", Architecture: "arm", Variant: "v7"},
		RootFS:   ocispecs.RootFS{Type: "layers"},
		Config: ocispecs.ImageConfig{
			User:       "1001:1001",
			Env:        []string{"PATH=" + defaults.Path},
			Entrypoint: []string{"/usr/local/bin/app"},
			WorkingDir: "/",
			Labels:     map[string]string{keyCreated: epochText},
		},
		History: []ocispecs.History{
			{Created: &epoch, CreatedBy: "modship", Comment: plan.LayerCommon},
			{Created: &epoch, CreatedBy: "modship", Comment: plan.LayerProgram},
		},
	}
	got := made(t, smallest(), Options{})
	got.RootFS.DiffIDs = nil // the exporter's
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFull(t *testing.T) {
	want := ocispecs.ImageConfig{
		User:         "1001:1001",
		ExposedPorts: map[string]struct{}{"8080/tcp": {}, "53/udp": {}},
		Volumes:      map[string]struct{}{"/data": {}, "/cache": {}},
		Env:          []string{"PATH=/opt", "A=1", "MODE=prod"},
		Entrypoint:   []string{"/usr/local/bin/app"},
		Cmd:          []string{"serve"},
		WorkingDir:   "/srv/app",
		Labels:       map[string]string{"team": "core", "tier": "2", "extra": "x", keyCreated: epochText},
		StopSignal:   "SIGINT",
	}
	got := made(t, full(), Options{Labels: map[string]string{"tier": "2", "extra": "x"}})
	if diff := cmp.Diff(want, got.Config); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := len(got.History); n != 3 {
		t.Errorf("%d entries of history, want 3 for 3 layers", n)
	}
}

// base is a configuration with everything that must not reach ours, beside what must.
const base = `{
  "created": "2001-02-03T04:05:06Z", "author": "someone",
  "architecture": "arm", "variant": "v6", "os": "linux",
  "config": {
    "User": "root", "Env": ["LANG=C.UTF-8", "MODE=test"], "Entrypoint": ["/bin/sh"], "Cmd": ["-c", "true"],
    "WorkingDir": "/root", "Labels": {"vendor": "base"}, "ExposedPorts": {"80/tcp": {}}, "Volumes": {"/var": {}},
    "Healthcheck": {"Test": ["CMD", "true"]}, "OnBuild": ["RUN true"], "Shell": ["/bin/bash"]
  },
  "rootfs": {"type": "layers", "diff_ids": ["sha256:` + "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" + `"]},
  "history": [{"created": "2001-02-03T04:05:06Z", "created_by": "debootstrap"}, {"created_by": "CMD", "empty_layer": true}]
}`

func TestBase(t *testing.T) {
	p := full()
	p.Runtime.Base = "example.com/base@sha256:11"
	delete(p.Runtime.Env, "PATH")
	got := made(t, p, Options{Base: []byte(base)})

	if diff := cmp.Diff([]string{"PATH=" + defaults.Path, "LANG=C.UTF-8", "MODE=prod", "A=1"}, got.Config.Env); diff != "" {
		t.Errorf("environment: the base's is kept, the plan's wins (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"team": "core", "tier": "1", keyCreated: epochText}, got.Config.Labels); diff != "" {
		t.Errorf("labels: the base's speak of another image (-want +got):\n%s", diff)
	}
	if _, kept := got.Config.ExposedPorts["80/tcp"]; kept || len(got.Config.Volumes) != 2 {
		t.Errorf("ports %v and volumes %v hold those of the base", got.Config.ExposedPorts, got.Config.Volumes)
	}
	if got.Author != "" || got.Variant != "v7" || got.Config.User != "1001:1001" {
		t.Errorf("author %q, variant %q, user %q", got.Author, got.Variant, got.Config.User)
	}
	var who []string
	for _, h := range got.History {
		who = append(who, h.CreatedBy)
	}
	if diff := cmp.Diff([]string{"debootstrap", "CMD", "modship", "modship"}, who); diff != "" {
		t.Errorf("history: the base's first, then a layer each (-want +got):\n%s", diff)
	}
	if year := got.History[0].Created.Year(); year != 2001 {
		t.Errorf("a layer of the base got the year %d", year)
	}
	if len(got.RootFS.DiffIDs) != 1 {
		t.Errorf("layers of the base: %v", got.RootFS.DiffIDs)
	}
}

// TestHistory: the n-th entry that is not empty speaks of the n-th layer, whatever the base says of itself.
func TestHistory(t *testing.T) {
	const layer = `"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"`
	p := smallest()
	p.Runtime.Volumes = []string{"/data"}
	p.Runtime.Base = "example.com/base"
	own := []string{plan.LayerFiles, plan.LayerProgram}
	for name, c := range map[string]struct {
		base string
		want []string // of the base
	}{
		"a folder":         {"", []string{layerBase}},
		"complete":         {`{"rootfs":{"diff_ids":[` + layer + `]},"history":[{"comment":"one"},{"comment":"CMD","empty_layer":true}]}`, []string{"one"}},
		"none":             {`{"rootfs":{"diff_ids":[` + layer + "," + layer + `]}}`, []string{layerBase, layerBase}},
		"too short":        {`{"rootfs":{"diff_ids":[` + layer + "," + layer + `]},"history":[{"comment":"one"}]}`, []string{"one", layerBase}},
		"too long":         {`{"rootfs":{"diff_ids":[` + layer + `]},"history":[{"comment":"one"},{"comment":"two"}]}`, []string{"one"}},
		"of another build": {`{"history":[{"comment":"one"},{"comment":"ENV","empty_layer":true},{"comment":"two"}]}`, []string{"one", "two"}},
		"no layers at all": {`{"rootfs":{"type":"layers"}}`, nil},
	} {
		opts := Options{}
		if c.base != "" {
			opts.Base = []byte(c.base)
		}
		var got []string
		for _, h := range made(t, p, opts).History {
			if h.EmptyLayer {
				continue
			}
			if got = append(got, h.Comment); h.CreatedBy == "modship" && !h.Created.Equal(epoch) {
				t.Errorf("%s: %s has the time %v", name, h.Comment, h.Created)
			}
		}
		if diff := cmp.Diff(slices.Concat(c.want, own), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestBaseDockerFields: Docker's own fields are not in image-spec, and as little ours to keep.
func TestBaseDockerFields(t *testing.T) {
	text, err := Config(smallest(), armv7, Options{Base: []byte(base)})
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{"Healthcheck", "OnBuild", "Shell"} {
		if bytes.Contains(text, []byte(field)) {
			t.Errorf("%s of the base is kept: %s", field, text)
		}
	}
}

func TestBaseBroken(t *testing.T) {
	_, err := Config(smallest(), armv7, Options{Base: []byte(`{"config":`)})
	if err == nil || !strings.Contains(err.Error(), "base image") {
		t.Errorf("got %v", err)
	}
}

// TestInputsUnchanged: configurations of several platforms are made of one plan and one set of labels.
func TestInputsUnchanged(t *testing.T) {
	p, labels := full(), map[string]string{"tier": "2"}
	for range 2 {
		made(t, p, Options{Base: []byte(base), Labels: labels})
	}
	if diff := cmp.Diff(full(), p); diff != "" {
		t.Errorf("the plan was changed:\n%s", diff)
	}
	if len(labels) != 1 {
		t.Errorf("the labels were changed: %v", labels)
	}
}

func TestDeterministic(t *testing.T) {
	opts := Options{Base: []byte(base), Labels: map[string]string{"z": "1", "y": "2", "x": "3"}}
	first, err := Config(full(), armv7, opts)
	if err != nil {
		t.Fatal(err)
	}
	for range 25 {
		again, err := Config(full(), armv7, opts)
		if err != nil || !bytes.Equal(first, again) {
			t.Fatalf("another call gives another configuration (%v):\n%s\n%s", err, first, again)
		}
	}
}

// TestHealthcheck: it is written as Docker reads it, and one that is not there leaves nothing.
func TestHealthcheck(t *testing.T) {
	written := func(p *plan.Plan) string {
		t.Helper()
		text, err := Config(p, armv7, Options{Base: []byte(`{"config": {"Healthcheck": {"Test": ["CMD", "x"]}}}`)})
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	p := smallest()
	if text := written(p); strings.Contains(text, "Healthcheck") {
		t.Errorf("without one, the configuration is %s", text)
	}
	p.Runtime.Healthcheck = config.Healthcheck{Test: []string{"/app", "-health"}, Interval: "1m30s", Timeout: "5s", StartPeriod: "10s", StartInterval: "1s", Retries: "3"}
	want := `"Healthcheck":{"Test":["CMD","/app","-health"],"Interval":90000000000,"Timeout":5000000000,"StartPeriod":10000000000,"StartInterval":1000000000,"Retries":3}`
	if text := written(p); !strings.Contains(text, want) {
		t.Errorf("the configuration is %s, want %s", text, want)
	}
	p.Runtime.Healthcheck = config.Healthcheck{Test: []string{"CMD", "/app"}}
	if text := written(p); !strings.Contains(text, `"Healthcheck":{"Test":["CMD","/app"]}`) {
		t.Errorf("in Docker's words, the configuration is %s", text)
	}
}
