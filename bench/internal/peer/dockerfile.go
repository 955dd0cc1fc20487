//go:build linux

package peer

import (
	"encoding/json"
	"strings"

	"github.com/modship-build/modship/bench/internal/lab"
)

// dockerfile is what guides recommend for Go, with or without cache mounts. BuildKit's own Dockerfile frontend reads it.
func dockerfile(name string, mounts bool) Peer {
	return Peer{
		Name: name, BuildKit: true, Pushes: true,
		Prepare: func(s Site) error { return s.Tree.Write("Dockerfile", dockerfileText(s, mounts)) },
		Commands: func(s Site, o Order) []lab.Command {
			stage := "first"
			if o.Second {
				stage = "second"
			}
			return []lab.Command{s.buildx(o, "--target", stage)}
		},
	}
}

// dockerfileText has its commands in exec form because the stand-in of the golang image has no shell. Of a module without
// go.sum only go.mod is copied first.
func dockerfileText(s Site, mounts bool) string {
	modules, both := "", ""
	if mounts {
		modules = "--mount=type=cache,target=/go/pkg/mod "
		both = modules + "--mount=type=cache,target=/root/.cache/go-build "
	}
	var b strings.Builder
	b.WriteString("FROM --platform=$BUILDPLATFORM golang:" + strings.TrimPrefix(s.Go, "go") + " AS modules\n" +
		"WORKDIR /src\n" +
		"ARG GOPROXY\n" +
		"COPY go.mod go.sum ./\n" +
		"RUN " + modules + execForm("go", "mod", "download") + "\n" +
		"COPY . .\n" +
		"ARG TARGETOS TARGETARCH\n" +
		"ENV CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH\n")
	stage := func(name, main string) {
		b.WriteString("\nFROM modules AS build-" + name + "\n" +
			"RUN " + both + execForm("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", "/out/app", main) + "\n" +
			"\nFROM scratch AS " + name + "\n" +
			"COPY --from=build-" + name + " /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/\n" +
			"COPY --from=build-" + name + " /out/app /app\n" +
			"ENTRYPOINT [\"/app\"]\n")
	}
	if s.Subject.Second != "" {
		stage("second", s.Subject.Second)
	}
	stage("first", s.Subject.Main)
	return b.String()
}

func execForm(args ...string) string {
	text, _ := json.Marshal(args) // strings are always JSON
	return string(text)
}
