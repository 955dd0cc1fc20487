//go:build linux

package integration

import (
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// labelsOf reads the labels of an image.
func labelsOf(t *testing.T, img v1.Image) map[string]string {
	t.Helper()
	file, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	return file.Config.Labels
}
