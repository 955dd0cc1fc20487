package stepnet

import (
	"errors"
	"net/netip"
	"testing"
)

// TestCheckAddr: this machine, its link and what clouds answer from there, in every way that an address is written.
func TestCheckAddr(t *testing.T) {
	for _, addr := range []string{
		"127.0.0.1", "127.255.1.2", "0.0.0.0", "0.0.0.1", "0.1.2.3", "::", "::1", "169.254.169.254", "fe80::1%lo", "224.0.0.1", "ff02::1", "255.255.255.255",
		"168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254", "fd00:42::42",
		"::ffff:127.0.0.1", "::ffff:168.63.129.16", "::127.0.0.1", "::169.254.169.254", "::ffff:0:127.0.0.1",
		"64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b::6464:64c8", "64:ff9b::1", "64:ff9b:1::7f00:1", "64:ff9b:1:2::a9fe:a9fe",
		"2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:a83f:8110:1:2:3:4:5",
	} {
		err := checkAddr(netip.MustParseAddr(addr))
		if _, ok := errors.AsType[*localError](err); !ok {
			t.Errorf("%s: %v", addr, err)
		}
	}
	for _, addr := range []string{
		"1.0.0.1", "93.184.216.34", "168.63.129.17", "192.0.0.193", "::ffff:93.184.216.34", "2001:db8::1", "fd00:ec2::1",
		"::93.184.216.34", "64:ff9b::5db8:d822", "64:ff9b:1::5db8:d822", "64:ff9c::7f00:1", "2002:5db8:d822::7f00:1", "2003:7f00:1::",
	} {
		if err := checkAddr(netip.MustParseAddr(addr)); err != nil {
			t.Errorf("%s: %v", addr, err)
		}
	}
}
