package config_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/diag"
)

// TestUndeclared: what the file declares is not named, and a near name is suggested.
func TestUndeclared(t *testing.T) {
	file, err := config.Parse("app.yaml", []byte("args: {TIER: x, PORT: 8080}\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`build argument OTHER is not declared in args and has no effect`,
		`build argument TIRE is not declared in args and has no effect; did you mean "TIER"?`,
	}
	got := file.Undeclared(map[string]string{"TIRE": "1", "TIER": "2", "OTHER": ""})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := file.Undeclared(map[string]string{"PORT": "1"}); len(got) > 0 {
		t.Errorf("a declared one is named: %q", got)
	}
}

// TestCheckLabels: each label has a mistake of its own, at the flag.
func TestCheckLabels(t *testing.T) {
	if err := config.CheckLabels(map[string]string{"a": "b", "c": ""}); err != nil {
		t.Error(err)
	}
	mistakes := diag.All(config.CheckLabels(map[string]string{"containerd.io/x": "y", "a b": "", "good": "1"}))
	if len(mistakes) != 2 {
		t.Fatalf("the mistakes are %v", mistakes)
	}
	for _, m := range mistakes {
		if m.File != "--label" {
			t.Errorf("%v is at %q", m, m.File)
		}
	}
}
