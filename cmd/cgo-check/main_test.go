package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/cgocheck"
	"github.com/modship-build/modship/internal/cgofacts"
	"github.com/modship-build/modship/internal/imagetool"
	"github.com/modship-build/modship/internal/testing/cgoprogram"
	"github.com/modship-build/modship/internal/testing/imagetest"
	"github.com/modship-build/modship/internal/testing/sariftest"
	"github.com/modship-build/modship/internal/testing/testbed"
)

// output gives what the command prints, and wants a code to exit with.
func output(t *testing.T, want int, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := newCommand()
	cmd.SetOut(&out)
	cmd.SetArgs(args)
	if got := imagetool.Code(&errs, cmd.ExecuteContext(t.Context())); got != want {
		t.Errorf("%v: exit code %d, want %d\n%s%s", args, got, want, &errs, &out)
	}
	return out.String()
}

// programs of a report by platform and path.
func programs(t *testing.T, text string) map[string]cgocheck.Program {
	t.Helper()
	var report cgocheck.Report
	if err := json.Unmarshal([]byte(text), &report); err != nil {
		t.Fatal(err)
	}
	if report.Version != cgocheck.Version {
		t.Errorf("version %d", report.Version)
	}
	all := map[string]cgocheck.Program{}
	for _, p := range report.Programs {
		all[p.Platform+p.Path] = p
	}
	return all
}

func content(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func image(arch string, files ...imagetest.File) imagetest.Image {
	return imagetest.Image{
		Config: ocispec.Image{
			Platform: ocispec.Platform{OS: "linux", Architecture: arch},
			Config:   ocispec.ImageConfig{Entrypoint: []string{"/app"}},
		},
		Files: files,
	}
}

// libraries are the loader and the C library of this machine at the paths where a program looks for them.
func libraries(t *testing.T) []imagetest.File {
	t.Helper()
	var files []imagetest.File
	for name, from := range map[string]string{
		"lib64/ld-linux-x86-64.so.2":     "/lib64/ld-linux-x86-64.so.2",
		"lib/x86_64-linux-gnu/libc.so.6": "/lib/x86_64-linux-gnu/libc.so.6",
	} {
		data, err := os.ReadFile(from)
		if err != nil {
			testbed.Missing(t, "a library of this machine: %v", err)
		}
		files = append(files, imagetest.File{Name: name, Content: data})
	}
	return files
}

// TestImage looks at an image for two platforms: one program has C, and the other's loader finds no library.
func TestImage(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the libraries are those of amd64")
	}
	c := content(t, cgoprogram.Build(t, cgoprogram.Program{Source: cgoprogram.C, CC: "gcc", Args: []string{"-ldflags=-s -w"}}))
	pure := content(t, cgoprogram.Build(t, cgoprogram.Program{Source: cgoprogram.Pure, Arch: "arm64"}))
	layout := imagetest.NewLayout(t)
	complete := layout.Index(nil,
		layout.Image(image("amd64", append(libraries(t), imagetest.File{Name: "usr/bin/app", Content: c}, imagetest.File{Name: "app", Link: "usr/bin/app"})...)),
		layout.Image(image("arm64", imagetest.File{Name: "app", Content: pure}, imagetest.File{Name: "other", Content: pure}, imagetest.File{Name: "readme", Content: []byte("text")})),
	)
	all := programs(t, output(t, 0, "--image", layout.Reference(complete), "-o", "json"))
	with, without := all["linux/amd64/usr/bin/app"], all["linux/arm64/app"]
	if len(all) != 2 || with.Facts == nil || without.Facts == nil || with.Verdict != cgofacts.Cgo || without.Verdict != cgofacts.None {
		t.Fatalf("%+v", all)
	}
	if with.Libraries == nil || len(with.Libraries.Found) == 0 || with.Libraries.Found[0].Path != "/lib/x86_64-linux-gnu/libc.so.6" || without.Libraries != nil {
		t.Errorf("%+v\n%+v", with.Libraries, without.Libraries)
	}
	all = programs(t, output(t, 0, "--image", layout.Reference(complete), "--all", "-o", "json"))
	if len(all) != 3 || all["linux/arm64/other"].Facts == nil {
		t.Errorf("%+v", all)
	}

	lacking := layout.Image(image("amd64", imagetest.File{Name: "app", Content: c}))
	text := output(t, imagetool.ExitFindings, "--image", layout.Reference(lacking))
	if !strings.Contains(text, "error: /app needs the dynamic loader /lib64/ld-linux-x86-64.so.2") || !strings.Contains(text, "(does-not-start)") {
		t.Error(text)
	}
}

func TestFile(t *testing.T) {
	path := cgoprogram.Build(t, cgoprogram.Program{Source: cgoprogram.Pure})
	text := output(t, 0, "--file", path)
	if !strings.HasPrefix(text, path+"\n  no C: Go's runtime is linked without its C part\n    build-info     maybe no  CGO_ENABLED=0\n") {
		t.Error(text)
	}
	if p := programs(t, output(t, 0, "--file", path, "-o", "json"))[path]; p.Size == 0 || len(p.SHA256) != 64 || p.Verdict != cgofacts.None {
		t.Errorf("%+v", p)
	}
}

func TestExitCodes(t *testing.T) {
	layout := imagetest.NewLayout(t)
	empty := layout.Reference(layout.Image(imagetest.Image{Config: ocispec.Image{Platform: ocispec.Platform{OS: "linux", Architecture: "amd64"}}}))
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		code int
		args []string
	}{
		{imagetool.ExitUsage, nil},
		{imagetool.ExitUsage, []string{"app"}},
		{imagetool.ExitUsage, []string{"--file", script, "--all"}},
		{imagetool.ExitUsage, []string{"--image", empty, "--all", "--binary", "/app"}},
		{imagetool.ExitUsage, []string{"--file", script, "--output", "xml"}},
		{imagetool.ExitUnread, []string{"--file", script}},
		{imagetool.ExitUnread, []string{"--file", filepath.Dir(script)}},
		{imagetool.ExitUnread, []string{"--file", "/none"}},
		{imagetool.ExitUnread, []string{"--image", "oci:/none"}},
		{imagetool.ExitUnread, []string{"--image", empty}},
		{imagetool.ExitFindings, []string{"--image", empty, "--binary", "/app"}},
		{0, []string{"--image", empty, "--all"}},
	} {
		output(t, test.code, test.args...)
	}
}

// TestForms writes one program in every form, into files that say theirs by their names.
func TestForms(t *testing.T) {
	path := cgoprogram.Build(t, cgoprogram.Program{Source: cgoprogram.C, CC: "gcc"})
	dir := t.TempDir()
	args := []string{"--file", path}
	for _, name := range []string{"a.spdx.json", "a.cdx.json", "a.sarif", "a.json", "a.txt"} {
		args = append(args, "-o", filepath.Join(dir, name))
	}
	if text := output(t, 0, args...); text != "" {
		t.Errorf("on standard output: %s", text)
	}
	for name, want := range map[string][]string{
		"a.spdx.json": {`"spdxVersion": "SPDX-2.3"`, `"Tool: cgo-check`, `"annotationType": "OTHER"`, "cgo: calls of main: one, strlen", "cgo: risk high: system is imported: it starts a shell", `"name": "libc.so.6"`},
		"a.cdx.json":  {`"specVersion": "1.6"`, `"name": "modship:cgo"`, `"purl": "pkg:golang/stdlib@1`, `"purl": "pkg:generic/libc.so.6"`},
		"a.sarif":     {`"version": "2.1.0"`, `"ruleId": "high-risk"`, `"uri": "Dockerfile"`, `"fullyQualifiedName": "` + path + `"`},
		"a.json":      {`"version": 1`, `"verdict": "cgo"`},
		"a.txt":       {"warning: system is imported: it starts a shell"},
	} {
		text := string(content(t, filepath.Join(dir, name)))
		for _, part := range want {
			if !strings.Contains(text, part) {
				t.Errorf("%s lacks %s:\n%.3000s", name, part, text)
			}
		}
		if name != "a.txt" && !json.Valid([]byte(text)) {
			t.Errorf("%s is no JSON", name)
		}
	}
	validSPDX(t, filepath.Join(dir, "a.spdx.json"))
	validCycloneDX(t, filepath.Join(dir, "a.cdx.json"))
	sariftest.Parse(t, content(t, filepath.Join(dir, "a.sarif")))
	if a, b := output(t, 0, "--file", path, "-o", "spdx"), output(t, 0, "--file", path, "-o", "spdx"); a != b {
		t.Error("two runs write different documents")
	}
	output(t, imagetool.ExitFindings, "--file", path, "--strict")
	output(t, imagetool.ExitUsage, "--file", path, "--file", path, "-o", "spdx")
}
