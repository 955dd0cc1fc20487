package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/modship-build/modship/internal/testing/imagetest"
)

// TestScripts runs the command as its users do, on images that are made by hand: those that other tools are known to judge wrongly, and
// broken ones.
func TestScripts(t *testing.T) { testscript.Run(t, imagetest.Params("testdata/script")) }
