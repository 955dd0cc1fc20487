package cli

import (
	"runtime/debug"
	"testing"
)

func TestFormatVersion(t *testing.T) {
	info := &debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Version: "v1.2.3"}, Settings: []debug.BuildSetting{
		{Key: "GOOS", Value: "linux"}, {Key: "GOARCH", Value: "arm64"},
	}}
	if got, want := formatVersion(info), "modship v1.2.3 (go1.26.8, linux/arm64)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	info.Deps = []*debug.Module{{Path: "example.com/other", Version: "v1.0.0"}, {Path: "github.com/moby/buildkit", Version: "v0.33.1"}}
	if got, want := formatVersion(info), "modship v1.2.3 (go1.26.8, linux/arm64, BuildKit v0.33.1)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	info.Deps = nil
	info.Main.Version = ""
	info.Settings = append(info.Settings, debug.BuildSetting{Key: "vcs.revision", Value: "abc"}, debug.BuildSetting{Key: "vcs.modified", Value: "true"})
	if got, want := formatVersion(info), "modship (devel) (go1.26.8, linux/arm64, abc, modified)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
