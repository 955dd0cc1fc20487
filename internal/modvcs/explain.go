package modvcs

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-git/go-git/v6/plumbing/transport"
	githttp "github.com/go-git/go-git/v6/plumbing/transport/http"

	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/patience"
)

// statusError is an answer other than 200.
type statusError struct{ status int }

func (e *statusError) Error() string {
	return fmt.Sprintf("status %d %s", e.status, http.StatusText(e.status))
}

// accessError says what a server did not give.
type accessError struct {
	url *url.URL
	// why explains err, and says what to do.
	why string
	// refused is the host that lets nobody in who has no credentials, or "".
	refused string
	err     error
}

func (e *accessError) Error() string {
	msg := shown(e.url) + ": "
	if e.why != "" {
		return msg + e.why
	}
	return msg + e.err.Error()
}

// Unwrap gives what was said.
func (e *accessError) Unwrap() error { return e.err }

// Refused gives the hosts, sorted, in small letters and each with its port if the URL has one, that have let nobody in who has no credentials, or say that
// there is nothing for such.
func Refused(err error) []string {
	var hosts []string
	var walk func(error)
	walk = func(err error) {
		if e, ok := err.(*accessError); ok && e.refused != "" {
			hosts = append(hosts, strings.ToLower(e.refused))
		}
		switch x := err.(type) {
		case interface{ Unwrap() error }:
			walk(x.Unwrap())
		case interface{ Unwrap() []error }:
			for _, e := range x.Unwrap() {
				walk(e)
			}
		}
	}
	walk(err)
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

// shown is a URL as it may be printed.
func shown(u *url.URL) string {
	plain := *u
	plain.RawQuery, plain.Fragment = "", ""
	if u.Scheme != "ssh" {
		plain.User = nil
	}
	return plain.Redacted()
}

// explain says why a server does not give what it was asked for, and what to do.
func (a *Access) explain(u *url.URL, what string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*accessError](err); ok {
		return err
	}
	err = patience.WithoutURL(err)
	e := &accessError{url: u, err: err}
	c, given := a.credential(u.Host)
	if dropped, ok := errors.AsType[*transport.CredentialsDroppedError](err); ok {
		if _, given := a.credential(dropped.To.Host); !given {
			e.refused = dropped.To.Host
		}
		e.why = fmt.Sprintf("it leads to %s, and the credentials for %s are not sent there; give some for that host, or the address there with modules.rewrite", dropped.To, u.Host)
		return e
	}
	if isDenied(err) && !given {
		e.refused = u.Host
	}
	switch statusOf(err) {
	case 0:
		e.why = ownMachine(u, err)
	case http.StatusUnauthorized:
		e.why = fmt.Sprintf("%s asks who wants to know, and the build has no credentials for it; %s", u.Host, giveCredentials(u.Host, what))
		if given {
			e.why = fmt.Sprintf("%s does not take the credentials of %s", u.Host, c.From)
		}
	case http.StatusForbidden:
		e.why = fmt.Sprintf("%s does not allow it without credentials; %s", u.Host, giveCredentials(u.Host, what))
		if given {
			e.why = fmt.Sprintf("%s knows the credentials of %s, and they are not allowed to read this", u.Host, c.From)
		}
	case http.StatusNotFound, http.StatusGone:
		e.why = fmt.Sprintf("%s has no such %s, or hides it from those who have no credentials; %s", u.Host, what, giveCredentials(u.Host, what))
		if given {
			e.why = fmt.Sprintf("%s has no such %s, or hides it from the owner of the credentials of %s", u.Host, what, c.From)
		}
	}
	return e
}

// ownMachine says of a server on the machine of the build that it is not the user's; "" of any other. What the gateway of the network refuses is known as
// such.
func ownMachine(u *url.URL, err error) string {
	help := goenv.OwnMachine(u.Hostname())
	if _, nobody := errors.AsType[*net.OpError](err); help == "" || !nobody && !errors.Is(err, fs.ErrPermission) {
		return ""
	}
	return err.Error() + "; " + help
}

// giveCredentials says how a host is told who asks. A page is not asked for by ssh.
func giveCredentials(host, what string) string {
	if what == "page" {
		return fmt.Sprintf("give --secret id=netrc,src=FILE with a line for %s, or --secret id=GIT_AUTH_TOKEN.%s,env=VARIABLE", host, host)
	}
	return fmt.Sprintf("give --secret id=netrc,src=FILE with a line for %s, --secret id=GIT_AUTH_TOKEN.%s,env=VARIABLE, or --ssh default", host, host)
}

// statusOf is the status of HTTP that an error stands for, or 0.
func statusOf(err error) int {
	if e, ok := errors.AsType[*statusError](err); ok {
		return e.status
	}
	if e, ok := errors.AsType[*githttp.Err](err); ok {
		return e.Status
	}
	return 0
}

// isTransient tells whether another attempt may succeed.
func isTransient(err error) bool {
	if status := statusOf(err); status != 0 {
		return status >= 500 || status == http.StatusTooManyRequests
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok || errors.Is(err, fs.ErrPermission) || errors.Is(err, errRedirect) {
		return false
	}
	if _, ok := errors.AsType[net.Error](err); ok || errors.Is(err, patience.ErrSilent) {
		return true
	}
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
}

// isDenied tells whether another way to the same repository may be open.
func isDenied(err error) bool {
	switch statusOf(err) {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound:
		return true
	}
	return false
}
