package image

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/binary"
	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/defaults"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/target"
)

var amd64 = plan.Image{Target: target.Target{OS: "linux", Arch: "amd64"}}

// prefix is that of image-spec's keys.
const prefix = "org.opencontainers.image."

func program(buildID string) *binary.Facts {
	return &binary.Facts{GoVersion: "go1.26.8 X:jsonv2", Module: binary.Module{Path: "example.com/app", Version: "v1.2.3"}, BuildID: buildID}
}

// told is a plan for which everything is known.
func told() *plan.Plan {
	p := smallest()
	p.Metadata = plan.Metadata{
		Metadata: config.Metadata{
			Title: "App $$1", Description: "Two\nlines.", URL: "https://example.com/", Documentation: "https://example.com/${version}",
			Source: "https://git.example.com/app", Vendor: "Example", Authors: "Team", Licenses: "MIT",
		},
		Version: "v1.2.3", Revision: "0123", Created: epoch,
		BaseName: "docker.io/library/debian:12", BaseDigest: "sha256:11",
	}
	return p
}

func TestMetadata(t *testing.T) {
	want := map[string]string{
		prefix + "title": "App $1", prefix + "description": "Two\nlines.", prefix + "url": "https://example.com/",
		prefix + "documentation": "https://example.com/v1.2.3", prefix + "source": "https://git.example.com/app",
		prefix + "vendor": "Example", prefix + "authors": "Team", prefix + "licenses": "MIT",
		prefix + "version": "v1.2.3", prefix + "revision": "0123", prefix + "created": epochText,
		prefix + "base.name": "docker.io/library/debian:12", prefix + "base.digest": "sha256:11",
		"golang.org/version": "go1.26.8", "golang.org/module": "example.com/app", "golang.org/build-id": "id",
	}
	if diff := cmp.Diff(want, Metadata(&told().Analyzed, armv7, program("id"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(want) != len(Keys()) {
		t.Errorf("the table has %d rows, this test knows %d", len(Keys()), len(want))
	}
}

// TestUnknown: what cannot be known is left out, not empty.
func TestUnknown(t *testing.T) {
	p := smallest()
	p.Metadata = plan.Metadata{Metadata: config.Metadata{Title: "app", Vendor: "${version}", Authors: "${target.variant}"}}
	for _, built := range []*binary.Facts{nil, {}} {
		if diff := cmp.Diff(map[string]string{prefix + "title": "app"}, Metadata(&p.Analyzed, amd64, built)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestKeys(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range Keys() {
		if seen[k.Name] || k.Doc == "" {
			t.Errorf("%s is there twice, or has no words: %q", k.Name, k.Doc)
		}
		seen[k.Name] = true
		if err := config.CheckLabel(k.Name, ""); err != nil {
			t.Errorf("%s: %v", k.Name, err)
		}
	}
}

// level is what one test of precedence expects: "-" says that the key is not there.
type level struct{ label, annotation string }

func TestPrecedence(t *testing.T) {
	const own = "com.example.own" // a key that is not in the table
	const vendor = prefix + "vendor"
	for _, test := range []struct {
		name                string
		key                 string
		labels, annotations map[string]*config.Template
		flag                map[string]string
		want                level
	}{
		{"derived", vendor, nil, nil, nil, level{"Example", "Example"}},
		{"label", vendor, templates(vendor, "L"), nil, nil, level{"L", "L"}},
		{"annotation", vendor, nil, templates(vendor, "A"), nil, level{"A", "A"}},
		{"both", vendor, templates(vendor, "L"), templates(vendor, "A"), nil, level{"L", "A"}},
		{"flag", vendor, nil, nil, one(vendor, "F"), level{"F", "F"}},
		{"flag over label", vendor, templates(vendor, "L"), nil, one(vendor, "F"), level{"F", "F"}},
		{"flag and annotation", vendor, nil, templates(vendor, "A"), one(vendor, "F"), level{"F", "A"}},
		{"label removed", vendor, templates(vendor, "null"), nil, nil, level{"-", "-"}},
		{"annotation removed", vendor, nil, templates(vendor, "null"), nil, level{"-", "-"}},
		{"annotation alone removed", vendor, templates(vendor, "L"), templates(vendor, "null"), nil, level{"L", "-"}},
		{"label alone removed", vendor, templates(vendor, "null"), templates(vendor, "A"), nil, level{"-", "A"}},
		{"flag after removal", vendor, templates(vendor, "null"), nil, one(vendor, "F"), level{"F", "F"}},
		{"facts", vendor, templates(vendor, "for ${target.arch} $$"), nil, nil, level{"for arm $", "for arm $"}},
		{"flag is no template", vendor, nil, nil, one(vendor, "${version}$$"), level{"${version}$$", "${version}$$"}},
		{"empty", vendor, templates(vendor, ""), nil, nil, level{"", ""}},
		{"fact of the program", KeyGoModule, templates(KeyGoModule, "L"), nil, nil, level{"L", "L"}},
		{"own label", own, templates(own, "L"), nil, nil, level{"L", "-"}},
		{"own annotation", own, nil, templates(own, "A"), nil, level{"-", "A"}},
		{"own flag", own, nil, nil, one(own, "F"), level{"F", "-"}},
		{"own removed", own, templates(own, "null"), templates(own, "null"), nil, level{"-", "-"}},
	} {
		p := told()
		p.Runtime.Labels, p.Runtime.Annotations = test.labels, test.annotations
		labels, annotations := both(t, p, armv7, Options{Labels: test.flag, Program: program("id")})
		if got := (level{at(labels, test.key), at(annotations, test.key)}); got != test.want {
			t.Errorf("%s: got %+v, want %+v", test.name, got, test.want)
		}
	}
}

// TestUnknownFact: a value of which an unknown fact leaves nothing takes the derived one's place with nothing.
func TestUnknownFact(t *testing.T) {
	p := told()
	p.Metadata.Version = ""
	p.Runtime.Labels = templates(prefix+"vendor", "${version}", "a", "${version}", "b", "x${version}")
	labels, annotations := both(t, p, armv7, Options{})
	for key, want := range map[string]string{prefix + "vendor": "-", "a": "-", "b": "x"} {
		if got := at(labels, key); got != want {
			t.Errorf("label %s is %q, want %q", key, got, want)
		}
	}
	if got := at(annotations, prefix+"vendor"); got != "-" {
		t.Errorf("the annotation is %q", got)
	}
}

func one(key, value string) map[string]string { return map[string]string{key: value} }

func at(values map[string]string, key string) string {
	if value, ok := values[key]; ok {
		return value
	}
	return "-"
}

func both(t *testing.T, p *plan.Plan, img plan.Image, opts Options) (labels, annotations map[string]string) {
	t.Helper()
	labels, err := Labels(&p.Analyzed, img, opts)
	if err != nil {
		t.Fatal(err)
	}
	annotations, err = Annotations(&p.Analyzed, img, opts)
	if err != nil {
		t.Fatal(err)
	}
	return labels, annotations
}

// TestLevelsAgree is the rule of consistency, for whatever a user says: a key of the table that not both of labels and
// annotations are given for is the same at both levels, and so is what of it reaches the index.
func TestLevelsAgree(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var names []string
	for _, k := range Keys() {
		names = append(names, k.Name)
	}
	values := []string{"x", "null", "${version}", "${target.arch}", ""}
	pick := func() map[string]*config.Template {
		m := map[string]*config.Template{}
		for range random.IntN(6) {
			maps.Copy(m, templates(names[random.IntN(len(names))], values[random.IntN(len(values))]))
		}
		return m
	}
	for range 500 {
		p := told()
		p.Runtime.Labels, p.Runtime.Annotations = pick(), pick()
		opts := Options{Program: program("id")}
		if random.IntN(2) == 0 {
			opts.Labels = one(names[random.IntN(len(names))], "flag")
		}
		var all []map[string]string
		for _, img := range []plan.Image{amd64, armv7} {
			labels, annotations := both(t, p, img, opts)
			all = append(all, annotations)
			for _, name := range names {
				_, asLabel := p.Runtime.Labels[name]
				_, asFlag := opts.Labels[name]
				_, asAnnotation := p.Runtime.Annotations[name]
				if asAnnotation && (asLabel || asFlag) {
					continue
				}
				if at(labels, name) != at(annotations, name) {
					t.Fatalf("%s: label %q, annotation %q", name, at(labels, name), at(annotations, name))
				}
			}
		}
		for key, value := range IndexAnnotations(all) {
			for _, annotations := range all {
				if at(annotations, key) != value {
					t.Fatalf("%s is %q in the index and %q below it", key, value, at(annotations, key))
				}
			}
		}
	}
}

func TestIndexAnnotations(t *testing.T) {
	p := told()
	p.Runtime.Annotations = templates("arch", "${target.arch}", "same", "s")
	var all []map[string]string
	for i, img := range []plan.Image{amd64, armv7} {
		_, annotations := both(t, p, img, Options{Program: program(fmt.Sprint("id", i))})
		all = append(all, annotations)
	}
	all[1]["only"] = "second"
	before := maps.Clone(all[0])
	got := IndexAnnotations(all)
	want := Metadata(&p.Analyzed, amd64, program(""))
	delete(want, prefix+"base.digest")
	want["same"] = "s"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, all[0]); diff != "" {
		t.Errorf("the annotations of the manifest were changed:\n%s", diff)
	}
	if got := IndexAnnotations(all[:1]); got[KeyGoBuildID] != "" || got["arch"] != "amd64" {
		t.Errorf("an index of one image has %v", got)
	}
	if got := IndexAnnotations(nil); len(got) != 0 {
		t.Errorf("an index of nothing has %v", got)
	}
}

// TestRefused: what the file could not be checked for is refused here, all at once.
func TestRefused(t *testing.T) {
	p := told()
	p.Metadata.Vendor = config.Template(strings.Repeat("x", 5000))
	opts := Options{Labels: map[string]string{"containerd.io/x": "y", "long": strings.Repeat("x", 4093), "ok": "z"}, Program: &binary.Facts{BuildID: "\xff"}}
	for name, make := range map[string]func() error{
		"labels":        func() error { _, err := Labels(&p.Analyzed, armv7, opts); return err },
		"configuration": func() error { _, err := Config(p, armv7, opts); return err },
	} {
		err := make()
		if err == nil {
			t.Fatalf("%s: nothing is refused", name)
		}
		for _, want := range []string{"containerd.io/x", `"long"`, "4097 bytes", prefix + "vendor", "not UTF-8"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q is not in the error: %v", name, want, err)
			}
		}
		if strings.Contains(err.Error(), `"ok"`) {
			t.Errorf("%s: a good label is refused: %v", name, err)
		}
	}
	if _, err := Annotations(&p.Analyzed, armv7, opts); err == nil || strings.Contains(err.Error(), "containerd.io") {
		t.Errorf("annotations: got %v; a label of the user is not among them", err)
	}
}

func TestEnvironment(t *testing.T) {
	p := told()
	p.Metadata.Version = "v1.2.3+dirty, really"
	p.Runtime.Env = map[string]config.Template{"AT": "${created}", "GOGC": "50", "NONE": "${target.variant}", "PRICE": "$$5"}
	p.Runtime.OTel = true
	got := made(t, p, Options{Program: program("id")}).Config.Env
	want := []string{
		"PATH=" + defaults.Path, "AT=" + epochText, "GOGC=50", "NONE=v7",
		"OTEL_RESOURCE_ATTRIBUTES=service.version=v1.2.3%2Bdirty%2C%20really,process.runtime.version=go1.26.8," +
			"vcs.ref.head.revision=0123,vcs.repository.url.full=https://git.example.com/app",
		"OTEL_SERVICE_NAME=App $1", "PRICE=$5",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	p = smallest()
	p.Runtime.OTel = true
	p.Metadata = plan.Metadata{}
	if got := made(t, p, Options{}).Config.Env; !slices.Equal(got, []string{"PATH=" + defaults.Path, "OTEL_SERVICE_NAME=app"}) {
		t.Errorf("with nothing known: %q", got)
	}
}
