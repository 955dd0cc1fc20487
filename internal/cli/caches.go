package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/cmd/buildctl/build"

	"github.com/modship-build/modship/internal/diag"
)

// parseCaches reads the values of --cache-from or --cache-to with buildctl's parser, one by one to find all mistakes.
func parseCaches(flag string, values []string, parse func([]string) ([]client.CacheOptionsEntry, error), mistakes *diag.List) []client.CacheOptionsEntry {
	var entries []client.CacheOptionsEntry
	for _, v := range values {
		full, err := expandCache(v)
		if err != nil {
			flagMistake(mistakes, flag, "%q: %v", v, err)
			continue
		}
		parsed, err := parse([]string{full})
		if err != nil {
			flagMistake(mistakes, flag, "%q: %v", v, err)
			continue
		}
		entries = append(entries, parsed...)
	}
	return entries
}

// cacheTypes are the backends of BuildKit v0.33.1.
var cacheTypes = []string{"registry", "local", "inline", "gha", "s3", "azblob"}

// expandCache writes out the short form, a reference alone, for which buildctl has a warning.
func expandCache(v string) (string, error) {
	if v != "" && !strings.ContainsAny(v, "=,") {
		return formatPairs([]pair{{"type", "registry"}, {"ref", v}}), nil
	}
	pairs, err := parsePairs(v)
	if err != nil {
		return "", err
	}
	typ := find(pairs, "type")
	if typ == "" {
		return "", errors.New("type= is missing, as in type=registry,ref=NAME or type=local")
	}
	if !slices.Contains(cacheTypes, typ) {
		if near := diag.Suggest(typ, cacheTypes); near != "" {
			return "", fmt.Errorf("unknown type %q; %s", typ, near)
		}
		return "", fmt.Errorf("unknown type %q: there are %s", typ, strings.Join(cacheTypes, ", "))
	}
	needs := map[string]string{"registry": "ref"}[typ]
	if needs != "" && find(pairs, needs) == "" {
		return "", fmt.Errorf("type=%s needs %s=", typ, needs)
	}
	return formatPairs(pairs), nil
}

func parseCacheFrom(o Options, mistakes *diag.List) []client.CacheOptionsEntry {
	return parseCaches("cache-from", o.CacheFrom, build.ParseImportCache, mistakes)
}

func parseCacheTo(o Options, mistakes *diag.List) []client.CacheOptionsEntry {
	return parseCaches("cache-to", o.CacheTo, build.ParseExportCache, mistakes)
}
