package cli

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/diag"
)

func TestCompressionFlag(t *testing.T) {
	forced := func(method string) map[string]string {
		return map[string]string{"compression": method, "force-compression": "true"}
	}
	typed := func(attrs map[string]string, types string) map[string]string {
		attrs["oci-mediatypes"] = types
		return attrs
	}
	none := map[string]string{}
	for _, tc := range []struct {
		name, flag, output string
		based              bool
		want               map[string]string
		mistakes           []string
	}{
		{name: "none on scratch", output: "type=image", want: forced("gzip")},
		{name: "none on a base", output: "type=image", based: true, want: none},
		{name: "none for Docker", output: "type=docker,dest=x", want: forced("gzip")},
		{name: "auto on scratch", flag: "auto", output: "type=image", want: forced("zstd")},
		{name: "auto on a base", flag: "auto", output: "type=image", based: true, want: none},
		{name: "auto in an archive", flag: "auto", output: "type=oci,dest=x", want: forced("zstd")},
		{name: "auto for Docker", flag: "auto", output: "type=docker,dest=x", want: forced("gzip")},
		{name: "auto for files", flag: "auto", output: "type=tar,dest=x", want: none},
		{name: "auto with Docker's media types", flag: "auto", output: "type=image,oci-mediatypes=false", want: typed(forced("gzip"), "false")},
		{name: "auto with OCI's media types", flag: "auto", output: "type=image,oci-mediatypes=1", want: typed(forced("zstd"), "1")},
		{name: "what the output says", flag: "auto", output: "type=image,compression=gzip", want: forced("gzip")},
		{name: "what the output alone says", output: "type=image,compression=zstd", want: forced("zstd")},
		{name: "zstd on a base", flag: "zstd", output: "type=image", based: true, want: map[string]string{"compression": "zstd"}},
		{name: "zstd on a base for Docker", flag: "zstd", output: "type=docker,dest=x", based: true, want: none},
		{name: "gzip on a base", flag: "gzip", output: "type=image", based: true, want: map[string]string{"compression": "gzip"}},
		{name: "own force", flag: "gzip", output: "type=image,force-compression=false", want: map[string]string{"compression": "gzip", "force-compression": "false"}},

		{name: "other name", flag: "zstdd", output: "type=image", want: none, mistakes: []string{`--compression: unknown compression "zstdd"; did you mean "zstd"?`}},
		{name: "level", flag: "gzip:1", output: "type=image", want: none, mistakes: []string{`--compression: unknown compression "gzip:1"; did you mean "gzip"?`}},
		{name: "no name", flag: "brotli", output: "type=image", want: none, mistakes: []string{`--compression: unknown compression "brotli"; write auto, gzip or zstd`}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			o := OutputOptions{Outputs: []string{tc.output}, Compression: tc.flag}
			var mistakes diag.List
			outputs := o.parse(new(bytes.Buffer), &mistakes)
			o.compress(outputs, func() bool { return !tc.based }, &mistakes)
			if diff := cmp.Diff(tc.mistakes, messages(mistakes)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tc.want, outputs[0].Attrs); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestOnScratch: the base is that of the target and of the build arguments, and what cannot be read has one.
func TestOnScratch(t *testing.T) {
	const text = "args: {BASE: scratch}\nimage: {base: \"${BASE}\"}\ntargets: {tool: {}, server: {image: {base: debian}}}\n"
	for _, tc := range []struct {
		text, target string
		attrs        map[string]string
		want         bool
	}{
		{text: "", want: true},
		{text: text, want: true},
		{text: text, attrs: map[string]string{"build-arg:BASE": "debian"}},
		{text: text, target: "tool", want: true},
		{text: text, target: "server"},
		{text: text, target: "server/sbom"},
		{text: text, target: "binaries", want: true},
		{text: text, target: "absent"},
		{text: "image: {bas: x}\n"},
	} {
		if got := inMemory(configName, []byte(tc.text)).onScratch(tc.target, tc.attrs); got != tc.want {
			t.Errorf("%q, target %q, %v: on scratch is %t", tc.text, tc.target, tc.attrs, got)
		}
	}
	if (definition{name: configName}).onScratch("", nil) {
		t.Error("a configuration that is not there is on scratch")
	}
}
