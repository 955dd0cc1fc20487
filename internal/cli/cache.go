package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/moby/buildkit/client"
	buildctl "github.com/moby/buildkit/cmd/buildctl/build"
	"github.com/spf13/pflag"

	"github.com/modship-build/modship/internal/diag"
)

// CacheOptions are the flags of the build cache.
type CacheOptions struct {
	CacheFrom     []string
	CacheTo       []string
	NoCache       bool
	NoCacheFilter []string // stages of [request.Stages]
}

func (o *CacheOptions) addFlags(f *pflag.FlagSet) {
	f.StringArrayVar(&o.CacheFrom, "cache-from", nil, "`CACHE` to import, type=registry,ref=NAME or type=local,src=DIR")
	f.StringArrayVar(&o.CacheTo, "cache-to", nil, "`CACHE` to export, type=registry,ref=NAME[,mode=max] or type=local,dest=DIR")
	f.BoolVar(&o.NoCache, "no-cache", false, "do not use the build cache")
	f.StringSliceVar(&o.NoCacheFilter, "no-cache-filter", nil, "do not use the build cache for the `STAGE`s named")
}

// addTo asks for the caches. The client library hands the imports to the frontend too, as its option cache-imports.
func (o CacheOptions) addTo(opt *client.SolveOpt, mistakes *diag.List) {
	opt.CacheImports = parseCaches("cache-from", importTypes, o.CacheFrom, buildctl.ParseImportCache, mistakes)
	opt.CacheExports = parseCaches("cache-to", exportTypes, o.CacheTo, buildctl.ParseExportCache, mistakes)
	switch {
	case o.NoCache && len(o.NoCacheFilter) > 0:
		flagMistake(mistakes, "no-cache", "everything or some stages: not together with --no-cache-filter")
	case o.NoCache:
		opt.FrontendAttrs["no-cache"] = "" // all stages
	case len(o.NoCacheFilter) > 0:
		opt.FrontendAttrs["no-cache"] = strings.Join(o.NoCacheFilter, ",")
	}
}

// parseCaches reads the values of --cache-from or --cache-to with buildctl's parser, one by one to find all mistakes.
func parseCaches(flag string, types, values []string, parse func([]string) ([]client.CacheOptionsEntry, error), mistakes *diag.List) []client.CacheOptionsEntry {
	var entries []client.CacheOptionsEntry
	for _, v := range values {
		full, err := expandCache(v, types)
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

// The types of caches of the BuildKit that go.mod names; TestCachesOfBuildKit reads them in its source. One that is inline is in an image, and
// is read as the cache of a registry: of an import by its own name BuildKit says nothing, and takes nothing.
var (
	importTypes = []string{"registry", "local", "gha", "s3", "azblob"}
	exportTypes = append([]string{inlineCache}, importTypes...)
)

const inlineCache = "inline"

// expandCache writes out the short form, a reference alone, for which buildctl has a warning.
func expandCache(v string, types []string) (string, error) {
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
	switch near := diag.Suggest(typ, types); {
	case slices.Contains(types, typ):
	case typ == inlineCache:
		return "", errors.New("a cache that is inline is read from its image: type=registry,ref=NAME")
	case near != "":
		return "", fmt.Errorf("unknown type %q; %s", typ, near)
	default:
		return "", fmt.Errorf("unknown type %q: there are %s", typ, strings.Join(types, ", "))
	}
	needs := map[string]string{"registry": "ref"}[typ]
	if needs != "" && find(pairs, needs) == "" {
		return "", fmt.Errorf("type=%s needs %s=", typ, needs)
	}
	return formatPairs(pairs), nil
}

// addAWSKeys gives S3 caches that name no keys those of the environment, as buildx does. Without any the daemon looks for its own.
func addAWSKeys(caches []client.CacheOptionsEntry, lookupEnv func(string) (string, bool)) {
	for _, c := range caches {
		if c.Type != "s3" || c.Attrs["access_key_id"] != "" || c.Attrs["secret_access_key"] != "" {
			continue
		}
		for attr, name := range map[string]string{
			"access_key_id": "AWS_ACCESS_KEY_ID", "secret_access_key": "AWS_SECRET_ACCESS_KEY", "session_token": "AWS_SESSION_TOKEN",
		} {
			if value, _ := lookupEnv(name); value != "" {
				c.Attrs[attr] = value
			}
		}
	}
}
