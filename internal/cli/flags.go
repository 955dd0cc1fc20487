package cli

import (
	"encoding/csv"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/tonistiigi/go-csvvalue"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/imagetool"
)

// flagMistake adds a mistake in the value of a flag.
func flagMistake(l *diag.List, flag, format string, args ...any) *diag.Error {
	return l.Addf(diag.Range{File: "--" + flag}, format, args...)
}

// pair is one field of a flag such as type=oci,dest=out.tar.
type pair struct{ key, value string }

// parsePairs splits a comma-separated list of key=value, with the quoting of CSV that buildx uses. Keys are in lower case.
func parsePairs(s string) ([]pair, error) {
	if s == "" {
		return nil, errors.New("want key=value")
	}
	fields, err := csvvalue.Fields(s, nil)
	if err != nil {
		return nil, err
	}
	pairs := make([]pair, len(fields))
	for i, f := range fields {
		key, value, ok := strings.Cut(f, "=")
		if !ok {
			return nil, fmt.Errorf("want key=value instead of %q", f)
		}
		pairs[i] = pair{strings.ToLower(strings.TrimSpace(key)), value}
	}
	return pairs, nil
}

// formatPairs is the inverse of parsePairs.
func formatPairs(pairs []pair) string {
	record := make([]string, len(pairs))
	for i, p := range pairs {
		record[i] = p.key + "=" + p.value
	}
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.Write(record) // a strings.Builder takes everything
	w.Flush()
	return strings.TrimSuffix(b.String(), "\n")
}

// find returns the value of key in pairs, or "".
func find(pairs []pair, key string) string {
	for _, p := range pairs {
		if p.key == key {
			return p.value
		}
	}
	return ""
}

// elsewhere says what takes the place of flags of `docker buildx build` and `docker build` that there are not here.
var elsewhere = map[string]string{
	"add-host":      "the steps that download look hosts up as BuildKit does; the others have no network",
	"allow":         "no step needs an entitlement",
	"call":          "modship check finds mistakes, and modship plan prints what would be built",
	"cgroup-parent": "it is a setting of the BuildKit daemon",
	"check":         "modship check finds the same mistakes and builds nothing",
	"debug":         "--progress plain shows everything that a step says",
	"iidfile":       "--metadata-file writes the digest to a file, and -q prints it",
	"network":       "only the steps that download have a network",
	"no-color":      "--progress plain has no colours",
	"policy":        "--source-policy-file takes a source policy in JSON, and buildx alone evaluates one in Rego",
	"print":         "modship plan prints what would be built",
	"pull":          "tags are looked up in the registry at every build",
	"shm-size":      "it is a setting of the BuildKit daemon",
	"squash":        "an image has few layers: each file is in one of them",
	"ulimit":        "it is a setting of the BuildKit daemon",
}

// suggestFlag says of an unknown flag what to use in its place, or which flag is meant.
func suggestFlag(cmd *cobra.Command, err error) error {
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return err
	}
	name := unknown.GetSpecifiedName()
	if help := elsewhere[name]; help != "" && cmd.Flags().Lookup("addr") != nil { // a command that builds
		return &diag.Error{Msg: err.Error(), Help: help}
	}
	return imagetool.SuggestFlag(cmd, err)
}
