//go:build linux

package integration

import (
	"bytes"
	"debug/buildinfo"
	"debug/macho"
	"debug/pe"
	"path/filepath"
	"strings"
	"testing"
)

// TestOtherSystems builds programs for other systems than Linux, and reads them back.
func TestOtherSystems(t *testing.T) {
	t.Parallel()
	platforms, names := "darwin/arm64,windows/amd64", []string{"darwin-arm64", "windows-amd64.exe"}
	if full() { // each has a standard library to compile
		platforms, names = platforms+",darwin/amd64,windows/arm64", append(names, "darwin-amd64", "windows-arm64.exe")
	}
	eachMode(t, func(t *testing.T, m mode) {
		dest := t.TempDir()
		m.build(t, build{dir: example(t, "hello"), platforms: platforms, noImage: true,
			flags: []string{"--target", "binaries", "--output", "type=local,dest=" + dest}})
		files := readFolder(t, dest)
		for _, name := range names {
			program := files["hello-"+name]
			info, err := buildinfo.Read(bytes.NewReader(program))
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			settings := map[string]string{}
			for _, s := range info.Settings {
				settings[s.Key] = s.Value
			}
			goos, goarch, _ := strings.Cut(strings.TrimSuffix(name, filepath.Ext(name)), "-")
			if settings["GOOS"] != goos || settings["GOARCH"] != goarch || settings["CGO_ENABLED"] != "0" {
				t.Errorf("%s: the settings are %v", name, settings)
			}
			checkProcessor(t, name, program)
			if !strings.Contains(string(files["SHA256SUMS"]), "  hello-"+name+"\n") {
				t.Errorf("%s is not in SHA256SUMS:\n%s", name, files["SHA256SUMS"])
			}
		}
		r := m.fail(t, build{dir: example(t, "hello"), platforms: "linux/amd64,windows/amd64"})
		if !strings.Contains(r.log, "images are made for linux only, not for windows/amd64") {
			t.Errorf("of an image for windows it says\n%s", r.log)
		}
	})
}

// checkProcessor reads the headers that the systems go by.
func checkProcessor(t *testing.T, name string, program []byte) {
	t.Helper()
	if strings.HasPrefix(name, "darwin") {
		file, err := macho.NewFile(bytes.NewReader(program))
		if want := map[string]macho.Cpu{"darwin-amd64": macho.CpuAmd64, "darwin-arm64": macho.CpuArm64}[name]; err != nil || file.Cpu != want {
			t.Errorf("%s: %v, %v", name, err, file)
		}
		return
	}
	file, err := pe.NewFile(bytes.NewReader(program))
	if want := map[string]uint16{"windows-amd64.exe": pe.IMAGE_FILE_MACHINE_AMD64, "windows-arm64.exe": pe.IMAGE_FILE_MACHINE_ARM64}[name]; err != nil || file.Machine != want {
		t.Errorf("%s: %v, %v", name, err, file)
	}
}
