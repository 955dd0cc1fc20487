package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/util/progress/progressui"

	"github.com/modship-build/modship/frontend"
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

// nameOptions ask the frontend for the names of the image of a build; nil if they are known.
func (b *build) nameOptions() map[string]string {
	names := b.options.templates()
	if names == nil || !slices.ContainsFunc(b.outputs, output.isImage) {
		return nil
	}
	return map[string]string{"requestid": frontend.NamesRequest, frontend.OptionNames: strings.Join(names, ",")}
}

// takeNames gives the outputs the names that the frontend answers.
func (b *build) takeNames(answer []byte) error {
	var names []string
	if err := json.Unmarshal(answer, &names); err != nil {
		return fmt.Errorf("decoding the names of the image: %w", err)
	}
	var different []string // templates may give one name
	for _, name := range names {
		if !slices.Contains(different, name) {
			different = append(different, name)
		}
	}
	for _, out := range b.outputs {
		if out.isImage() {
			out.Attrs["name"] = strings.Join(different, ",") // which the exporter is told as well
		}
	}
	return nil
}

// askNames finds out what the image is called where templates say so: exporters are told before the build. What is found out for that is in
// the cache then. The error is an [*ExitError].
func (b *build) askNames(ctx context.Context, env Env, c *client.Client) error {
	options := b.nameOptions()
	if options == nil {
		return nil
	}
	asking := *b.job
	asking.opt.Exports, asking.opt.CacheExports = nil, nil
	asking.opt.FrontendAttrs = maps.Clone(asking.opt.FrontendAttrs)
	maps.Copy(asking.opt.FrontendAttrs, options)
	var err error
	if asking.display, err = progressui.NewDisplay(env.Stderr, b.mode); err != nil {
		return exitError(ctx, ExitUsage, err)
	}
	res, err := asking.solve(ctx, env, c)
	if err != nil {
		return err
	}
	if err := b.takeNames(res.said["result.json"]); err != nil {
		return exitError(ctx, ExitFailed, err)
	}
	return nil
}
