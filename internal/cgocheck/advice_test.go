package cgocheck_test

import (
	"io"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/cgocheck"
	"github.com/modship-build/modship/internal/testing/diagtest"
)

// TestAdvice: of one program that was chosen among several there is an SBOM, or another reason why there is none.
func TestAdvice(t *testing.T) {
	several := report()
	err := several.SPDX(io.Discard, "")
	if err == nil {
		t.Fatal("there is an SBOM of several programs")
	}
	one := &cgocheck.Report{Version: cgocheck.Version, Programs: several.Programs[1:2]}
	if again := one.SPDX(io.Discard, ""); again == nil || strings.Contains(again.Error(), "one program") {
		t.Errorf("%v, and then %v", err, again)
	}
	diagtest.Advice(t, ".", []string{err.Error()}, nil)
}
