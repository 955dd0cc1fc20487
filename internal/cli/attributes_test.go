package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/diag"
)

// TestUnknownAttributes: what BuildKit would pass over is told, and is no mistake where a newer one may know it.
func TestUnknownAttributes(t *testing.T) {
	for value, want := range map[string]string{
		"type=oci,dest=x,compression=zstd,compression-level=3":                                         "",
		"type=registry,name=a,push-by-digest=true,annotation.a=b,annotation-manifest[linux/amd64].a=b": "",
		"type=local,dest=x,platform-split=false":                                                       "",
		"type=oci,dest=x,zzzzzzzz=1,yyyyyyyy=2":                                                        "type=oci has no yyyyyyyy, zzzzzzzz",
	} {
		var mistakes diag.List
		got := strings.Join(unknownAttributes(OutputOptions{Outputs: []string{value}}.parse(new(bytes.Buffer), &mistakes)), "\n")
		if err := mistakes.Err(); err != nil {
			t.Errorf("%s: %v", value, err)
		}
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", value, got, want)
		}
	}
}

// TestFilesAreNoImage: pushing what --target binaries gives makes an image that cannot start.
func TestFilesAreNoImage(t *testing.T) {
	for target, warned := range map[string]bool{"": false, "worker": false, "binaries": true, "worker/sbom": true} {
		o := BuildOptions{JobOptions: JobOptions{Source: SourceOptions{Target: target}}, Output: OutputOptions{Tags: []string{"x"}, Push: true}}
		var mistakes diag.List
		got := strings.Join(o.warnings(o.Output.parse(new(bytes.Buffer), &mistakes)), "\n")
		if strings.Contains(got, "no image that starts") != warned {
			t.Errorf("--target %s: %q", target, got)
		}
	}
}

// TestOtherName: a configuration under a name that is not read would be the defaults without a word.
func TestOtherName(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dir, "modship.yml", "main: .\n")
	var mistakes diag.List
	chooseDefinition(dir, "", nil, &mistakes)
	if text := strings.Join(messages(mistakes), "\n"); text != "modship.yml: the file is not read under this name; call it modship.yaml" {
		t.Errorf("it is said: %q", text)
	}
	writeFile(t, dir, "modship.yaml", "main: .\n")
	mistakes = diag.List{}
	if chooseDefinition(dir, "", nil, &mistakes); mistakes.Err() != nil {
		t.Error(mistakes.Err())
	}
}
