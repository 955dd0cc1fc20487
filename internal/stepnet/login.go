package stepnet

import (
	"fmt"
	"net/http"
	"net/url"
)

// Login gives the user name and the password for a host, without its port, such as a netrc has. It may be nil.
type Login func(host string) (user, password string, ok bool)

// of puts a login for a proxy into its address, from which [http.Transport] takes it. The gateway is asked without one.
func (l Login) of(proxy *url.URL) *url.URL {
	if l == nil || proxy == nil || proxy.User != nil || isGateway(proxy.Hostname()) {
		return proxy
	}
	user, password, ok := l(proxy.Hostname())
	if !ok {
		return proxy
	}
	with := *proxy
	with.User = url.UserPassword(user, password)
	return &with
}

// LoginError says that an HTTP proxy on the way to a server wants to know who asks: it has answered 407.
type LoginError struct {
	// Proxy is the proxy, without user name and password.
	Proxy string
	// Given says that it was told a user name and a password.
	Given bool
	// help says what to do.
	help string
}

// Error says what to do as well.
func (e *LoginError) Error() string {
	asks := "asks for a user name and a password"
	if e.Given {
		asks = "does not take the user name and password that it was given"
	}
	return fmt.Sprintf("the HTTP proxy %s %s (407 %s): %s", e.Proxy, asks, http.StatusText(http.StatusProxyAuthRequired), e.help)
}

// Is tells that it is of no use to ask again.
func (e *LoginError) Is(target error) bool { return isPermission(target) }

// loginError is that of a proxy that has answered 407; its login is in the address.
func loginError(proxy *url.URL, help string) *LoginError {
	return &LoginError{proxy.Host, proxy.User != nil, help}
}

// netrcHelp says how a step gets a login.
func netrcHelp(proxy *url.URL) string {
	return fmt.Sprintf("put the line `machine %s login NAME password PASSWORD` into the file of --secret id=netrc,src=FILE", proxy.Hostname())
}

// gatewayHelp says how the gateway gets a login.
const gatewayHelp = "put them into its address, http://NAME:PASSWORD@HOST:PORT, in HTTP_PROXY and HTTPS_PROXY of modship build"

// noLoginHelp is for steps that fetch what a repository names, and have no secrets but certificates.
const noLoginHelp = "steps that fetch C compilers have no passwords: name a proxy in HTTPS_PROXY that asks for none"
