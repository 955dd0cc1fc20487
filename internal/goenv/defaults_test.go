package goenv

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

const sampleEnv = "# comment GOPROXY=https://comment.example\n\nGOPROXY=https://a.example,direct\r\nGOSUMDB=sum.golang.org\nGOPRIVATE=x.example, y.example,\n"

func TestDefaultsOfTheEmbeddedFile(t *testing.T) {
	files := fstest.MapFS{"data/go.env": {Data: []byte(sampleEnv)}}
	got, err := readDefaults(files)
	want := Settings{Proxy: "https://a.example,direct", SumDB: "sum.golang.org", Private: []string{"x.example", "y.example"}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestDefaultsWithoutTheFile(t *testing.T) {
	got, err := readDefaults(fstest.MapFS{})
	if diff := cmp.Diff(Settings{SumDB: DefaultSumDB}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := ParseProxies(got.Proxy); !errors.Is(err, ErrNoProxy) {
		t.Errorf("got %v, want ErrNoProxy", err)
	}
}

func TestDefaultsReportAnUnreadableFile(t *testing.T) {
	if got, err := readDefaults(fstest.MapFS{"data/go.env/x": {}}); err == nil {
		t.Errorf("a folder was read as %+v", got)
	}
}

// TestDefaultsAgreeWithTheGoCommand takes the go command as the judge of its own go.env.
func TestDefaultsAgreeWithTheGoCommand(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(goroot(t), "go.env"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := readDefaults(fstest.MapFS{"data/go.env": {Data: data}})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "env", "GOPROXY", "GOSUMDB")
	cmd.Env = append(os.Environ(), "GOENV=off", "GOPROXY=", "GOSUMDB=")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.TrimSpace(string(out)); got.Proxy+"\n"+got.SumDB != want {
		t.Errorf("the defaults differ from those of the go command")
	}
	if err := got.Validate(); err != nil {
		t.Errorf("Go's own defaults are not valid: %v", err)
	}
}

func TestEmbeddedDirectorySaysWhy(t *testing.T) {
	if data, err := embedded.ReadFile("data/README.md"); err != nil || !bytes.Contains(data, []byte("names no proxy host")) {
		t.Errorf("data/README.md: %v\n%s", err, data)
	}
	if _, err := Defaults(); err != nil {
		t.Error(err)
	}
}

// FuzzParseEnvFile holds that a file written from what was parsed parses to the same, that comments and blank lines between
// lines change nothing, and that every key begins with a capital letter.
func FuzzParseEnvFile(f *testing.F) {
	for _, s := range []string{sampleEnv, "A=1\nA=2", "=x\nA\nB=\n", "GOPROXY==\r\n", "a=1\n#B=2\nÄ=3", "A=1\r\r\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		env := ParseEnvFile(data)
		var b strings.Builder
		for k, v := range env {
			if k == "" || k[0] < 'A' || k[0] > 'Z' || strings.Contains(k, "=") || strings.Contains(k+v, "\n") {
				t.Errorf("key %q, value %q", k, v)
			}
			b.WriteString("# comment A=b\n\n" + k + "=" + v + "\r\n")
		}
		if diff := cmp.Diff(env, ParseEnvFile([]byte(b.String()))); diff != "" {
			t.Errorf("writing and parsing again (-want +got):\n%s", diff)
		}
	})
}

func goroot(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}
