package cli

import (
	"github.com/modship-build/modship/internal/diag"
	"github.com/spf13/pflag"
)

// addFlags adds the flags of `modship build`, those that say which image is meant first.
func addFlags(f *pflag.FlagSet, o *Options) {
	f.SortFlags = false
	AddSourceFlags(f, o)
	f.StringArrayVar(&o.Annotations, "annotation", nil, "annotation `[TYPE:]KEY=VALUE`; TYPE is manifest, index, manifest-descriptor or\n"+
		"index-descriptor, a manifest may have a platform in brackets")
	addSecretFlag(f, o)
	f.StringArrayVar(&o.SSH, "ssh", nil, "SSH `AGENT` or keys, default|ID[=SOCKET|KEY[,KEY]]; accepted, but no step of this version uses it")
	f.StringArrayVar(&o.BuildContexts, "build-context", nil, "named context `NAME=VALUE`; VALUE is a directory, docker-image://, oci-layout://, or the\n"+
		"URL of a repository or an archive")

	f.StringArrayVarP(&o.Tags, "tag", "t", nil, "`NAME` of the image")
	f.BoolVar(&o.Push, "push", false, "push the image to its registry")
	f.StringArrayVarP(&o.Outputs, "output", "o", nil, "`OUTPUT` of the build, type=image|registry|oci|docker|tar|local[,dest=PATH]; a path alone\n"+
		"is a directory, - a tar on standard output")
	f.StringVar(&o.MetadataFile, "metadata-file", "", "write the digests and descriptors of the result to `FILE` as JSON")
	f.BoolVarP(&o.Quiet, "quiet", "q", false, "print the digest of the image only")

	f.StringArrayVar(&o.Attests, "attest", nil, "`ATTESTATION` made by BuildKit, type=sbom|provenance[,KEY=VALUE] (default: none)")
	f.StringVar(&o.SBOM, "sbom", "", "`VALUE` true, false or parameters for --attest type=sbom (default: none)")
	f.StringVar(&o.Provenance, "provenance", "", "`VALUE` true, false or parameters for --attest type=provenance (default: none)")

	f.StringArrayVar(&o.CacheFrom, "cache-from", nil, "`CACHE` to import, type=registry,ref=NAME or type=local,src=DIR")
	f.StringArrayVar(&o.CacheTo, "cache-to", nil, "`CACHE` to export, type=registry,ref=NAME[,mode=max] or type=local,dest=DIR")
	f.BoolVar(&o.NoCache, "no-cache", false, "do not use the build cache")
	f.StringSliceVar(&o.NoCacheFilter, "no-cache-filter", nil, "do not use the build cache for the `STAGE`s named")

	addDaemonFlags(f, o)
}

// AddSourceFlags adds the flags that say which image is meant.
func AddSourceFlags(f *pflag.FlagSet, o *Options) {
	f.StringVarP(&o.File, "file", "f", "", "configuration `FILE`, relative to the working directory; - is standard input")
	f.StringSliceVar(&o.Platforms, "platform", nil, "target `PLATFORM`s, as in linux/amd64,linux/arm64 (default: BuildKit's own)")
	f.StringVar(&o.Target, "target", "", "`NAME` of an image of the configuration")
	f.StringArrayVar(&o.BuildArgs, "build-arg", nil, "argument `KEY=VALUE` of the configuration; KEY alone takes it from the environment")
	f.StringArrayVar(&o.Labels, "label", nil, "label `KEY=VALUE` of the image")
}

func addSecretFlag(f *pflag.FlagSet, o *Options) {
	f.StringArrayVar(&o.Secrets, "secret", nil, "`SECRET` for steps that download, id=NAME[,src=FILE|,env=VARIABLE]; used are ca and netrc")
}

// addDaemonFlags adds the flags of every command that uses a daemon.
func addDaemonFlags(f *pflag.FlagSet, o *Options) {
	f.StringVar(&o.Progress, "progress", "auto", "progress `MODE` on standard error: auto, plain, tty, quiet, rawjson")
	f.StringVar(&o.Addr, "addr", "", "`ADDRESS` of the BuildKit daemon (default: $BUILDKIT_HOST)")
}

// flagMistake adds a mistake in the value of a flag.
func flagMistake(l *diag.List, flag, format string, args ...any) *diag.Error {
	return l.Addf(diag.Range{File: "--" + flag}, format, args...)
}
