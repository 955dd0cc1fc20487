package cli

import (
	"net/url"
	"strings"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/request"
)

// loginIn refuses a user name or a password in an address that BuildKit fetches: it is recorded with the build, and shown to whoever follows
// it. A user alone is a part of an ssh URL. What cannot be parsed may hold a password as well.
func loginIn(address string) *diag.Error {
	if !strings.Contains(address, "://") || !strings.Contains(address, "@") || strings.HasPrefix(address, imagePrefix) || strings.HasPrefix(address, ociLayoutPrefix) {
		return nil
	}
	host := ""
	if u, err := url.Parse(address); err == nil {
		_, hasPassword := u.User.Password()
		if u.User == nil || u.Scheme == "ssh" && !hasPassword {
			return nil
		}
		host = u.Host
	}
	if !request.IsHost(host) {
		host = "HOST"
	}
	return &diag.Error{
		Msg:  "the address has a user name or a password in it, which would be kept in the record of the build",
		Help: "take it out, and give --secret id=" + request.IDGitToken + "." + host + ",env=VARIABLE",
	}
}
