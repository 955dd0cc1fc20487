package modfetch

import (
	"fmt"
	"net/http"

	"github.com/modship-build/modship/internal/goenv"
)

// sent says what a request says of who asks.
type sent int

const (
	nothing  sent = iota // there are no credentials for the host
	withheld             // there are, and they do not go over plain http
	login
)

// authorize adds the credentials for the host of a request. As with cmd/go, none go over plain http; a loopback address is no way on
// which somebody listens.
func (c *Client) authorize(req *http.Request) sent {
	if c.Auth == nil {
		return nothing
	}
	user, password, ok := c.Auth(req.URL.Hostname())
	switch {
	case !ok:
		return nothing
	case req.URL.Scheme != "https" && !goenv.IsLoopback(req.URL.Hostname()):
		return withheld
	}
	req.SetBasicAuth(user, password)
	return login
}

// loginHelp says what to do about an answer of a server that does not let us in, or "" for any other. What another server says, to which
// that one leads, is nothing that a user can change.
func loginHelp(resp *http.Response, host string, s sent) string {
	if resp.StatusCode != http.StatusUnauthorized && resp.StatusCode != http.StatusForbidden {
		return ""
	}
	if other := resp.Request.URL.Hostname(); other != host {
		return fmt.Sprintf("this is the answer of %s, to which %s leads", other, host)
	}
	refused := resp.StatusCode == http.StatusForbidden
	switch {
	case s == withheld:
		return fmt.Sprintf("the password for %s in the netrc secret is not sent over plain http: name the server with https", host)
	case refused && s == login:
		return fmt.Sprintf("the user for %s in the netrc secret may not have this: let the server allow it, or name another user there", host)
	case refused:
		return fmt.Sprintf("the server refuses this: let it allow it, or put the line `machine %s login NAME password PASSWORD` into the file of --secret id=netrc,src=FILE", host)
	case s == login:
		return fmt.Sprintf("the server does not take the user name and password for %s in the netrc secret: put those there that it takes", host)
	}
	return fmt.Sprintf("the server asks for a user name and a password: put the line `machine %s login NAME password PASSWORD` into the file of --secret id=netrc,src=FILE", host)
}
