package frontend

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestImageEnv(t *testing.T) {
	got, err := imageEnv([]byte(`{"config": {"Env": ["A=b", "PATH=/x:/y"]}}`))
	if diff := cmp.Diff([]string{"A=b", "PATH=/x:/y"}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if got, err := imageEnv(nil); len(got) > 0 || err != nil {
		t.Errorf("of scratch: %q, %v", got, err)
	}
	if got, err := imageEnv([]byte("[]")); err == nil {
		t.Errorf("of what is no configuration: %q", got)
	}
}

func TestSearchPath(t *testing.T) {
	if diff := cmp.Diff([]string{"/x", "/y"}, searchPath([]string{"XPATH=/z", "PATH=/x:/y"})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := searchPath(nil); len(got) == 0 {
		t.Error("nothing is searched without PATH")
	}
}

func TestGoRoot(t *testing.T) {
	for name, test := range map[string]struct {
		env  []string
		want string
	}{
		"nothing":             {nil, "/usr/local/go"},
		"official image":      {[]string{"PATH=/go/bin:/usr/local/go/bin:/usr/bin", "GOPATH=/go"}, "/usr/local/go"},
		"GOROOT":              {[]string{"PATH=/usr/local/go/bin", "GOROOT=/opt/go1.26/"}, "/opt/go1.26"},
		"GOROOT comes later":  {[]string{"PATH=/sdk/go/bin", "X=y", "GOROOT=/opt/go"}, "/opt/go"},
		"relative GOROOT":     {[]string{"GOROOT=go", "PATH=/sdk/go/bin"}, "/sdk/go"},
		"distribution's":      {[]string{"PATH=/usr/lib/go/bin:/bin"}, "/usr/lib/go"},
		"other folders":       {[]string{"PATH=/usr/bin:/bin/go/binary"}, "/usr/local/go"},
		"GOPATH before Go":    {[]string{"GOPATH=/root/go", "PATH=/root/go/bin:/usr/local/go/bin:/bin"}, "/usr/local/go"},
		"two GOPATHs":         {[]string{"PATH=/a/go/bin:/b/go/bin/:/sdk/go/bin", "GOPATH=/b/go:/a/go"}, "/sdk/go"},
		"GOPATH alone":        {[]string{"PATH=/src/go/bin", "GOPATH=/src/go"}, "/usr/local/go"},
		"GOPATH in HOME":      {[]string{"PATH=/home/u/go/bin:/sdk/go/bin", "HOME=/home/u"}, "/sdk/go"},
		"GOPATH of root":      {[]string{"PATH=/root/go/bin:/sdk/go/bin"}, "/sdk/go"},
		"Go in HOME":          {[]string{"PATH=/root/go/bin:/bin", "HOME=/root"}, "/root/go"},
		"Go in HOME, GOPATH":  {[]string{"PATH=/root/go/bin:/src/bin", "GOPATH=/src"}, "/root/go"},
		"GOPATH's own folder": {[]string{"PATH=/go/bin:/bin"}, "/usr/local/go"},
	} {
		if got := goRoot(test.env); got != test.want {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
	}
}
