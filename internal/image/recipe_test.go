package image

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/config"
)

var recipe = Recipe{
	Config: "sha256:22", Target: "worker", Context: "services", Folder: "api", Main: "./cmd/x", Module: "api/v2", File: "ci/modship.yaml", Args: []string{"B", "A"},
	Labels: []string{"team", "com.example.a,b", "tier"}, Builder: "docker.io/library/golang@sha256:33", Step: "sha256:44",
	Images: []string{"docker.io/library/ui:1@sha256:55", "docker.io/library/a:1@sha256:66"}, Contexts: []string{"ui", "example.com/gen:2"},
}

func TestRecipe(t *testing.T) {
	want := map[string]string{
		KeyConfig: "sha256:22", KeyTarget: "worker", KeyContext: "services", KeyFolder: "api", KeyMain: "./cmd/x", KeyModule: "api/v2", KeyFile: "ci/modship.yaml", KeyArgs: "A,B",
		KeyLabels: "team,tier", KeyBuilder: "docker.io/library/golang@sha256:33", KeyStep: "sha256:44",
		KeyImages: "docker.io/library/a:1@sha256:66,docker.io/library/ui:1@sha256:55", KeyContexts: "example.com/gen:2,ui",
	}
	labels, annotations := both(t, told(), amd64, Options{Recipe: recipe})
	for key, value := range want {
		if annotations[key] != value {
			t.Errorf("%s is %q, want %q", key, annotations[key], value)
		}
		if label, ok := labels[key]; ok {
			t.Errorf("%s is a label too: %q", key, label)
		}
	}
	if len(want) != len(RecipeKeys()) {
		t.Errorf("the table has %d rows, this test knows %d", len(RecipeKeys()), len(want))
	}
	_, without := both(t, told(), amd64, Options{})
	maps.DeleteFunc(annotations, func(key, _ string) bool { return strings.HasPrefix(key, recipePrefix) })
	if diff := cmp.Diff(without, annotations); diff != "" {
		t.Errorf("without a recipe (-want +got):\n%s", diff)
	}
}

// TestRecipeKeys: none is in the other table, each can be an annotation, and each value fits.
func TestRecipeKeys(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range Keys() {
		seen[k.Name] = true
	}
	long := slices.Repeat([]string{strings.Repeat("x", 100)}, 40)
	for i := range long {
		long[i] += string(rune('a' + i%26))
	}
	for _, k := range RecipeKeys() {
		if seen[k.Name] || k.Doc == "" {
			t.Errorf("%s is there twice, or has no words: %q", k.Name, k.Doc)
		}
		seen[k.Name] = true
		if err := config.CheckLabel(k.Name, strings.Repeat("x", maxRecipeElement)); err != nil {
			t.Errorf("%s: %v", k.Name, err)
		}
	}
	if got := (Recipe{Args: long, Labels: []string{"a"}, Target: strings.Repeat("x", 1<<13)}).annotations(); len(got) != 2 {
		t.Errorf("got %v, want the arguments, each once, and the label: the target has no room", got)
	}
}

// TestRecipeRemoved: the user has the last word.
func TestRecipeRemoved(t *testing.T) {
	p := told()
	p.Runtime.Annotations = templates(KeyStep, "null")
	_, annotations := both(t, p, amd64, Options{Recipe: recipe})
	if value, ok := annotations[KeyStep]; ok {
		t.Errorf("the step is still said to be %q", value)
	}
	if annotations[KeyConfig] != recipe.Config {
		t.Errorf("the configuration is %q", annotations[KeyConfig])
	}
}
