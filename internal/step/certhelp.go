package step

import (
	"strings"

	"github.com/modship-build/modship/internal/request"
)

// untrusted are words of programs that were shown a certificate which nothing vouches for: of Go's, of apt and of git.
var untrusted = []string{
	"certificate signed by unknown authority", "certificate is not trusted", "unable to get local issuer certificate",
	"self-signed certificate", "self signed certificate",
}

// certificateHelp says how a step learns of the authority of a private network. given says that there is a secret for it.
func certificateHelp(err error, given bool) string {
	if !distrusts(err) {
		return ""
	}
	if given {
		return "\nthe certificates of the secret " + request.IDCA + " do not vouch for this server: add those of the authority that signed its certificate, or of the proxy on the way"
	}
	return "\nif the authority is that of a private network, give its certificates with --secret id=" + request.IDCA + ",src=FILE"
}

func distrusts(err error) bool {
	text := strings.ToLower(err.Error())
	for _, words := range untrusted {
		if strings.Contains(text, words) {
			return true
		}
	}
	return false
}
