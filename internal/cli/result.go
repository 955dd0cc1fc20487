package cli

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/distribution/reference"
	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/exporter/containerimage/exptypes"
	"github.com/moby/buildkit/util/progress/progressui"

	"github.com/modship-build/modship/frontend"
	"github.com/modship-build/modship/internal/safetext"
)

// report tells what was made, for people and for programs.
func (b *build) report(env Env, s *solved) error {
	b.warn(env, s.warnings)
	if b.speaks() {
		b.summarize(env.Stderr)
		for _, line := range b.made(s) {
			fmt.Fprintln(env.Stderr, safetext.Line(line))
		}
	}
	return b.options.hand(env.Stdout, []targetResult{{outputs: b.outputs, response: s.response}})
}

// made says what a build has made: the programs, and what became of them.
func (b *build) made(s *solved) []string {
	var lines []string
	if programs := strings.TrimSpace(s.response[frontend.InlineMessage]); programs != "" {
		lines = strings.Split(programs, "\n")
	}
	return append(lines, summary(b.outputs, s.response)...)
}

// summarize says what was cached, what was compiled, and where the time went.
func (j *job) summarize(to io.Writer) {
	for _, line := range j.stats.summary() {
		fmt.Fprintln(to, safetext.Line(line))
	}
}

// speaks tells whether standard error has text for people.
func (j *job) speaks() bool {
	return j.mode != progressui.QuietMode && j.mode != progressui.RawJSONMode
}

// say gives what prints a warning of this process.
func (j *job) say(env Env) func(sentence string) {
	return func(sentence string) {
		if j.mode != progressui.RawJSONMode {
			Warn(env.Stderr, sentence)
		}
	}
}

// warn prints what the build warned of.
func (j *job) warn(env Env, warnings []client.VertexWarning) {
	if j.mode != progressui.RawJSONMode { // which has them as what they are
		printWarnings(env.Stderr, warnings)
	}
}

// imageDigest returns the digest of the image's index or manifest, or that of its config where there is no other.
func imageDigest(response map[string]string) string {
	if d := response[exptypes.ExporterImageDigestKey]; d != "" {
		return d
	}
	return response[exptypes.ExporterImageConfigDigestKey]
}

// summary has a line for each thing that a build made.
func summary(outputs []output, response map[string]string) []string {
	digest := imageDigest(response)
	var lines []string
	for _, out := range outputs {
		switch {
		case out.load != "", out.store != "", out.Type == client.ExporterImage:
			verb, note := what(out)
			for _, name := range imageNames(out, response) {
				lines = append(lines, fmt.Sprintf("%s %s@%s%s", verb, name, digest, note))
			}
		case out.dest == "-":
			lines = append(lines, "wrote "+thing(out)+" to standard output")
		case out.isImage() && digest != "":
			lines = append(lines, fmt.Sprintf("wrote %s %s (%s)", thing(out), out.dest, digest))
		default:
			lines = append(lines, "wrote "+thing(out)+" "+out.dest)
		}
	}
	return lines
}

// what says what has become of an image, and what has not.
func what(out output) (verb, note string) {
	switch {
	case out.kind != nil:
		return "loaded", " into the cluster " + out.kind.cluster + " of kind"
	case out.store != "" && out.pushes():
		return "pushed", " (also in " + out.store + ")"
	case out.store != "":
		return "loaded", " into " + out.store
	case out.pushes():
		return "pushed", ""
	}
	return "built", " (not pushed: --push sends it to the registry, --load into Docker)"
}

// thing names what an output is.
func thing(out output) string {
	switch out.Type {
	case client.ExporterOCI:
		return "OCI archive"
	case client.ExporterDocker:
		return "Docker archive"
	case client.ExporterTar:
		return "tar archive"
	case client.ExporterLocal:
		return "files to"
	}
	return out.Type
}

// imageNames lists the names of out in their familiar form, with a tag.
func imageNames(out output, response map[string]string) []string {
	var names []string
	for n := range strings.SplitSeq(cmp.Or(response[exptypes.ExporterImageNameKey], out.Attrs["name"]), ",") {
		named, err := reference.ParseNormalizedNamed(n)
		if err == nil {
			n = reference.FamiliarString(reference.TagNameOnly(named))
		}
		if n == "" {
			n = "image"
		}
		names = append(names, n)
	}
	return names
}

// printWarnings repeats the warnings of the build, which the progress display loses.
func printWarnings(w io.Writer, warnings []client.VertexWarning) {
	for _, warning := range warnings {
		place := ""
		if warning.SourceInfo.GetFilename() != "" {
			place = warning.SourceInfo.Filename + ": "
			if len(warning.Range) > 0 && warning.Range[0].GetStart().GetLine() > 0 {
				place = fmt.Sprintf("%s:%d: ", warning.SourceInfo.Filename, warning.Range[0].GetStart().GetLine())
			}
		}
		Warn(w, place+string(warning.Short))
		for _, d := range warning.Detail {
			fmt.Fprintf(w, "  %s\n", safetext.Line(string(d)))
		}
		if warning.URL != "" {
			fmt.Fprintf(w, "  see %s\n", safetext.Line(warning.URL))
		}
	}
}
