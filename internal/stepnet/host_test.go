package stepnet

import (
	"errors"
	"testing"
)

// TestCheckHost: names that some resolver takes for this machine, and names and addresses that are left to be resolved.
func TestCheckHost(t *testing.T) {
	for _, host := range []string{
		"127.1", "127.0.1", "2130706433", "0x7f000001", "0X7F.1", "017700000001", "0177.0.0.1", "127.0.0.01", "0", "00", "0x", "127.0.0.1.", "a.1", "127.0x1",
		"localhost", "LocalHost", "localhost.", "localhost..", "a.localhost", "a.b.LOCALHOST.", "localhost.localdomain", "a.localhost.localdomain.",
		"", ".", "127.0.0.1 x", "127%2e1", "１２７.0.0.1", "127。1", "a\x00.example", "a/b",
	} {
		err := checkHost(host + ":80")
		if _, ok := errors.AsType[*localError](err); !ok {
			t.Errorf("%q: %v", host, err)
		}
	}
	for _, host := range []string{
		"example.com", "example.com.", "1.example", "0x7f.example", "a_b.example", "xn--bcher-kva.example", "localhost.example", "notlocalhost", "x1", "proxy-2",
		"93.184.216.34", "[2001:db8::1]",
		"127.0.0.1", "[::1]", // checkAddr's
	} {
		if err := checkHost(host + ":80"); err != nil {
			t.Errorf("%q: %v", host, err)
		}
	}
	for _, text := range []string{"", "host", "::1:80", "[::1"} {
		if checkHost(text) == nil {
			t.Errorf("%q is no address and a port", text)
		}
	}
}
