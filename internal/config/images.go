package config

import (
	"github.com/distribution/reference"

	"github.com/modship-build/modship/internal/defaults"
)

// baseImage checks the image that the result is built on.
func baseImage(s string) (string, error) {
	if s == defaults.Base {
		return s, nil
	}
	return imageReference(s, `write "scratch" or a reference such as registry.example/base:1`)
}

// builderImage checks the image that build steps run in.
func builderImage(s string) (string, error) {
	return imageReference(s, "write a reference such as registry.example/go:1.26")
}

func imageReference(s, help string) (string, error) {
	if _, err := reference.ParseNormalizedNamed(s); err != nil {
		return "", &problem{"not an image reference: " + err.Error(), help}
	}
	return s, nil
}
