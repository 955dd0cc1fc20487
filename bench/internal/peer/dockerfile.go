//go:build linux

package peer

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/modship-build/modship/bench/internal/lab"
)

// dockerfile is what guides recommend for Go, with or without cache mounts. BuildKit's own Dockerfile frontend reads it.
func dockerfile(name string, mounts bool) Peer {
	return Peer{
		Name: name, BuildKit: true, Pushes: true, Many: true,
		Prepare: func(s Site) error {
			return errors.Join(s.Tree.Write("Dockerfile", dockerfileText(s, mounts)), writeBake(s))
		},
		Commands: func(s Site, o Order) []lab.Command {
			return []lab.Command{s.buildx(o, "", "--target", o.Targets[0])}
		},
	}
}

// Cache mounts, as guides have them.
const (
	moduleMount  = "--mount=type=cache,target=/go/pkg/mod "
	compileMount = "--mount=type=cache,target=/root/.cache/go-build "
)

// dockerfileText has its commands in exec form because the stand-in of the golang image has no shell. Of a module without
// go.sum only go.mod is copied first. The go command names what it compiles, as modship's does.
func dockerfileText(s Site, mounts bool) string {
	modules, both := "", ""
	if mounts {
		modules = moduleMount
		both = moduleMount + compileMount
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
			"RUN " + both + execForm("go", "build", "-v", "-trimpath", "-ldflags", "-s -w", "-o", "/out/app", main) + "\n" +
			"\nFROM scratch AS " + name + "\n" +
			"COPY --from=build-" + name + " /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/\n" +
			"COPY --from=build-" + name + " /out/app /app\n" +
			"ENTRYPOINT [\"/app\"]\n")
	}
	for _, target := range slices.Backward(s.Subject.Targets()) { // the first is the default
		stage(target.Name, target.Main)
	}
	return b.String()
}

func execForm(args ...string) string {
	text, _ := json.Marshal(args) // strings are always JSON
	return string(text)
}
