package config_test

import (
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/testing/diagtest"
)

const ranges = `# syntax=x
# é: bytes, not letters
main: ./cmd/é   # comment
image:
  user: "1001:1002"
  annotations: {É: 'it''s', B: "a\tb"}
  labels:
    org.opencontainers.image.title: Title
    org: short
  ports:
    - 8080
    - 9090/tcp
  cmd: [a b, "c"]
  files:
  - from: x
    to: /y
targets:
  worker:
    image: {labels: {org: other}}
`

// TestRange takes the text at each range out of the file again.
func TestRange(t *testing.T) {
	for _, tt := range []struct{ path, want string }{
		{"main", "./cmd/é"},
		{"image.user", `"1001:1002"`},
		{"image.annotations.É", `'it''s'`},
		{"image.annotations.B", `"a\tb"`},
		{"image.annotations", `{É: 'it''s', B: "a\tb"}`},
		{"image.labels.org.opencontainers.image.title", "Title"},
		{"image.labels.org", "short"},
		{"image.labels", "org.opencontainers.image.title: Title\n    org: short"},
		{"image.ports[0]", "8080"},
		{"image.ports.1", "9090/tcp"},
		{"image.ports", "- 8080\n    - 9090/tcp"},
		{"image.ports[7]", "- 8080\n    - 9090/tcp"},
		{"image.cmd[0]", "a b"},
		{"image.cmd[1]", `"c"`},
		{"image.files[0].to", "/y"},
		{"image.user.deeper", `"1001:1002"`},
		{"nothing", "# syntax=x"},
		{"", "# syntax=x"},
	} {
		for _, ending := range []string{"\n", "\r\n"} {
			text := strings.ReplaceAll(ranges, "\n", ending)
			file, err := config.Parse("app.yaml", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			got := strings.ReplaceAll(diagtest.Cut(t, text, file.TargetRange("", tt.path)), "\r", "")
			if got != tt.want {
				t.Errorf("%q with %q: got %q, want %q", tt.path, ending, got, tt.want)
			}
		}
	}
}

func TestTargetRange(t *testing.T) {
	file, err := config.Parse("app.yaml", []byte(ranges))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ target, path, want string }{
		{"worker", "image.labels.org", "other"},
		{"worker", "image.user", `"1001:1002"`},
		{"", "image.labels.org", "short"},
		{"nope", "image.user", "# syntax=x"},
	} {
		if got := diagtest.Cut(t, ranges, file.TargetRange(tt.target, tt.path)); got != tt.want {
			t.Errorf("%q %q: got %q, want %q", tt.target, tt.path, got, tt.want)
		}
	}
}

func TestRangeOfNothing(t *testing.T) {
	file, err := config.Parse("app.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := file.TargetRange("", "image.user"), (diag.Range{File: "app.yaml"}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}
