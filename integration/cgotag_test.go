//go:build linux

package integration

import (
	"slices"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/ctoolchain"
)

// kafkaModule imports a package that carries libraries for both C libraries and goes by the tag musl.
const kafkaModule = `
-- go.mod --
module example.com/events

go 1.26

require github.com/confluentinc/confluent-kafka-go/v2 v2.11.1
-- go.sum --
github.com/confluentinc/confluent-kafka-go/v2 v2.11.1 h1:qGCQznyp2BxyBNyOE+M7O1YS2tI1/Y60O0jQP452zA4=
github.com/confluentinc/confluent-kafka-go/v2 v2.11.1/go.mod h1:hScqtFIGUI1wqHIgM3mjoqEou4VweGGGX7dMpcUKves=
-- main.go --
package main

import (
	"fmt"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

func main() { fmt.Println(kafka.LibrdkafkaLinkInfo) }
`

const kafkaPackage = "github.com/confluentinc/confluent-kafka-go/v2/kafka"

// TestCgoMuslTag plans for a package that knows its libraries by the tag musl: the tag is set with musl, and only with it. Nothing is
// compiled.
func TestCgoMuslTag(t *testing.T) {
	t.Parallel()
	needDebian(t)
	for libc, want := range map[string]bool{"glibc": false, "musl": true} {
		dir := inline(t, kafkaModule)
		configure(t, dir, "cgo: {libc: "+libc+"}\n")
		p := planOf(t, dir, bothPlatforms)
		if got := slices.Contains(p.Flags.Tags, "musl"); got != want {
			t.Errorf("with %s the tag musl is set: %t", libc, got)
		}
		for _, img := range p.Images {
			if img.Cgo == nil || !slices.ContainsFunc(img.Cgo.Uses, func(u ctoolchain.Use) bool { return u.ImportPath == kafkaPackage && u.MuslTag }) {
				t.Errorf("the plan for %s does not know %s and its tag: %+v", img.Target, kafkaPackage, img.Cgo)
			}
		}
	}
	t.Run("tag-with-glibc", func(t *testing.T) {
		dir := inline(t, kafkaModule)
		configure(t, dir, "build: {tags: [musl]}\ncgo: {libc: glibc}\n")
		client.fail(t, build{dir: dir, platforms: "linux/amd64"}).says(t, "Dockerfile:2", "the tag musl has "+kafkaPackage, "which sets the tag")
	})
}

// TestCgoMuslTagLinks links the libraries that the package carries, and asks the program which they are.
func TestCgoMuslTagLinks(t *testing.T) {
	needFull(t)
	needDebian(t)
	for _, libc := range []string{"glibc", "musl"} {
		dir := inline(t, kafkaModule)
		configure(t, dir, "cgo: {libc: "+libc+"}\n")
		for platform, img := range client.build(t, build{dir: dir, platforms: bothPlatforms}).images(t) {
			want := "static " + libc + "_" + strings.ReplaceAll(platform, "/", "_") + " from librdkafka-static-bundle-v2.11.1.tgz\n"
			if out, code := runInRoot(t, img); out != want || code != 0 {
				t.Errorf("the program for %s exited with %d: %q, want %q", platform, code, out, want)
			}
		}
	}
}
