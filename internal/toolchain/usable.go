package toolchain

import (
	"slices"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/goenv"
)

// Usable says which of the settings leave no way to fetch and verify a toolchain, before anything is fetched; pinned says that the
// configuration has its hash. The error joins a
// [diag.Error] for each of them, with the name of the variable in place of a file; what else can be wrong with a value is for
// [goenv.Settings.Validate].
func Usable(s goenv.Settings, pinned bool) error {
	var mistakes diag.List
	proxies, _ := goenv.ParseProxies(s.Proxy)
	servers := slices.ContainsFunc(proxies, func(p goenv.Proxy) bool { return p.Kind == goenv.KindURL })
	switch {
	case len(proxies) == 0 || servers:
	case proxies[0].Kind == goenv.KindOff:
		mistakes.Addf(diag.Range{File: "GOPROXY"}, "off forbids downloads, and the Go toolchain has to come from a module proxy").Help = proxyHelp
	default:
		mistakes.Addf(diag.Range{File: "GOPROXY"}, "%s names no module proxy, and the Go toolchain has to come from one", proxies[0].Kind).Help = proxyHelp
	}
	if db, err := goenv.ParseSumDB(s.SumDB); err == nil && db.Off && !pinned {
		mistakes.Addf(diag.Range{File: "GOSUMDB"}, "off leaves nothing to verify the Go toolchain with, as no go.sum lists it").
			Help = sumHelp
	}
	if s.SkipsProxy(ModulePath) {
		name := "GONOPROXY"
		if len(s.NoProxy) == 0 {
			name = "GOPRIVATE"
		}
		mistakes.Addf(diag.Range{File: name}, "it matches %s, the Go toolchain, which only a module proxy serves", ModulePath).
			Help = "name the hosts of your own modules only; --build-arg GONOPROXY=none overrules it"
	}
	return mistakes.Err()
}

const sumHelp = "name a checksum database with --build-arg GOSUMDB=" + goenv.DefaultSumDB + ", or pin the release in the configuration: go: {version: 1.26.8, sum: h1:…}"

const proxyHelp = "name one with --build-arg GOPROXY=https://HOST"
