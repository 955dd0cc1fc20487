package config

import (
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/diag"
)

// debugSettings are the settings of GODEBUG that some release of Go from 1.21 to 1.27 has for programs: those of internal/godebugs and
// those of package runtime. Those of processors begin with "cpu.".
var debugSettings = []string{
	"adaptivestackstart", "allocfreetrace", "allowmultiplevcs", "asyncpreemptoff", "asynctimerchan", "cgocheck", "checkfinalizers", "clobberfree",
	"containermaxprocs", "cryptocustomrand", "dataindependenttiming", "decoratemappings", "disablethp", "dontfreezetheworld", "efence", "embedfollowsymlinks",
	"execerrdot", "fips140", "fips140ems", "gccheckmark", "gcpacertrace", "gcshrinkstackoff", "gcstoptheworld", "gctrace", "gocachehash", "gocachetest",
	"gocacheverify", "gotestjsonbuildtext", "gotypesalias", "harddecommit", "htmlmetacontenturlescape", "http2client", "http2debug", "http2server",
	"httpcookiemaxnum", "httplaxcontentlength", "httpmuxgo121", "httpservecontentkeepheaders", "inittrace", "installgoroot", "invalidptr", "jstmpllitinterp",
	"madvdontneed", "memprofilerate", "multipartfiles", "multipartmaxheaders", "multipartmaxparts", "multipathtcp", "netdns", "netedns0", "panicnil",
	"profstackdepth", "randautoseed", "randseednop", "rsa1024min", "runtimecontentionstacks", "sbrk", "scavtrace", "scheddetail", "schedtrace", "tarinsecurepath",
	"tls10server", "tls3des", "tlskyber", "tlsmaxrsasize", "tlsmlkem", "tlsrsakex", "tlssecpmlkem", "tlssha1", "tlsunsafeekm", "traceadvanceperiod",
	"traceallocfree", "tracebackancestors", "tracebacklabels", "tracecheckstackownership", "tracefpunwindoff", "updatemaxprocs", "urlmaxqueryparams",
	"urlstrictcolons", "winreadlinkvolume", "winsymlink", "x509keypairleaf", "x509negativeserial", "x509rsacrt", "x509sha1", "x509sha256skid",
	"x509sslcertoverrideplatform", "x509usefallbackroots", "x509usepolicies", "zipinsecurepath",
}

// UnknownDebug tells whether no release of Go that is known has a setting of GODEBUG. Programs ignore such a setting. help names a near one.
func UnknownDebug(name string) (help string, unknown bool) {
	if slices.Contains(debugSettings, name) || strings.HasPrefix(name, "cpu.") {
		return "", false
	}
	return diag.Suggest(name, debugSettings), true
}
