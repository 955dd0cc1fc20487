package step

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/module"
)

func TestFetching(t *testing.T) {
	for pause, want := range map[time.Duration]string{
		0:         "[1/2] a.example/x@v1.0.0\n[2/2] a.example/y@v1.0.0\n[3/5] a.example/z@v1.0.0\n",
		time.Hour: "",
	} {
		var shown strings.Builder
		f := newFetching(&shown, pause)
		f.want(2)
		f.fetched(module.Version{Path: "a.example/x", Version: "v1.0.0"})
		f.fetched(module.Version{Path: "a.example/y", Version: "v1.0.0"})
		f.want(3)
		f.fetched(module.Version{Path: "a.example/z", Version: "v1.0.0"})
		if got := shown.String(); got != want {
			t.Errorf("every %v: %q, want %q", pause, got, want)
		}
	}
}
