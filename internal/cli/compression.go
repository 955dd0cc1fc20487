package cli

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/client"

	"github.com/modship-build/modship/frontend"
	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/defaults"
	"github.com/modship-build/modship/internal/diag"
)

// autoCompression is the value of --compression by which the base decides.
const autoCompression = "auto"

// compressions are the values of --compression. There are no levels: BuildKit keeps one layer for each method, at the level that was asked
// for first, so the digest of an image would depend on what a daemon has built before.
var compressions = []string{autoCompression, "gzip", "zstd"}

// compress sets the compression of the layers that a build makes, where an output does not say it itself. onScratch tells whether no base
// gives the image layers of its own. Then every layer is made here and is compressed as is said, or with gzip, whatever the daemon has
// kept of other builds: the digest does not follow its history. The layers of a base stay as they are.
func (o OutputOptions) compress(outputs []output, onScratch func() bool, mistakes *diag.List) {
	if o.Compression != "" && !slices.Contains(compressions, o.Compression) {
		mistake := flagMistake(mistakes, "compression", "unknown compression %q", o.Compression)
		if mistake.Help = diag.Suggest(o.Compression, compressions); mistake.Help == "" {
			mistake.Help = "write auto, gzip or zstd"
		}
		return
	}
	if !slices.ContainsFunc(outputs, output.isImage) {
		return
	}
	scratch := onScratch()
	for _, out := range outputs {
		if !out.isImage() {
			continue
		}
		if method := o.method(out, scratch); method != "" && out.Attrs["compression"] == "" {
			out.Attrs["compression"] = method
		}
		if scratch && out.Attrs["force-compression"] == "" {
			out.Attrs["force-compression"] = "true"
		}
	}
}

// method is the compression of an output that does not name one, or "" for BuildKit's default: gzip for what has none yet. Archives for
// Docker are never of zstd, because what reads them need not know it, and Docker's media types have no word for it. Not everything reads
// images that mix two, and the layers of nearly every base are of gzip.
func (o OutputOptions) method(out output, scratch bool) string {
	method := o.Compression
	if method == autoCompression && scratch {
		method = "zstd"
	}
	switch {
	case method == "zstd" && out.Type != client.ExporterDocker && out.ociTypes():
		return "zstd"
	case method == "gzip" || scratch:
		return "gzip"
	}
	return ""
}

// ociTypes tells whether the output has OCI's media types.
func (o output) ociTypes() bool {
	v, err := strconv.ParseBool(o.Attrs["oci-mediatypes"])
	return err != nil || v
}

// hasOCITypes tells whether an image gets OCI's media types, as it does where nobody says other.
func (o output) hasOCITypes() bool {
	if _, said := o.Attrs["oci-mediatypes"]; !said && o.Type == client.ExporterDocker {
		return false
	}
	return o.isImage() && o.ociTypes()
}

// onScratch tells whether the configuration builds on nothing. One with mistakes does not: the frontend reports them.
func (d definition) onScratch(target string, attrs map[string]string) bool {
	cfg := d.config(target, buildArgs(attrs))
	return cfg != nil && (cfg.Image.Base == "" || cfg.Image.Base == defaults.Base)
}

// platforms are those that the configuration builds for where nobody asks for others.
func (d definition) platforms(target string, attrs map[string]string) []string {
	if cfg := d.config(target, buildArgs(attrs)); cfg != nil {
		return cfg.Platforms
	}
	return nil
}

// config gives what the configuration says for a target, nil if there are mistakes in it.
func (d definition) config(target string, args map[string]string) *config.Config {
	data, err := d.text()
	if err != nil {
		return nil
	}
	f, err := config.Parse(d.name, data)
	if err != nil {
		return nil
	}
	target, _ = f.Choose(frontend.ConfigTarget(target))
	cfg, err := f.Target(target, args)
	if err != nil {
		return nil
	}
	return cfg
}

// buildArgs are the build arguments among the options of a build.
func buildArgs(attrs map[string]string) map[string]string {
	args := map[string]string{}
	for key, value := range attrs {
		if name, ok := strings.CutPrefix(key, argPrefix); ok {
			args[name] = value
		}
	}
	return args
}

// text reads the configuration, as much of it as one may have.
func (d definition) text() ([]byte, error) {
	r, err := d.files.Open(d.name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, maxConfig))
}
