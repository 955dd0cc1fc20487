//go:build linux

package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Logs of builds, each of two steps.
const (
	firstLog  = "#1 [linux/amd64 deps] compile third-party packages\n#1 0.1 a.example/a\n#1 0.2 a.example/b\n#2 [linux/amd64 compile] go build x\n#2 0.1 x\n"
	secondLog = "#1 [linux/amd64 deps] compile third-party packages\n#1 0.1 a.example/c\n#2 [linux/amd64 compile] go build x/y\n#2 0.1 x\n#2 0.2 x/y\n"
	againLog  = "#1 [linux/amd64 deps] compile third-party packages\n#1 0.1 a.example/b\n#2 [linux/amd64 compile] go build x/y\n#2 0.1 a.example/a\n#2 0.2 x/y\n"
	otherLog  = "#1 [linux/arm64 deps] compile third-party packages\n#1 0.1 a.example/a\n#2 [linux/arm64 analyze] list\n#2 0.1 a.example/b\n"
	silentLog = "#1 [linux/amd64 build 2/3] RUN go build .\n#1 0.1 a.example/a\n#1 DONE 1.0s\n"
)

func TestCompiledAgain(t *testing.T) {
	for _, c := range []struct {
		name string
		logs []string
		want []string // of the last log
	}{
		{"the first build", []string{firstLog}, nil},
		{"builds that say nothing", []string{silentLog, silentLog}, nil},
		{"a build after one that says nothing", []string{silentLog, firstLog}, nil},
		{"new packages, and the module's own", []string{firstLog, secondLog}, []string{}},
		{"packages of before, in either step", []string{firstLog, againLog}, []string{"linux/amd64 a.example/a", "linux/amd64 a.example/b"}},
		{"packages of the build before the last", []string{firstLog, secondLog, againLog}, []string{"linux/amd64 a.example/a", "linux/amd64 a.example/b"}},
		{"another platform, and another step", []string{firstLog, otherLog}, []string{}},
		{"nothing at all", []string{firstLog, ""}, []string{}},
	} {
		packages := compiled{}
		var got []string
		for _, log := range c.logs {
			got = packages.add(log)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}
