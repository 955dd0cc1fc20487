package project

import (
	"errors"
	"fmt"

	"github.com/modship-build/modship/internal/target"
)

// Platforms gives the targets that --platform names, each once. The error joins those that are none.
func Platforms[P any](named []P, parse func(P) (target.Target, error)) ([]target.Target, error) {
	var (
		targets  []target.Target
		mistakes []error
	)
	for _, p := range named {
		t, err := parse(p)
		if err != nil {
			mistakes = append(mistakes, fmt.Errorf("--platform: %w", err))
			continue
		}
		targets = append(targets, t)
	}
	return target.Dedupe(targets), errors.Join(mistakes...)
}
