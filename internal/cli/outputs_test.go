package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/buildkit/client"

	"github.com/modship-build/modship/internal/diag"
)

// made is what a test compares of an output.
type made struct {
	Type, Dest, Dir string
	File            bool // it is written through Output
	Attrs           map[string]string
}

func madeOf(outputs []output) []made {
	var all []made
	for _, o := range outputs {
		all = append(all, made{o.Type, o.dest, o.OutputDir, o.Output != nil, o.Attrs})
	}
	return all
}

func TestParseOutputs(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	writeFile(t, dir, "taken", "")
	writeFile(t, dir, "d/x", "")
	if err := os.Symlink("d", "linked"); err != nil {
		t.Fatal(err)
	}
	const hello = "localhost:5000/hello:latest"
	for _, tc := range []struct {
		name     string
		options  OutputOptions
		want     []made
		mistakes []string
	}{
		{name: "nothing"},
		{name: "name", options: OutputOptions{Tags: []string{"hello"}},
			want: []made{{Type: "image", Attrs: map[string]string{"name": "docker.io/library/hello:latest"}}}},
		{name: "push", options: OutputOptions{Tags: []string{"localhost:5000/hello"}, Push: true},
			want: []made{{Type: "image", Attrs: map[string]string{"name": hello, "push": "true"}}}},
		{name: "names", options: OutputOptions{Tags: []string{"localhost:5000/hello", "a/b:c"}, Push: true},
			want: []made{{Type: "image", Attrs: map[string]string{"name": hello + ",docker.io/a/b:c", "push": "true"}}}},
		{name: "push an output that has a name", options: OutputOptions{Outputs: []string{"type=image,name=" + hello}, Push: true},
			want: []made{{Type: "image", Attrs: map[string]string{"name": hello, "push": "true"}}}},
		{name: "push beside a file", options: OutputOptions{Outputs: []string{"type=oci,dest=x.tar"}, Tags: []string{hello}, Push: true},
			want: []made{
				{Type: "oci", Dest: "x.tar", File: true, Attrs: map[string]string{"name": hello}},
				{Type: "image", Attrs: map[string]string{"name": hello, "push": "true"}},
			}},
		{name: "name of a file only", options: OutputOptions{Outputs: []string{"type=docker,dest=x.tar"}, Tags: []string{hello}},
			want: []made{{Type: "docker", Dest: "x.tar", File: true, Attrs: map[string]string{"name": hello}}}},
		{name: "registry", options: OutputOptions{Outputs: []string{"type=registry,compression=zstd"}, Tags: []string{hello}},
			want: []made{{Type: "image", Attrs: map[string]string{"name": hello, "push": "true", "compression": "zstd"}}}},
		{name: "bare path", options: OutputOptions{Outputs: []string{"dist"}}, want: []made{{Type: "local", Dest: "dist", Dir: "dist", Attrs: map[string]string{}}}},
		{name: "bare path of a directory that is there", options: OutputOptions{Outputs: []string{"d"}}, want: []made{{Type: "local", Dest: "d", Dir: "d", Attrs: map[string]string{}}}},
		{name: "standard output", options: OutputOptions{Outputs: []string{"-"}}, want: []made{{Type: "tar", Dest: "-", File: true, Attrs: map[string]string{}}}},
		{name: "archive on standard output", options: OutputOptions{Outputs: []string{"type=oci,dest=-"}}, want: []made{{Type: "oci", Dest: "-", File: true, Attrs: map[string]string{}}}},
		{name: "archive without a path", options: OutputOptions{Outputs: []string{"type=docker"}}, want: []made{{Type: "docker", Dest: "-", File: true, Attrs: map[string]string{}}}},
		{name: "layout directory", options: OutputOptions{Outputs: []string{"type=oci,tar=false,dest=layout"}},
			want: []made{{Type: "oci", Dest: "layout", Dir: "layout", Attrs: map[string]string{"tar": "false"}}}},
		{name: "file that is overwritten", options: OutputOptions{Outputs: []string{"type=tar,dest=taken"}}, want: []made{{Type: "tar", Dest: "taken", File: true, Attrs: map[string]string{}}}},
		{name: "cache only", options: OutputOptions{Outputs: []string{"type=cacheonly"}}},

		{name: "bad types", options: OutputOptions{Outputs: []string{"type=ocl,dest=x", "type=squashfs", "dest=x,y=z", "a,b"}}, mistakes: []string{
			`--output: type=ocl,dest=x: unknown type "ocl"; did you mean "oci"?`,
			`--output: type=squashfs: unknown type "squashfs"; want type=image|registry|oci|docker|tar|local|cacheonly`,
			`--output: dest=x,y=z: unknown type ""; want type=image|registry|oci|docker|tar|local|cacheonly`,
			`--output: a,b: want key=value instead of "a"`,
		}},
		{name: "bad paths", options: OutputOptions{Outputs: []string{"type=local", "type=tar,dest=d", "type=oci,dest=no/x.tar", "taken", "type=image,dest=x", "type=oci,tar=false"}}, mistakes: []string{
			"--output: this type needs a directory: dest=DIR",
			"--output: d is a directory",
			"--output: there is no directory no",
			"--output: taken is not a directory",
			"--output: type=image is not written to a file, so dest=x has no meaning",
			"--output: this type needs a directory: dest=DIR",
		}},
		{name: "output= of other tools", options: OutputOptions{Outputs: []string{"typ=oci,output=x"}}, mistakes: []string{`--output: typ=oci,output=x: unknown type ""; did you mean type=oci,dest=x?`}},
		{name: "push without a name", options: OutputOptions{Push: true}, mistakes: []string{"what is pushed needs a name; give it with --tag"}},
		{name: "bad names", options: OutputOptions{Tags: []string{"UPPER", "x@sha256:" + digits}}, mistakes: []string{
			`--tag: "UPPER": invalid reference format: repository name (library/UPPER) must be lowercase`,
			`--tag: "x@sha256:` + digits + `": a name with a digest cannot be given to a new image`,
		}},
		{name: "one name twice", options: OutputOptions{Tags: []string{"hello", "docker.io/library/hello:latest"}},
			want: []made{{Type: "image", Attrs: map[string]string{"name": "docker.io/library/hello:latest"}}}},
		{name: "one file for several things", options: OutputOptions{Outputs: []string{"type=oci,dest=x.tar", "type=docker,dest=./x.tar"}, MetadataFile: filepath.Join(dir, "x.tar"), ImageRefFile: "linked/x", Tags: []string{"x"}},
			mistakes: []string{
				"--metadata-file: " + filepath.Join(dir, "x.tar") + " is what --output writes as well; give each a file of its own",
				"--output: ./x.tar is what --output writes as well; give each a file of its own",
			}},
		{name: "one file by way of links", options: OutputOptions{Outputs: []string{"type=tar,dest=d/x"}, MetadataFile: "linked/x"},
			mistakes: []string{"--metadata-file: linked/x is what --output writes as well; give each a file of its own"}},
		{name: "what is no file takes all", options: OutputOptions{Outputs: []string{"type=tar,dest=/dev/null", "type=oci,dest=/dev/null"}, MetadataFile: "/dev/null"}, want: []made{
			{Type: "tar", Dest: "/dev/null", File: true, Attrs: map[string]string{}}, {Type: "oci", Dest: "/dev/null", File: true, Attrs: map[string]string{}}}},
		{name: "files that cannot be written", options: OutputOptions{Tags: []string{"x"}, MetadataFile: "no/meta", ImageRefFile: "d"},
			mistakes: []string{"--image-ref-file: d is a directory", "--metadata-file: there is no directory no"}},
		{name: "two on standard output", options: OutputOptions{Outputs: []string{"-", "type=oci"}}, mistakes: []string{"more than one output, or the digest of --quiet, is to go to standard output; give all but one a dest="}},
		{name: "quiet on standard output", options: OutputOptions{Outputs: []string{"-"}, Quiet: true}, mistakes: []string{"more than one output, or the digest of --quiet, is to go to standard output; give all but one a dest="}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var mistakes diag.List
			got := tc.options.parse(new(bytes.Buffer), &mistakes)
			if diff := cmp.Diff(tc.mistakes, messages(mistakes)); diff != "" {
				t.Fatal(diff)
			}
			if tc.mistakes != nil {
				return
			}
			if diff := cmp.Diff(tc.want, madeOf(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

const digits = "0123456789012345678901234567890123456789012345678901234567890123"

// A file is replaced when the build has succeeded: a failed build leaves the last one alone.
func TestOutputFileIsReplacedLast(t *testing.T) {
	path := writeFile(t, t.TempDir(), "x.tar", "the last build")
	var mistakes diag.List
	var stdout bytes.Buffer
	outputs := OutputOptions{Outputs: []string{"type=oci,dest=" + path, "-"}}.parse(&stdout, &mistakes)
	if mistakes != nil {
		t.Fatal(mistakes.Err())
	}
	if data, _ := os.ReadFile(path); string(data) != "the last build" {
		t.Errorf("after parsing, the file is %q", data)
	}
	j := &build{outputs: outputs}
	defer j.discard()
	for _, out := range outputs {
		w, err := out.Output(nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, "new"); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if data, _ := os.ReadFile(path); string(data) != "the last build" {
		t.Errorf("after writing, the file is %q", data)
	}
	if err := j.commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if data, _ := os.ReadFile(path); string(data) != "new" {
		t.Errorf("after the build, the file is %q", data)
	}
	if stdout.String() != "new" {
		t.Errorf("standard output is %q", &stdout)
	}
}

func TestSummary(t *testing.T) {
	image := output{ExportEntry: client.ExportEntry{Type: "image", Attrs: map[string]string{"name": "docker.io/me/app:latest,localhost:5000/app:v1", "push": "true"}}}
	local := output{ExportEntry: client.ExportEntry{Type: "image", Attrs: map[string]string{"name": "docker.io/me/app:latest"}}}
	nameless := output{ExportEntry: client.ExportEntry{Type: "image"}}
	response := map[string]string{"containerimage.digest": "sha256:abc", "containerimage.config.digest": "sha256:def"}
	got := summary([]output{
		image, local, nameless,
		{ExportEntry: client.ExportEntry{Type: "oci"}, dest: filepath.Join("out", "x.tar")},
		{ExportEntry: client.ExportEntry{Type: "tar"}, dest: "-"},
		{ExportEntry: client.ExportEntry{Type: "local"}, dest: "dist"},
	}, response)
	want := []string{
		"pushed me/app:latest@sha256:abc",
		"pushed localhost:5000/app:v1@sha256:abc",
		"built me/app:latest@sha256:abc (not pushed: --push sends it to the registry, --load into Docker)",
		"built image@sha256:abc (not pushed: --push sends it to the registry, --load into Docker)",
		"wrote OCI archive " + filepath.Join("out", "x.tar") + " (sha256:abc)",
		"wrote tar archive to standard output",
		"wrote files to dist",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	delete(response, "containerimage.digest")
	if got := imageDigest(response); got != "sha256:def" {
		t.Errorf("digest is %s", got)
	}
}

// TestOutputFolders: a folder for an output is one that others can look into, and is gone where nothing came into it.
func TestOutputFolders(t *testing.T) {
	t.Chdir(t.TempDir())
	writeFile(t, ".", "there/x", "")
	j := &build{}
	for _, dir := range []string{"dist", "a/b", "there"} {
		out := newOutput("local", dir)
		out.OutputDir = dir
		j.outputs = append(j.outputs, out)
	}
	if err := j.makeFolders(); err != nil {
		t.Fatal(err)
	}
	like := filepath.Join(t.TempDir(), "like")
	if err := os.Mkdir(like, 0o777); err != nil {
		t.Fatal(err)
	}
	want, err := os.Stat(like)
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"dist", "a", "a/b"} {
		if fi, err := os.Stat(dir); err != nil || fi.Mode() != want.Mode() {
			t.Errorf("%s: %v, %v", dir, fi, err)
		}
	}
	writeFile(t, ".", "dist/program", "")
	j.discard()
	for dir, stays := range map[string]bool{"dist": true, "a": false, "there": true} {
		if _, err := os.Stat(dir); (err == nil) != stays {
			t.Errorf("%s: %v", dir, err)
		}
	}
}

// TestOutputFoldersSideBySide: targets that are built at the same time have folders in one that none of them finds.
func TestOutputFoldersSideBySide(t *testing.T) {
	t.Chdir(t.TempDir())
	for round := range 50 {
		var wg sync.WaitGroup
		for target := range 8 {
			out := newOutput("local", "")
			out.OutputDir = fmt.Sprintf("dist%d/all/of/%d", round, target)
			wg.Go(func() {
				if err := (&build{outputs: []output{out}}).makeFolders(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
}
