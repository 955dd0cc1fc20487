package plan

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/target"
)

func TestRepository(t *testing.T) {
	for module, want := range map[string]string{
		"github.com/a/b":   "https://github.com/a/b",
		"gitlab.com/a/b/c": "",
		"example.com/a/b":  "",
		"":                 "",
	} {
		if got := repository(module); got != want {
			t.Errorf("%s is at %q, want %q", module, got, want)
		}
	}
}

func TestBase(t *testing.T) {
	const digest = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
	for _, test := range []struct{ asked, resolved, name, digest string }{
		{"debian", "docker.io/library/debian@" + digest, "docker.io/library/debian:latest", digest},
		{"debian:12", "docker.io/library/debian@" + digest, "docker.io/library/debian:12", digest},
		{"debian:12@" + digest, "docker.io/library/debian@" + digest, "docker.io/library/debian:12", digest},
		{"debian@" + digest, "docker.io/library/debian@" + digest, "docker.io/library/debian", digest},
		{"registry.example:5000/a/b:1", "registry.example:5000/a/b@" + digest, "registry.example:5000/a/b:1", digest},
		{"debian:12", "debian:12", "", ""}, // a named context stands in
		{"scratch", "", "", ""},
		{"", "", "", ""},
	} {
		if name, digest := base(test.asked, test.resolved); name != test.name || digest != test.digest {
			t.Errorf("%s is %q at %q, want %q at %q", test.asked, name, digest, test.name, test.digest)
		}
	}
}

// TestKnown: what is not known is not there, rather than empty; a platform without a variant is known.
func TestKnown(t *testing.T) {
	img := Image{Target: target.Target{OS: "linux", Arch: "arm64"}}
	p := &Analyzed{Metadata: Metadata{Created: time.Unix(0, 0).UTC()}}
	want := map[string]string{"target.os": "linux", "target.arch": "arm64", "target.variant": "", "target.platform": "linux/arm64"}
	if diff := cmp.Diff(want, p.Known(img)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	p.Metadata = Metadata{Version: "v1.0.0", Revision: "01", Created: time.Unix(1, 0).UTC()}
	got := p.Known(img)
	for _, name := range config.Facts() {
		if _, ok := got[name]; !ok {
			t.Errorf("%s is not known", name)
		}
	}
	if len(got) != len(config.Facts()) || got["created"] != "1970-01-01T00:00:01Z" {
		t.Errorf("got %v", got)
	}
}

// TestCreated: it is said, or the commit's, or a constant; never the clock's.
func TestCreated(t *testing.T) {
	epoch, commit := time.Unix(1e9, 0).UTC(), time.Unix(2e9, 5e8).In(time.FixedZone("", 3600))
	for _, tt := range []struct {
		epoch  *time.Time
		commit time.Time
		want   time.Time
	}{
		{nil, time.Time{}, time.Unix(0, 0)}, {nil, commit, time.Unix(2e9, 0)}, {&epoch, commit, epoch}, {&epoch, time.Time{}, epoch},
	} {
		if got := created(tt.epoch, tt.commit); !got.Equal(tt.want) || got.Location() != time.UTC {
			t.Errorf("epoch %v, commit %v: %s, want %s", tt.epoch, tt.commit, got, tt.want)
		}
	}
}
