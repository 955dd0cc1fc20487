package image

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/plan"
)

// compiledWith are the labels of an image of compiled dependencies, and what each says of what they were compiled with. Of what cmd/go
// looks at itself, such as build tags, they say nothing: some packages may be of use without the others.
var compiledWith = []struct {
	label, what string
	of          func(p *plan.Plan, img plan.Image) string
}{
	{recipePrefix + "compile-cache.go", "Go", compiler},
	{recipePrefix + "compile-cache.flags", "flags", compilerFlags},
	{recipePrefix + "compile-cache.c", "C", compilerOfC},
}

// compiler is the toolchain. Of a version there is one for each platform; but where it comes from is not the same for all builds.
func compiler(p *plan.Plan, _ plan.Image) string {
	if p.Go.Image != "" {
		return fmt.Sprintf("%s %s on %s", p.Go.Image, p.Go.Root, p.Build)
	}
	return fmt.Sprintf("%s %s", p.Go.Version, p.Go.Sum)
}

func compilerFlags(p *plan.Plan, img plan.Image) string {
	flags := p.BuildFlags(img)
	for _, name := range slices.Sorted(maps.Keys(p.Flags.Env)) {
		flags = append(flags, name+"="+p.Flags.Env[name])
	}
	if p.Main.PGO != "" {
		flags = append(flags, "-pgo="+p.Main.PGO)
	}
	return strings.Join(flags, " ")
}

// compilerOfC names headers and libraries too: cmd/go does not look at them.
func compilerOfC(_ *plan.Plan, img plan.Image) string {
	if img.Cgo == nil {
		return "none"
	}
	return img.Cgo.String() + " " + img.Cgo.Sysroot
}

// CompileCacheConfig gives the configuration of an image of compiled dependencies as JSON.
func CompileCacheConfig(p *plan.Plan, img plan.Image) ([]byte, error) {
	config := ocispecs.Image{Platform: img.Target.OCI()}
	config.RootFS = ocispecs.RootFS{Type: "layers", DiffIDs: []digest.Digest{}}
	config.Config.Labels = map[string]string{}
	for _, fact := range compiledWith {
		config.Config.Labels[fact.label] = fact.of(p, img)
	}
	return json.Marshal(config)
}

// CheckCompileCache says why an image with this configuration is none whose packages can serve an image of the plan. They are to be
// compiled with the same toolchain, headers and libraries, or they might be wrong, and with the same flags, or they would be useless.
func CheckCompileCache(config []byte, p *plan.Plan, img plan.Image) error {
	var found ocispecs.Image
	if config == nil {
		return errors.New("it is no image")
	}
	if err := json.Unmarshal(config, &found); err != nil {
		return fmt.Errorf("decoding its configuration: %w", err)
	}
	for _, fact := range compiledWith {
		have, ok := found.Config.Labels[fact.label]
		if !ok {
			return errors.New("it is no image of --target compile-cache")
		}
		if want := fact.of(p, img); have != want {
			return fmt.Errorf("it was compiled with other %s: %s, and here it is %s", fact.what, have, want)
		}
	}
	return nil
}
