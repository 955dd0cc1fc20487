package cli

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/client"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/defaults"
	"github.com/modship-build/modship/internal/diag"
)

// compressions are the algorithms of --compression and the highest level of each. BuildKit's zstd has four speeds, and takes the levels
// of the reference program to mean the nearest one.
var compressions = map[string]int{"gzip": 9, "zstd": 22}

// autoCompression is the value of --compression by which the base decides.
const autoCompression = "auto"

// compress sets the compression of the layers that a build makes, where an output does not say it itself. Archives for Docker stay as
// they are: what reads them need not know zstd. onScratch tells whether no base gives the image layers of its own.
func (o OutputOptions) compress(outputs []output, onScratch func() bool, mistakes *diag.List) {
	if o.Compression == "" {
		return
	}
	name, level, leveled := strings.Cut(o.Compression, ":")
	highest, known := compressions[name]
	n, err := strconv.Atoi(level)
	switch {
	case o.Compression == autoCompression:
		name = "zstd"
	case !known:
		mistake := flagMistake(mistakes, "compression", "unknown compression %q", o.Compression)
		if mistake.Help = diag.Suggest(name, []string{autoCompression, "gzip", "zstd"}); mistake.Help == "" {
			mistake.Help = "write auto, zstd or gzip, the latter two with a level if you like, such as gzip:1"
		}
		return
	case leveled && (err != nil || n < 1 || n > highest):
		flagMistake(mistakes, "compression", "%q is no level of %s", level, name).Help = "write a number from 1 to " + strconv.Itoa(highest)
		return
	}
	scratch := onScratch()
	if o.Compression == autoCompression && !scratch {
		return // BuildKit's gzip, as the layers of nearly every base; not everything reads images that mix two
	}
	for _, out := range outputs {
		if !out.isImage() || out.Type == client.ExporterDocker || out.Attrs["compression"] != "" || name == "zstd" && !out.ociTypes() {
			continue
		}
		out.Attrs["compression"] = name
		if scratch && out.Attrs["force-compression"] == "" {
			// BuildKit takes a layer that it has compressed in another way before, and the digest would follow the history of a daemon.
			// The layers of a base stay as they are.
			out.Attrs["force-compression"] = "true"
		}
		if leveled {
			out.Attrs["compression-level"] = level
		}
	}
}

// ociTypes tells whether the output has OCI's media types: Docker's have no word for zstd.
func (o output) ociTypes() bool {
	v, err := strconv.ParseBool(o.Attrs["oci-mediatypes"])
	return err != nil || v
}

// onScratch tells whether the configuration builds on nothing. One with mistakes does not: the frontend reports them.
func (d definition) onScratch(target string, attrs map[string]string) bool {
	data, err := d.text()
	if err != nil {
		return false
	}
	f, err := config.Parse(d.name, data)
	if err != nil {
		return false
	}
	args := map[string]string{}
	for key, value := range attrs {
		if name, ok := strings.CutPrefix(key, "build-arg:"); ok {
			args[name] = value
		}
	}
	name, _, _ := strings.Cut(target, "/")
	if slices.Contains(config.FileOutputs, name) {
		name = ""
	}
	cfg, err := f.Target(name, args)
	return err == nil && (cfg.Image.Base == "" || cfg.Image.Base == defaults.Base)
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
