package imagetest

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"text/template"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/opencontainers/go-digest"
	"github.com/rogpeppe/go-internal/testscript"
)

// Params are those of the scripts in a folder, which make images by hand with commands beside those of testscript:
//
//	status CODE COMMAND ARG...   runs a command and compares the code that it exits with
//	layer FILE DIR [gzip|zstd]   packs a folder as a layer
//	layout DIR DOCUMENT          writes an OCI layout whose entry is a document
//
// Documents, and what they name that ends in .json, are templates. In them {{blob TYPE FILE}} is the descriptor of a file, {{fields
// TYPE FILE}} the same without its braces, so that more can follow, {{diffID FILE}} that of a layer, and {{env NAME}} a variable. Scripts
// find the go command with its caches, and the working directory of the test as $HERE.
func Params(dir string) testscript.Params {
	return testscript.Params{
		Dir:           dir,
		UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
		Setup:         setUp,
		Cmds:          map[string]func(*testscript.TestScript, bool, []string){"layer": packLayer, "layout": writeLayout, "status": status},
	}
}

func setUp(e *testscript.Env) error {
	out, err := exec.Command("go", "env", "GOCACHE", "GOMODCACHE", "GOPROXY", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("asking go for its folders: %w", err)
	}
	here, err := os.Getwd()
	if err != nil {
		return err
	}
	values := strings.Split(string(out), "\n")
	for i, name := range []string{"GOCACHE", "GOMODCACHE", "GOPROXY", "GOROOT"} {
		e.Setenv(name, values[i])
	}
	for name, value := range map[string]string{"HERE": here, "GOFLAGS": "-buildvcs=false", "GOTOOLCHAIN": "local", "GOOS": "linux", "GOARCH": "amd64", "CGO_ENABLED": "0", "DOCKER_CONFIG": e.WorkDir} {
		e.Setenv(name, value)
	}
	return nil
}

func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status CODE COMMAND ARG...")
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("running %s: %v", args[1], err)
		}
		got = exit.ExitCode()
	}
	if want := args[0]; want != strconv.Itoa(got) {
		ts.Fatalf("exit code %d, want %s", got, want)
	}
}

// packLayer packs a folder. Files have the modes that they have, and belong to root.
func packLayer(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: layer FILE DIR [gzip|zstd]")
	}
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	root := ts.MkAbs(args[1])
	ts.Check(filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == root {
			return err
		}
		return packFile(w, root, name)
	}))
	ts.Check(w.Close())
	content := b.Bytes()
	ts.Check(os.WriteFile(ts.MkAbs(args[0])+".tar", content, 0o600))
	if len(args) == 3 {
		content = compress(ts, args[2], content)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), content, 0o600))
}

func packFile(w *tar.Writer, root, name string) error {
	info, err := os.Lstat(name)
	if err != nil {
		return err
	}
	rel, err := filepath.Rel(root, name)
	if err != nil {
		return err
	}
	h := &tar.Header{Name: filepath.ToSlash(rel), Mode: int64(info.Mode().Perm()), Typeflag: tar.TypeReg}
	var content []byte
	switch {
	case info.IsDir():
		h.Typeflag, h.Name = tar.TypeDir, h.Name+"/"
	case info.Mode()&fs.ModeSymlink != 0:
		h.Typeflag = tar.TypeSymlink
		h.Linkname, err = os.Readlink(name)
	default:
		content, err = os.ReadFile(name)
		h.Size = int64(len(content))
	}
	if err != nil {
		return err
	}
	if err := w.WriteHeader(h); err != nil {
		return err
	}
	_, err = w.Write(content)
	return err
}

func compress(ts *testscript.TestScript, how string, content []byte) []byte {
	var b bytes.Buffer
	var w io.WriteCloser
	switch how {
	case "gzip":
		w = gzip.NewWriter(&b)
	case "zstd":
		z, err := zstd.NewWriter(&b)
		ts.Check(err)
		w = z
	default:
		ts.Fatalf("layer: %q is neither gzip nor zstd", how)
	}
	_, err := w.Write(content)
	ts.Check(err)
	ts.Check(w.Close())
	return b.Bytes()
}

// scriptLayout is a layout that a script writes.
type scriptLayout struct {
	ts  *testscript.TestScript
	dir string
}

func writeLayout(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: layout DIR DOCUMENT")
	}
	l := scriptLayout{ts, ts.MkAbs(args[0])}
	l.put("index.json", []byte(`{"schemaVersion":2,"manifests":[{`+l.fields("", args[1])+`}]}`))
	l.put("oci-layout", []byte(`{"imageLayoutVersion":"1.0.0"}`))
}

func (l scriptLayout) put(name string, content []byte) {
	file := filepath.Join(l.dir, name)
	l.ts.Check(os.MkdirAll(filepath.Dir(file), 0o755))
	l.ts.Check(os.WriteFile(file, content, 0o600))
}

// fields writes a blob and gives its descriptor without the braces.
func (l scriptLayout) fields(mediaType, file string) string {
	content, err := os.ReadFile(l.ts.MkAbs(file))
	l.ts.Check(err)
	if strings.HasSuffix(file, ".json") {
		content = l.expand(file, bytes.TrimSpace(content))
	}
	d := digest.FromBytes(content)
	l.put("blobs/sha256/"+d.Encoded(), content)
	text := fmt.Sprintf(`"digest":%q,"size":%d`, d, len(content))
	if mediaType != "" {
		text = fmt.Sprintf(`"mediaType":%q,`, mediaType) + text
	}
	return text
}

func (l scriptLayout) expand(name string, text []byte) []byte {
	t, err := template.New(name).Funcs(template.FuncMap{
		"blob":   func(mediaType, file string) string { return "{" + l.fields(mediaType, file) + "}" },
		"fields": l.fields,
		"env":    l.ts.Getenv,
		"diffID": func(file string) (digest.Digest, error) {
			content, err := os.ReadFile(l.ts.MkAbs(file) + ".tar")
			return digest.FromBytes(content), err
		},
	}).Parse(string(text))
	l.ts.Check(err)
	var b bytes.Buffer
	l.ts.Check(t.Execute(&b, nil))
	return b.Bytes()
}
