package request_test

import (
	"testing"

	"github.com/modship-build/modship/internal/request"
)

func TestCompiledPackage(t *testing.T) {
	for line, want := range map[string]string{
		"net/http":                                     "net/http",
		"vendor/golang.org/x/net/idna":                 "vendor/golang.org/x/net/idna",
		"example.com/a-b/v2/c+d~e":                     "example.com/a-b/v2/c+d~e",
		request.Progress(3, 7, "gopkg.in/x.v3"):        "gopkg.in/x.v3",
		request.Progress(3, 7, "gopkg.in/x.v3@v3.0.1"): "", // a module
		"modules: 7":                                   "",
		"# example.com/app":                            "",
		"main.go:4:2: undefined: x":                    "",
		"[3/7]":                                        "",
		"":                                             "",
		"waiting until other steps have compiled": "",
	} {
		got, ok := request.CompiledPackage(line)
		if got != want || ok != (want != "") {
			t.Errorf("%q: got %q, %v, want %q", line, got, ok, want)
		}
	}
}
