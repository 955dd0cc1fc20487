package frontend

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/moby/buildkit/exporter/containerimage/exptypes"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// TestCompileCache: the compiled dependencies are an image for each platform, and nothing of the module itself is compiled for it.
func TestCompileCache(t *testing.T) {
	c := newWordsClient(t)
	c.Options["target"], c.Options["platform"] = "compile-cache", "linux/amd64,linux/arm/v7"
	res := mustBuild(t, c)
	for _, id := range []string{"linux/amd64", "linux/arm/v7"} {
		var config ocispecs.Image
		if err := json.Unmarshal(res.Metadata[exptypes.ExporterImageConfigKey+"/"+id], &config); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(id, config.OS+"/"+config.Architecture) || len(config.Config.Labels) == 0 {
			t.Errorf("%s: the configuration is %+v", id, config)
		}
		entries, err := res.Refs[id].ReadDir(t.Context(), gateway.ReadDirRequest{Path: "/"})
		if err != nil || len(entries) < 10 {
			t.Errorf("%s: the cache has %d folders, %v", id, len(entries), err)
		}
	}
	for _, name := range c.Ran() {
		if strings.Contains(name, " compile] ") {
			t.Errorf("this ran: %s", name)
		}
	}
}

// TestCompileCacheOfNothing: there is no image of nothing.
func TestCompileCacheOfNothing(t *testing.T) {
	c := newClient(t, hello)
	c.Options["target"] = "compile-cache"
	if _, err := FromClient(t.Context(), c); err == nil || !strings.Contains(err.Error(), "example.com/hello imports nothing") {
		t.Errorf("got %v", err)
	}
}
