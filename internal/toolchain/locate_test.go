package toolchain

import (
	"errors"
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/gomod"
)

// TestLocate: each wish is shown where it was made.
func TestLocate(t *testing.T) {
	facts, err := gomod.Load(fstest.MapFS{"go.mod": {Data: []byte("module x\n\ngo 1.26\n\ntoolchain go1.26.8\n")}})
	if err != nil {
		t.Fatal(err)
	}
	config := diag.Range{File: "app.yaml", Start: diag.Pos{Line: 7, Col: 1}, End: diag.Pos{Line: 7, Col: 9}}
	for input, want := range map[Input]string{
		InputConfig: "app.yaml:7:1: no such Go; take another", InputToolchain: "go.mod:5:1: no such Go; take another",
		InputLanguage: "go.mod:3:1: no such Go; take another",
	} {
		err := fmt.Errorf("choosing: %w", &WantError{Input: input, Msg: "no such Go", Help: "take another"})
		found := diag.All(Locate(err, facts, config))
		if len(found) != 1 || found[0].Error() != want {
			t.Errorf("%s: the mistakes are %v, want %q", input, found, want)
		}
	}
	other := errors.New("no network")
	if got := Locate(other, facts, config); got != other {
		t.Errorf("another error became %v", got)
	}
	if got := Locate(nil, facts, config); got != nil {
		t.Errorf("success became %v", got)
	}
}
