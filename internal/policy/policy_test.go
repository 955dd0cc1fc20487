package policy_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/containerd/platforms"
	"github.com/google/go-cmp/cmp"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/binary"
	"github.com/modship-build/modship/internal/image"
	"github.com/modship-build/modship/internal/imagefacts"
	"github.com/modship-build/modship/internal/ociread"
	"github.com/modship-build/modship/internal/policy"
	"github.com/modship-build/modship/internal/rules"
	"github.com/modship-build/modship/internal/testing/imagetest"
)

var (
	amd64   = ocispec.Platform{OS: "linux", Architecture: "amd64"}
	created = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	now     = created.Add(time.Hour)
)

// made is an image in an index of its own.
type made struct {
	imagetest.Image
	// index are the annotations of the index, nil for an image that is in none.
	index map[string]string
	// claim is the size that the manifest is then said to give its layer, and reference what the image is asked for by.
	claim     int64
	reference string
}

// right is an image that keeps all rules.
func right(t *testing.T) made {
	t.Helper()
	app := imagetest.NewProgram(t, "linux/amd64")
	facts, err := binary.Read(strings.NewReader(string(app.Content)))
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]string{
		ocispec.AnnotationSource: imagetest.Source, ocispec.AnnotationRevision: app.Revision, ocispec.AnnotationVersion: imagetest.Version,
		ocispec.AnnotationCreated: created.Format(time.RFC3339), ocispec.AnnotationDescription: "An example",
		image.KeyGoVersion: facts.GoVersion, image.KeyGoModule: imagetest.Module, image.KeyGoBuildID: facts.BuildID,
	}
	index := maps.Clone(keys)
	delete(index, image.KeyGoBuildID)
	at := created
	return made{
		imagetest.Image{
			Config: ocispec.Image{
				Platform: amd64, Created: &at,
				Config: ocispec.ImageConfig{Entrypoint: []string{"/app"}, User: "1001:1001", Labels: maps.Clone(keys)},
			},
			Annotations: maps.Clone(keys),
			Files:       []imagetest.File{{Name: "app", Content: app.Content}, {Name: "etc/passwd", Content: []byte("app:x:1001:1001::/:\n")}},
		},
		index, 0, "app",
	}
}

// set writes a key at all places.
func (m *made) set(key, value string) {
	m.Config.Config.Labels[key], m.Annotations[key], m.index[key] = value, value, value
}

// check judges an image as the command does.
func check(t *testing.T, m made, settings policy.Settings) []policy.Finding {
	t.Helper()
	layout := imagetest.NewLayout(t)
	root := layout.Image(m.Image)
	if m.index != nil {
		root = layout.Index(m.index, root)
	}
	source, err := ociread.Open(t.Context(), layout.Reference(root), ociread.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	var all []policy.Finding
	err = source.Images(t.Context(), nil, func(img *ociread.Image, err error) error {
		if err != nil {
			return err
		}
		contents, err := imagefacts.ReadContents(t.Context(), img)
		if m.claim > 0 {
			img.Manifest.Manifest.Layers[0].Size = m.claim
		}
		known := policy.Image{Reference: m.reference, Platform: platforms.FormatAll(img.Config.Platform), Platforms: []string{platforms.FormatAll(img.Platform())}, Image: img, Contents: contents}
		found := policy.Rules().Check(known, settings)
		if !policy.Rules().ReadsFiles(settings) {
			known.Contents = nil
			if diff := cmp.Diff(found, policy.Rules().Check(known, settings)); diff != "" {
				t.Errorf("with and without files (-want +got):\n%s", diff)
			}
		}
		all = append(all, found...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func arm64(_ *testing.T, m *made) { m.Config.Architecture = "arm64" }

func largeLayer(_ *testing.T, m *made) { m.claim = 1 << 40 }

// wrong are images that break a rule: how they differ from the right one, and what is found in the form "level place: text". Other rules
// may find something, too.
var wrong = []struct {
	rule, name string
	change     func(t *testing.T, m *made)
	want       string
}{
	{"platform", "entry", func(_ *testing.T, m *made) { m.Platform = &ocispec.Platform{OS: "linux", Architecture: "arm64"} },
		"error index.manifests: the index lists it for linux/arm64, but its configuration is for linux/amd64"},
	{"platform", "variant of the entry", func(t *testing.T, m *made) {
		m.Config.Platform = ocispec.Platform{OS: "linux", Architecture: "arm"}
		m.Platform = &ocispec.Platform{OS: "linux", Architecture: "arm", Variant: "v6"}
	}, "error index.manifests: the index lists it for linux/arm/v6, but its configuration is for linux/arm/v7"},
	{"platform", "no platform in the index", func(_ *testing.T, m *made) { m.Platform = &ocispec.Platform{} }, "warn index.manifests: the index does not say"},
	{"platform", "not normalised", func(_ *testing.T, m *made) { m.Config.Architecture = "x86_64" }, "error config.architecture: linux/x86_64 is not the normalised"},
	{"platform", "none", func(_ *testing.T, m *made) { m.Config.Architecture = "" }, "error config: the configuration does not name"},
	{"platform", "program", func(t *testing.T, m *made) { m.Files[0].Content = imagetest.NewProgram(t, "linux/arm64").Content }, `error files["/app"]: binary is linux/arm64`},
	{"platform", "level", func(_ *testing.T, m *made) { m.Config.Variant = "v3" }, `error files["/app"]: binary was built with GOAMD64=v1`},
	{"platform", "another file", func(t *testing.T, m *made) {
		m.Files = append(m.Files, imagetest.File{Name: "usr/bin/tool", Content: imagetest.NewProgram(t, "linux/arm64").Content})
	}, `warn files["/usr/bin/tool"]: 1 file is for a processor that linux/amd64 does not run: /usr/bin/tool`},

	{"source", "ssh", func(_ *testing.T, m *made) { m.set(ocispec.AnnotationSource, "git@github.com:example/app.git") },
		`warn config.Labels["org.opencontainers.image.source"]: the source is no URL`},
	{"source", "http", func(_ *testing.T, m *made) { m.set(ocispec.AnnotationSource, "http://github.com/example/app") },
		`warn annotations["org.opencontainers.image.source"]: the source "http://github.com/example/app" is not an https URL`},
	{"source", "password", func(_ *testing.T, m *made) {
		m.set(ocispec.AnnotationSource, "https://me:secret@github.com/example/app")
	},
		`warn index.annotations["org.opencontainers.image.source"]: the source holds a user or password`},
	{"source", "other repository", func(_ *testing.T, m *made) { m.set(ocispec.AnnotationSource, "https://github.com/example/ap") },
		`the program's module is github.com/example/app`},

	{"revision", "short", func(_ *testing.T, m *made) { m.set(ocispec.AnnotationRevision, "3f2a91c") }, `warn config.Labels["org.opencontainers.image.revision"]: the revision "3f2a91c" is not the full hash`},
	{"revision", "other", func(_ *testing.T, m *made) { m.set(ocispec.AnnotationRevision, strings.Repeat("0", 40)) }, "but /app was built from"},

	{"version", "latest", func(_ *testing.T, m *made) { m.set(ocispec.AnnotationVersion, "latest") }, `the version "latest" is not a semantic version`},
	{"version", "other", func(_ *testing.T, m *made) { m.set(ocispec.AnnotationVersion, "v1.2.4") }, "the version is v1.2.4, but /app says that it is v1.2.3"},

	{"created", "form", func(_ *testing.T, m *made) { m.set(ocispec.AnnotationCreated, "2026-01-02") }, `error annotations["org.opencontainers.image.created"]: the time of creation "2026-01-02" is not one of RFC 3339`},
	{"created", "zone", func(_ *testing.T, m *made) { m.set(ocispec.AnnotationCreated, "2026-01-02T04:04:05+01:00") }, "is not in UTC"},
	{"created", "other", func(_ *testing.T, m *made) { m.set(ocispec.AnnotationCreated, "2026-01-01T03:04:05Z") }, "but the configuration says 2026-01-02T03:04:05Z"},
	{"created", "future", func(_ *testing.T, m *made) { m.Config.Created = new(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)) },
		"error config.created: the time of creation 2030-01-01T00:00:00Z is in the future"},

	{"consistency", "index", func(_ *testing.T, m *made) { m.index[ocispec.AnnotationVersion] = "v1.2.2" },
		`error index.annotations["org.opencontainers.image.version"]: it is "v1.2.2", but config.Labels["org.opencontainers.image.version"] is "v1.2.3"`},
	{"consistency", "manifest", func(_ *testing.T, m *made) {
		m.Annotations[ocispec.AnnotationTitle], m.Config.Config.Labels[ocispec.AnnotationTitle] = "a", "b"
	},
		`error annotations["org.opencontainers.image.title"]: it is "a"`},
	{"consistency", "blank page", func(_ *testing.T, m *made) { delete(m.index, ocispec.AnnotationDescription) },
		`warn index.annotations["org.opencontainers.image.description"]: registries show the index's, which has none`},

	{"user", "none", func(_ *testing.T, m *made) { m.Config.Config.User = "" }, "warn config.User: the image runs as root: it sets no user"},
	{"user", "0:0", func(_ *testing.T, m *made) { m.Config.Config.User = "0:0" }, `warn config.User: the image runs as root: its user is "0:0"`},
	{"user", "00", func(_ *testing.T, m *made) { m.Config.Config.User = "00" }, "runs as root"},
	{"user", "+0", func(_ *testing.T, m *made) { m.Config.Config.User = "+0" }, "runs as root"},
	{"user", "root:root", func(_ *testing.T, m *made) { m.Config.Config.User = "root:root" }, "runs as root"},
	{"user", "name", func(_ *testing.T, m *made) { m.Config.Config.User = "app" }, `warn config.User: the user "app" is a name`},
	{"user", "unknown", func(_ *testing.T, m *made) { m.Config.Config.User = "web" }, `error config.User: no container starts as the user "web": the image has no user "web" in /etc/passwd`},
	{"user", "unknown group", func(_ *testing.T, m *made) { m.Config.Config.User = "1:web" }, `no group "web"`},
	{"user", "range", func(_ *testing.T, m *made) { m.Config.Config.User = "4294967296" }, "not in the range"},
	{"user", "colons", func(_ *testing.T, m *made) { m.Config.Config.User = "1:2:3" }, "more than one colon"},

	{"go-version", "other", func(_ *testing.T, m *made) { m.set(image.KeyGoVersion, "go1.2") }, `error config.Labels["golang.org/version"]: it is "go1.2", but /app says "go`},
	{"go-version", "no program", func(_ *testing.T, m *made) { m.Files = nil }, `warn config.Labels["golang.org/version"]: no Go program`},
	{"go-module", "other", func(_ *testing.T, m *made) { m.set(image.KeyGoModule, "app") }, `error annotations["golang.org/module"]: it is "app", but /app says "github.com/example/app"`},
	{"go-build-id", "other", func(_ *testing.T, m *made) { m.set(image.KeyGoBuildID, "x/y") }, `error config.Labels["golang.org/build-id"]: it is "x/y"`},

	{"startable", "missing", func(_ *testing.T, m *made) { m.Files = m.Files[1:] }, `error files["/app"]: the program /app does not exist in the image`},
	{"startable", "mode", func(_ *testing.T, m *made) { m.Files[0].Mode = 0o644 }, "is not executable"},
	{"startable", "user", func(_ *testing.T, m *made) { m.Files[0].Mode = 0o700 }, "user 1001:1001 may not execute /app"},
	{"startable", "script", func(_ *testing.T, m *made) { m.Files[0].Content = []byte("#!/bin/sh\n") }, "/bin/sh"},
	{"startable", "nothing", func(_ *testing.T, m *made) { m.Config.Config.Entrypoint = nil }, "warn config.Entrypoint: the image names no program"},
	{"startable", "unknown processor", func(_ *testing.T, m *made) { m.Config.Architecture = "vax" }, "info config.Entrypoint: whether it starts is not known"},

	{"labels", "reserved", func(_ *testing.T, m *made) { m.Config.Config.Labels["containerd.io/restart.loguri"] = "binary:///x" }, `error config.Labels["containerd.io/restart.loguri"]: keys under containerd.io/ are reserved`},
	{"labels", "long", func(_ *testing.T, m *made) { m.Config.Config.Labels["long"] = strings.Repeat("x", 4093) }, `warn config.Labels["long"]: key and value have 4097 bytes`},

	{"secrets", "environment", func(_ *testing.T, m *made) { m.Config.Config.Env = []string{"API_TOKEN=x"} }, `warn config.Env["API_TOKEN"]: API_TOKEN: it is named as a secret`},
	{"secrets", "label", func(_ *testing.T, m *made) { m.Config.Config.Labels["x"] = "glpat-" + strings.Repeat("x", 20) }, `warn config.Labels["x"]: its value has the form of a token of GitLab`},
	{"secrets", "argument", func(_ *testing.T, m *made) {
		m.Config.Config.Cmd = []string{"serve", "postgres://app:x@db"}
	}, "warn config.Cmd[1]: its value has the form of a URL with a password"},
	{"secrets", "entrypoint", func(_ *testing.T, m *made) {
		m.Config.Config.Entrypoint = []string{"/app", "--key=AKIA" + strings.Repeat("X", 16)}
	}, "warn config.Entrypoint[1]: its value has the form of an access key of AWS"},
	{"secrets", "build argument", func(_ *testing.T, m *made) {
		m.Config.History = []ocispec.History{{CreatedBy: "COPY . . # buildkit"}, {CreatedBy: "RUN |2 VERSION=1 NPM_TOKEN=x /bin/sh -c npm ci TOKEN=y # buildkit"}}
	}, "warn history[1]: NPM_TOKEN: it is named as a secret"},
	{"unpinned-base", "no digest", func(_ *testing.T, m *made) { m.set(ocispec.AnnotationBaseImageName, "registry.example/base:1") },
		`info config.Labels["org.opencontainers.image.base.name"]: registry.example/base:1 is named as the base, and org.opencontainers.image.base.digest does not say`},
	{"media-types", "zstd of Docker", func(_ *testing.T, m *made) {
		m.MediaType, m.LayerType = "application/vnd.docker.distribution.manifest.v2+json", "application/vnd.docker.image.rootfs.diff.tar.zstd"
	}, "error manifest.layers[0].mediaType: Docker's manifest has a layer of zstd"},
	{"media-types", "mixed", func(_ *testing.T, m *made) { m.LayerType = "application/vnd.docker.image.rootfs.diff.tar" }, "warn manifest.layers[0].mediaType: a manifest of application/vnd.oci"},
	{"media-types", "unknown", func(_ *testing.T, m *made) { m.LayerType = "text/plain" }, `error manifest.layers[0].mediaType: the layer is of "text/plain"`},

	{"cloudrun-amd64", "arm64", arm64, "error index.manifests: Cloud Run needs an image for linux/amd64; there is one for linux/arm64"},
	{"fargate-platform", "arm64", arm64, "info index.manifests: it does not run on Fargate"},
	{"lambda-index", "index", func(*testing.T, *made) {}, "error index: Lambda takes no index"},
	{"lambda-index", "processor", func(_ *testing.T, m *made) { m.Config.Architecture, m.index = "s390x", nil }, "error config.architecture: Lambda runs linux/amd64"},
	{"ecr-layer-size", "large", largeLayer, "warn manifest.layers[0].size: the layer has 1099511627776 bytes, more than the 54525952000 that Amazon ECR takes"},
	{"acr-layer-size", "large", largeLayer, "that Azure Container Registry takes"},
	{"ecs-labels", "name", func(_ *testing.T, m *made) { m.Config.Config.Labels["com.amazonaws.ecs.container-name"] = "x" },
		`warn config.Labels["com.amazonaws.ecs.container-name"]: the agent of ECS`},
	{"aks-latest", "none", func(*testing.T, *made) {}, "warn reference: the reference has no tag but latest"},
	{"openshift-user", "mode", func(_ *testing.T, m *made) { m.Files[0].Mode, m.Files[0].UID, m.Files[0].GID = 0o750, 1001, 1001 },
		`error files["/app"]: the program /app is out of reach: user 1000650000:0`},
	{"openshift-user", "passwd", func(*testing.T, *made) {}, `info files["/etc/passwd"]: as the image has it`},
	{"openshift-ports", "80", func(_ *testing.T, m *made) {
		m.Config.Config.ExposedPorts = map[string]struct{}{"80/tcp": {}, "8080": {}}
	},
		"warn config.ExposedPorts: the port 80 is below 1024"},

	{"manifest-size", "manifest", func(_ *testing.T, m *made) { m.Annotations["notes"] = strings.Repeat("x", 4<<20) }, "error manifest: it has 41"},
	{"manifest-size", "index", func(_ *testing.T, m *made) { m.index["notes"] = strings.Repeat("x", 4<<20) }, "error index: it has 41"},
}

func TestWrong(t *testing.T) {
	failing := map[string]bool{}
	for _, test := range wrong {
		failing[test.rule] = true
		t.Run(test.rule+"/"+test.name, func(t *testing.T) {
			m := right(t)
			test.change(t, &m)
			rule, err := rules.All().Find(test.rule)
			if err != nil {
				t.Fatal(err)
			}
			settings := policy.Settings{Only: []string{test.rule}, Now: now}
			if len(rule.Clouds) > 0 {
				settings.Cloud = rule.Clouds[0]
			}
			var found []string
			for _, f := range check(t, m, settings) {
				found = append(found, string(f.Level)+" "+f.Place+": "+f.Message)
				if f.Rule != test.rule || f.Image != "app" || f.Platform == "" || f.Digest == "" || f.Source != rule.Spec || f.URL != rule.URL || f.Level.AtLeast(rule.Level) && f.Level != rule.Level {
					t.Errorf("%+v", f)
				}
			}
			if !strings.Contains(strings.Join(found, "\n"), test.want) {
				t.Errorf("found %q, want %q", found, test.want)
			}
		})
	}
	for _, rule := range rules.For(rules.Images) {
		if !failing[rule.ID] {
			t.Errorf("no image of this test breaks the rule %s", rule.ID)
		}
	}
}

// TestUserOfOpenShift: what the image says is not whom OpenShift starts it as.
func TestUserOfOpenShift(t *testing.T) {
	for user, why := range map[string]string{"": "root", "0": "root", "root": "root", "app": "name", "web": "web", "4294967296": "429496729"} {
		m := right(t)
		m.Config.Config.User = user
		found := check(t, m, policy.Settings{Only: []string{"user"}, Now: now, Cloud: "openshift"})
		if len(found) != 1 || found[0].Level != policy.Info || !strings.Contains(found[0].Message, "random user, and not as its own") {
			t.Errorf("%q: %+v", user, found)
			continue
		}
		if _, said, _ := strings.Cut(found[0].Message, ": "); !strings.Contains(said, why) || found[0].Fix == nil {
			t.Errorf("%q: it says %q, with %v", user, said, found[0].Fix)
		}
	}
}

// TestRight holds an image against all rules that has what each of them looks at.
func TestRight(t *testing.T) {
	for _, cloud := range rules.Clouds {
		m := right(t)
		m.reference = "example.com:5000/app:v1.2.3"
		m.Config.Config.ExposedPorts = map[string]struct{}{"8080/tcp": {}}
		m.Config.Config.Labels["com.amazonaws.ecs.capability.x"] = "the agent does not set it"
		switch cloud {
		case "openshift":
			m.Files = m.Files[:1]
		case "lambda":
			m.index = nil
		}
		if found := check(t, m, policy.Settings{Now: now, Cloud: cloud}); len(found) > 0 {
			t.Errorf("%s: %+v", cloud, found)
		}
	}
}

func TestExceptions(t *testing.T) {
	parse := func(text string) []policy.Exception {
		t.Helper()
		all, err := policy.Rules().ParseExceptions("x.yaml", []byte("exceptions:\n- {rule: user, reason: \"why, so\", "+text+"}\n"))
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	m := right(t)
	m.Config.Config.User = "0"
	for text, want := range map[string]string{
		`until: "2026-01-02"`: "true ",
		`until: "2026-01-01"`: "false an exception ended on 2026-01-01: why, so",
		`until: "2027-01-01", image: a*, platform: linux/*, place: config.User`: "true ",
		`until: "2027-01-01", image: b*`:                                        "false ",
		`until: "2027-01-01", place: config`:                                    "false ",
	} {
		f := check(t, m, policy.Settings{Now: now, Exceptions: parse(text)})
		if len(f) != 1 {
			t.Fatalf("%+v", f)
		}
		help := f[0].Help
		if strings.HasPrefix(help, "write numbers") {
			help = ""
		}
		if got := fmt.Sprint(f[0].Exception != nil, " ", help); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	both := append(parse(`until: "2026-01-01"`), parse(`until: "2027-01-01"`)...)
	if f := check(t, m, policy.Settings{Now: now, Exceptions: both}); f[0].Exception == nil || strings.Contains(f[0].Help, "ended") {
		t.Errorf("one of two exceptions has ended: %+v", f[0])
	}
	for text, want := range map[string]string{
		"exceptions:\n- rule: usr\n": `x.yaml:2:3: there is no rule "usr"; did you mean "user"?`,
		"exceptions:\n- {rule: user, reason: x, until: 2027-01-01}\n\n- {rule: user}\n": "x.yaml:4:3: it has no reason",
		"exceptions:\n- rule: user\n":                                    "it has no reason",
		"exceptions:\n- {rule: user, reason: x}\n":                       "until is a day",
		"exceptions:\n- {rule: user, reason: x, until: 2027-13-01}\n":    "until is a day",
		"exceptions:\n- {rule: user, reasn: x}\n":                        "x.yaml:2:16: unknown field",
		"exceptions:\n- {rule: user, reason: x, image: \"[\", until: x}": "pattern",
	} {
		if _, err := policy.Rules().ParseExceptions("x.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestFix(t *testing.T) {
	m := right(t)
	m.Config.Config.User = "app"
	m.set(image.KeyGoModule, "x")
	got := map[string]policy.Fix{}
	for _, f := range check(t, m, policy.Settings{}) {
		got[f.Rule] = *f.Fix
	}
	want := map[string]policy.Fix{
		"user":      {Dockerfile: "USER 1001:1001", Modship: `image: {user: "1001:1001"}`},
		"go-module": {Dockerfile: `LABEL golang.org/module="github.com/example/app"`, Modship: `image: {labels: {golang.org/module: "github.com/example/app"}}    # or leave the key out: it is derived`},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSettings(t *testing.T) {
	m := right(t)
	m.Config.Config.User = "0"
	m.set(ocispec.AnnotationVersion, "v1.2.4")
	for _, test := range []struct {
		settings policy.Settings
		want     []string
	}{
		{policy.Settings{}, []string{"version error", "version error", "version error", "user warn"}},
		{policy.Settings{Only: []string{"user"}}, []string{"user warn"}},
		{policy.Settings{Levels: map[string]policy.Level{"version": policy.Off, "user": policy.Error}}, []string{"user error"}},
	} {
		var got []string
		for _, f := range check(t, m, test.settings) {
			got = append(got, f.Rule+" "+string(f.Level))
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", test.settings, diff)
		}
	}
}

func TestParseLevels(t *testing.T) {
	got, err := rules.For(rules.Images).ParseLevels([]string{"user=error", "created=off"})
	if diff := cmp.Diff(map[string]policy.Level{"user": policy.Error, "created": policy.Off}, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	for entry, want := range map[string]string{"usr=off": `there is no rule "usr"; did you mean "user"?`, "user=bad": `the level "bad"`, "user": `the level ""`} {
		if _, err := rules.For(rules.Images).ParseLevels([]string{entry}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", entry, err)
		}
	}
}
