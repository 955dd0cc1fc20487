//go:build linux

package integration

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
)

// TestImagePath puts the program where manifests look for it, also where files and a folder of the configuration lie beside it.
func TestImagePath(t *testing.T) {
	eachMode(t, func(t *testing.T, m mode) {
		for config, path := range map[string]string{
			"image: {path: /app}\n":      "/app",
			"image: {path: /srv/bin/}\n": "/srv/bin/hello",
			"image: {path: /srv/app, files: [{from: go.mod, to: /srv/go.mod}]}\n":  "/srv/app",
			"image: {path: /ko-app/hello, workdir: /ko-app, volumes: [/ko-app/x]}": "/ko-app/hello",
		} {
			dir := example(t, "hello")
			configure(t, dir, config)
			r := m.build(t, build{dir: dir})
			file := config1(t, r)
			if !slices.Equal(file.Entrypoint, []string{path}) {
				t.Errorf("%s: the entrypoint is %q, want %q", config, file.Entrypoint, path)
			}
			r.says(t, path+" ")
			r.runs(t, "hello from ")
		}
	})
}

// containerConfig is what the configuration of an image says of the container, in Docker's format.
type containerConfig struct {
	Entrypoint  []string
	Healthcheck *struct {
		Test     []string
		Interval int64
		Retries  int
	}
}

// config1 is that of the only image.
func config1(t *testing.T, r result) containerConfig {
	t.Helper()
	raw, err := r.image(t).RawConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Config containerConfig }
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	return file.Config
}

// TestDefaultPlatforms builds for the platforms of the configuration where nobody asks for others.
func TestDefaultPlatforms(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, m mode) {
		dir := example(t, "hello")
		configure(t, dir, "platforms: [linux/amd64, linux/arm64]\ntargets: {one: {platforms: [linux/riscv64]}}\n")
		for _, c := range []struct {
			b    build
			want []string
		}{
			{build{dir: dir}, []string{"linux/amd64", "linux/arm64"}},
			{build{dir: dir, platforms: "linux/arm/v7"}, []string{"linux/arm/v7"}},
			{build{dir: dir, flags: []string{"--target", "one"}}, []string{"linux/riscv64"}},
		} {
			if got := slices.Sorted(maps.Keys(m.build(t, c.b).images(t))); !slices.Equal(got, c.want) {
				t.Errorf("%q %q: built for %q, want %q", c.b.platforms, c.b.flags, got, c.want)
			}
		}
	})
}

// TestHealthcheck is written for Docker, with a word on who loses it; a program of it that is not there is a mistake.
func TestHealthcheck(t *testing.T) {
	eachMode(t, func(t *testing.T, m mode) {
		dir := example(t, "hello")
		configure(t, dir, "image:\n  healthcheck: {test: [/usr/local/bin/hello, -health], interval: 30s, retries: 3}\n")
		r := m.build(t, build{dir: dir})
		r.says(t, "the OCI format has no place for it")
		check := config1(t, r).Healthcheck
		if check == nil || !slices.Equal(check.Test, []string{"CMD", "/usr/local/bin/hello", "-health"}) || check.Interval != 30e9 || check.Retries != 3 {
			t.Errorf("the health check is %+v", check)
		}
		configure(t, dir, "image:\n  healthcheck: {test: [curl, localhost]}\n")
		r = m.fail(t, build{dir: dir})
		r.says(t, "Dockerfile:3", "the health check would not start in the image")
		r.exits(t, m, 2)
	})
}
