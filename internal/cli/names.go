package cli

import (
	"errors"
	"slices"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/imagename"
)

// templates are the names of the image if some has fields; else nil.
func (o OutputOptions) templates() []string {
	if slices.ContainsFunc(o.Tags, imagename.IsTemplate) {
		return o.Tags
	}
	return nil
}

// exampleName is a name such as a --tag gives.
func exampleName(tag string) (string, *diag.Error) {
	if !imagename.IsTemplate(tag) {
		return tag, nil
	}
	template, err := imagename.Parse(tag, imagename.Names()...)
	if err == nil {
		tag, err = template.Expand(imagename.Examples())
	}
	return tag, atFlag("tag", err)
}

// expandTarget puts the name of a target into the value of a flag that takes no other field.
func expandTarget(flag, value, target string) (string, *diag.Error) {
	if !imagename.IsTemplate(value) {
		return value, nil
	}
	template, err := imagename.Parse(value, imagename.Target)
	if err == nil {
		value, err = template.Expand(map[string]string{imagename.Target: target})
	}
	return value, atFlag(flag, err)
}

// atFlag puts a mistake at the flag.
func atFlag(flag string, err error) *diag.Error {
	if err == nil {
		return nil
	}
	if mistake, ok := errors.AsType[*diag.Error](err); ok {
		mistake.File = "--" + flag
		return mistake
	}
	return &diag.Error{Range: diag.Range{File: "--" + flag}, Msg: err.Error()}
}
