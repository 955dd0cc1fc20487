package stepnet

import (
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strings"
)

var (
	// nameForm is what names of servers are written in. Others are turned into them by some programs, which see the digits of every
	// script as digits.
	nameForm = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)
	// numberForm is the last part of what inet_aton takes for an address of IPv4: no name of the domain name system ends so.
	numberForm = regexp.MustCompile(`(^|\.)([0-9]+|0[xX][0-9A-Fa-f]*)$`)
)

// checkHost refuses names that need no resolving to mean this machine, or to be an address that nobody has looked at. Whoever
// resolves them next, a proxy or the C library, does so by rules of its own.
func checkHost(hostPort string) error {
	host, _, err := net.SplitHostPort(hostPort)
	if err != nil {
		return fmt.Errorf("reading the address %q: %w", hostPort, err)
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return nil // for checkAddr
	}
	name := strings.ToLower(strings.TrimRight(host, "."))
	switch {
	case name == "":
		return &localError{"no host at all", "the machine that builds"}
	case !nameForm.MatchString(name):
		return &localError{fmt.Sprintf("%q", host), "no name of a server"}
	case numberForm.MatchString(name):
		return &localError{host, "an address in another form"}
	}
	for _, local := range []string{"localhost", "localhost.localdomain"} {
		if name == local || strings.HasSuffix(name, "."+local) {
			return &localError{host, "the machine that builds"}
		}
	}
	return nil
}
