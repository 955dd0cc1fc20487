//go:build linux

package integration

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/testing/testbed"
)

// TestScaleS3 keeps the cache of a builder of two daemons in a bucket.
func TestScaleS3(t *testing.T) {
	if !full() {
		t.Skip("it compiles an S3 server first, which takes minutes: set MODSHIP_TEST_FULL")
	}
	setUp(t)
	program, err := testbed.BuildTool(t.Context(), "..", "versitygw", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s3, stop, err := testbed.StartS3(t.Context(), program, filepath.Join(t.TempDir(), "s3"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	f := newFarm(t, "https://s3.example.com", s3.Endpoint, "region=us-east-1", "region="+s3.Region, "bucket=cache", "bucket="+s3.Bucket)
	f.env = append(f.env, "AWS_ACCESS_KEY_ID="+s3.AccessKey, "AWS_SECRET_ACCESS_KEY="+s3.SecretKey)
	one := digests(t, syntax.build(t, build{dir: f.dir, platforms: twoPlatforms, args: f.args(), push: "web:one"}))
	f.section(t, "A node for each platform")
	f.section(t, "S3")
	for _, arch := range []string{"amd64", "arm64"} {
		if !exists(filepath.Join(s3.Dir, "web/manifests/main-"+arch)) {
			t.Errorf("the bucket has no list of the cache of %s", arch)
		}
	}
	layers := s3Layers(t, s3)

	f.forgetRequests()
	f.startsFromCache(t, f.onFresh(t, "S3"))
	f.shell(t, "docker buildx imagetools create -t localhost:5001/web:s3 localhost:5001/web:1-amd64 localhost:5001/web:1-arm64")
	f.likeOneDaemon(t, "web:s3", one)

	// Another branch writes a list, and no layer that is there.
	f.shell(t, "BRANCH=feature "+strings.Join(f.commands(t, "S3"), " "))
	if !exists(filepath.Join(s3.Dir, "web/manifests/feature-arm64")) {
		t.Error("the bucket has no list of the cache of the branch")
	}
	if diff := cmp.Diff(layers, s3Layers(t, s3)); diff != "" {
		t.Errorf("layers in the bucket (-main +branch):\n%s", diff)
	}

	// modship build has the keys of its environment, too.
	for arch, platform := range map[string]string{"amd64": "linux/amd64", "arm64": "linux/arm64"} {
		cache := "type=s3,endpoint_url=" + s3.Endpoint + ",use_path_style=true,region=" + s3.Region + ",bucket=" + s3.Bucket + ",prefix=web/,name=main-" + arch
		r := client.build(t, build{dir: f.dir, daemon: freshDaemon(t), platforms: platform, args: f.args(), noImage: true, flags: []string{"--cache-from", cache},
			with: []string{"env", "AWS_ACCESS_KEY_ID=" + s3.AccessKey, "AWS_SECRET_ACCESS_KEY=" + s3.SecretKey}})
		r.cached(t, "analyze", "deps", "compile")
	}
}

// s3Layers lists the layers in the bucket.
func s3Layers(t *testing.T, s3 testbed.S3) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(s3.Dir, "web/blobs"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	var size int64
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		names, size = append(names, e.Name()), size+info.Size()
	}
	t.Logf("%d layers, %.1f MB", len(names), float64(size)/1e6)
	slices.Sort(names)
	return names
}
