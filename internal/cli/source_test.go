package cli

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/buildkit/client"

	"github.com/modship-build/modship/internal/diag"
)

func TestFrontendAttrs(t *testing.T) {
	environment := lookup(map[string]string{"SET": "from environment", "EMPTY": ""})
	defaults := map[string]string{"GOPROXY": "https://implied.example", "SOURCE_DATE_EPOCH": "1"}
	implied := map[string]string{"build-arg:GOPROXY": "https://implied.example", "build-arg:SOURCE_DATE_EPOCH": "1"}
	for _, tc := range []struct {
		name     string
		options  BuildOptions
		want     map[string]string // without the implied arguments
		mistakes []string
	}{
		{name: "nothing"},
		{name: "target", options: BuildOptions{JobOptions: JobOptions{Source: SourceOptions{Target: "worker"}}}, want: map[string]string{"target": "worker"}},
		{name: "arguments", options: BuildOptions{JobOptions: JobOptions{Source: SourceOptions{BuildArgs: []string{"A=1", "B=x=y", "C=", "SET", "EMPTY", "UNSET", "A=2"}}}},
			want: map[string]string{"build-arg:A": "2", "build-arg:B": "x=y", "build-arg:C": "", "build-arg:SET": "from environment", "build-arg:EMPTY": ""}},
		{name: "the user goes before the machine", options: BuildOptions{JobOptions: JobOptions{Source: SourceOptions{BuildArgs: []string{"GOPROXY=off"}}}}, want: map[string]string{"build-arg:GOPROXY": "off"}},
		{name: "labels", options: BuildOptions{JobOptions: JobOptions{Source: SourceOptions{Labels: []string{"a.b/c=d=e", "SET"}}}}, want: map[string]string{"label:a.b/c": "d=e", "label:SET": ""}},
		{name: "platforms", options: BuildOptions{JobOptions: JobOptions{Source: SourceOptions{Platforms: []string{"linux/amd64", "linux/arm64/v8,linux/arm", "linux/arm64"}}}},
			want: map[string]string{"platform": "linux/amd64,linux/arm64,linux/arm/v7"}},
		{name: "no cache", options: BuildOptions{Cache: CacheOptions{NoCache: true}}, want: map[string]string{"no-cache": ""}},
		{name: "some not cached", options: BuildOptions{Cache: CacheOptions{NoCacheFilter: []string{"compile", "deps"}}}, want: map[string]string{"no-cache": "compile,deps"}},
		{name: "attestations", options: BuildOptions{Attest: AttestOptions{SBOM: "true", Provenance: "mode=max"}}, want: map[string]string{"attest:sbom": "", "attest:provenance": "mode=max"}},

		{name: "mistakes", options: BuildOptions{JobOptions: JobOptions{Source: SourceOptions{BuildArgs: []string{"=x", ""}, Labels: []string{"=x"}, Platforms: []string{"linux/amd64,a/b/c/d"}}}, Cache: CacheOptions{NoCache: true, NoCacheFilter: []string{"x"}}},
			mistakes: []string{
				`--build-arg: "=x": want KEY=VALUE`, `--build-arg: "": want KEY=VALUE`,
				`--label: "=x": want KEY=VALUE`,
				`--no-cache: everything or some stages: not together with --no-cache-filter`,
				`--platform: "a/b/c/d": "a/b/c/d": cannot parse platform specifier: invalid argument`,
			}},
		{name: "a proxy with a password", options: BuildOptions{JobOptions: JobOptions{Source: SourceOptions{BuildArgs: []string{"http_proxy=http://me:pw@p.example", "SOURCE_DATE_EPOCH=1"}}}},
			mistakes: []string{`--build-arg: http_proxy: the address has a user name or a password in it, which would be kept in the record of the build; ` +
				`put them into a netrc file and give that with --secret id=netrc,src=FILE, and the bare address with --build-arg http_proxy=URL`}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var mistakes diag.List
			opt := client.SolveOpt{FrontendAttrs: tc.options.Source.attrs(defaults, environment, nil, &mistakes)}
			tc.options.addTo(&opt, nil, &mistakes)
			got := opt.FrontendAttrs
			if diff := cmp.Diff(tc.mistakes, messages(mistakes)); diff != "" {
				t.Fatal(diff)
			}
			if tc.mistakes != nil {
				return
			}
			want := map[string]string{}
			for _, m := range []map[string]string{implied, tc.want} {
				for k, v := range m {
					want[k] = v
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
