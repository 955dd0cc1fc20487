package startable

import (
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/modship-build/modship/internal/target"
)

// TestEnvScript: what env(1) is to look for is in PATH, as the kernel and env read the first line of the script.
func TestEnvScript(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	const lacks = "is in no folder of PATH (/opt/bin)"
	for line, want := range map[string]string{
		"#!/usr/bin/env tool":                 "",
		"#! /usr/bin/env  tool ":              "",
		"#!/usr/bin/env python3":              `the program "python3" ` + lacks,
		"#!/usr/bin/env plain":                `the program "plain" ` + lacks, // it cannot be run
		"#!/usr/bin/env tool -e":              `the program "tool -e" ` + lacks,
		"#!/usr/bin/env -S tool -e":           "",
		"#!/usr/bin/env -S A=b python3 -e":    `the program "python3" ` + lacks,
		"#!/usr/bin/env -i python3":           "",
		"#!/usr/bin/env":                      "",
		"#!/usr/bin/tool python3":             "",
		"#!/opt/bin/other":                    `the program "python3" ` + lacks,
		"#!/usr/bin/env -S ${RUNNER} python3": "",
	} {
		image := fstest.MapFS{
			"run": {Data: []byte(line + "\n"), Mode: 0o755}, "usr/bin/env": {Data: program, Mode: 0o755}, "usr/bin/tool": {Data: program, Mode: 0o755},
			"opt/bin/tool": {Data: program, Mode: 0o755}, "opt/bin/plain": {Data: program, Mode: 0o644},
			"opt/bin/other": {Data: []byte("#!/usr/bin/env python3\n"), Mode: 0o755},
		}
		report, err := Check(image, "/run", target.Target{OS: "linux", Arch: runtime.GOARCH}, "PATH=/opt/bin")
		if err != nil {
			t.Fatal(err)
		}
		said := ""
		if err := report.Err(); err != nil {
			said = err.Error()
		}
		if want == "" && strings.Contains(said, "PATH") || !strings.Contains(said, want) {
			t.Errorf("%s: %q, want %q", line, said, want)
		}
	}
}
