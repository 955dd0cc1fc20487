package image

import (
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/plan"
)

// TestCompileCache: compiled packages serve another build if it has the same compiler, flags and headers, and are refused for the first of
// these that differs.
func TestCompileCache(t *testing.T) {
	made := func(change func(p *plan.Plan, img *plan.Image)) (*plan.Plan, plan.Image) {
		p, img := smallest(), armv7
		p.Go = plan.Go{Version: "1.26.8", Sum: "h1:abc="}
		change(p, &img)
		return p, img
	}
	config := func(p *plan.Plan, img plan.Image) []byte {
		t.Helper()
		text, err := CompileCacheConfig(p, img)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	same := func(*plan.Plan, *plan.Image) {}
	seed := config(made(same))
	if !strings.Contains(string(seed), `"architecture":"arm"`) || !strings.Contains(string(seed), `"variant":"v7"`) {
		t.Errorf("the image does not say for which platform it is: %s", seed)
	}
	for name, tc := range map[string]struct {
		change func(p *plan.Plan, img *plan.Image)
		why    string
	}{
		"same":    {same, ""},
		"commit":  {func(p *plan.Plan, _ *plan.Image) { p.Metadata.Created = p.Metadata.Created.AddDate(1, 0, 0) }, ""},
		"modules": {func(p *plan.Plan, _ *plan.Image) { p.Source.Files = []string{"go.mod"} }, ""},
		"tags":    {func(p *plan.Plan, _ *plan.Image) { p.Flags.Tags = []string{"netgo"} }, ""},
		"stamp":   {func(_ *plan.Plan, img *plan.Image) { img.Stamp = map[string]string{"main.version": "2"} }, ""},
		"version": {func(p *plan.Plan, _ *plan.Image) { p.Go.Version = "1.26.9" }, "other Go: 1.26.8"},
		"sum":     {func(p *plan.Plan, _ *plan.Image) { p.Go.Sum = "h1:xyz=" }, "other Go: 1.26.8 h1:abc="},
		"image":   {func(p *plan.Plan, _ *plan.Image) { p.Go = plan.Go{Image: "golang@sha256:1", Root: "/usr/local/go"} }, "other Go"},
		"symbols": {func(p *plan.Plan, _ *plan.Image) { p.Flags.LDFlags = []string{"-s"} }, "other flags"},
		"env":     {func(p *plan.Plan, _ *plan.Image) { p.Flags.Env = map[string]string{"GOEXPERIMENT": "x"} }, "other flags"},
		"profile": {func(p *plan.Plan, _ *plan.Image) { p.Main.PGO = "default.pgo" }, "other flags"},
		"C":       {func(_ *plan.Plan, img *plan.Image) { img.Cgo = &plan.Cgo{} }, "other C: none"},
	} {
		p, img := made(tc.change)
		err := CheckCompileCache(seed, p, img)
		if tc.why == "" && err != nil || tc.why != "" && (err == nil || !strings.Contains(err.Error(), tc.why)) {
			t.Errorf("%s: got %v, want %q", name, err, tc.why)
		}
		if tc.why == "" && string(config(p, img)) != string(seed) {
			t.Errorf("%s: it is another image", name)
		}
		if tc.why != "" && CheckCompileCache(config(p, img), p, img) != nil {
			t.Errorf("%s: it does not serve itself", name)
		}
	}
	c := func(sysroot string) (*plan.Plan, plan.Image) {
		return made(func(_ *plan.Plan, img *plan.Image) {
			img.Cgo = &plan.Cgo{Sysroot: sysroot}
			img.Cgo.Provider = ctoolchain.BuilderImage
		})
	}
	p, img := c("two")
	if err := CheckCompileCache(config(c("one")), p, img); err == nil {
		t.Error("packages are taken that other headers were compiled into")
	}
	for text, why := range map[string]string{"": "no image", "{": "decoding", `{"config": {"Labels": {"a": "b"}}}`: "--target compile-cache"} {
		config := []byte(text)
		if text == "" {
			config = nil
		}
		if err := CheckCompileCache(config, p, img); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: got %v, want %q", text, err, why)
		}
	}
}
