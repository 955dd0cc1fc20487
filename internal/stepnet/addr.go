package stepnet

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
)

// metadata are the addresses outside of the local link where clouds tell a machine its own secrets.
var metadata = []netip.Addr{
	netip.MustParseAddr("168.63.129.16"),   // Azure
	netip.MustParseAddr("100.100.100.200"), // Alibaba Cloud
	netip.MustParseAddr("192.0.0.192"),     // Oracle Cloud
	netip.MustParseAddr("fd00:ec2::254"),   // Amazon EC2
	netip.MustParseAddr("fd00:ec2::23"),    // Amazon EKS
	netip.MustParseAddr("fd20:ce::254"),    // Google Cloud
	netip.MustParseAddr("fd00:42::42"),     // Scaleway
}

// thisNetwork stands for the machine itself, RFC 1122, 3.2.1.3; Linux takes 0.0.0.0 alone for it.
var thisNetwork = netip.MustParsePrefix("0.0.0.0/8")

// translated are the networks of IPv6 whose addresses hold one of IPv4, from a byte on. A translator on the way, or the machine
// itself, connects to that one.
var translated = []struct {
	netip.Prefix
	from int
}{
	{netip.MustParsePrefix("::/96"), 12},           // RFC 4291, 2.5.5.1
	{netip.MustParsePrefix("::ffff:0:0:0/96"), 12}, // RFC 2765
	{netip.MustParsePrefix("64:ff9b::/96"), 12},    // RFC 6052
	{netip.MustParsePrefix("64:ff9b:1::/48"), 12},  // RFC 8215, with a prefix of 96 bits
	{netip.MustParsePrefix("2002::/16"), 2},        // RFC 3056
}

// checkAddr refuses what means this machine, or the wire that it is on: the loopback network, addresses of its interfaces, those
// that are valid on one link only, and what clouds answer from there.
func checkAddr(addr netip.Addr) error {
	addr = addr.Unmap().WithZone("")
	if err := checkPlain(addr); err != nil || !addr.Is6() {
		return err
	}
	bytes := addr.As16()
	for _, t := range translated {
		if t.Contains(addr) {
			if err := checkPlain(netip.AddrFrom4([4]byte(bytes[t.from:]))); err != nil {
				return fmt.Errorf("%s stands for an address of IPv4: %w", addr, err)
			}
		}
	}
	return nil
}

// checkPlain is checkAddr for an address as it is written.
func checkPlain(addr netip.Addr) error {
	switch {
	case addr.IsLoopback(), addr.IsUnspecified(), thisNetwork.Contains(addr):
		return &localError{addr.String(), "the machine that builds"}
	case addr.IsLinkLocalUnicast(), addr.IsMulticast(), addr == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return &localError{addr.String(), "an address of the local link"}
	case slices.Contains(metadata, addr):
		return &localError{addr.String(), "where a cloud tells its machines their secrets"}
	}
	own, err := net.InterfaceAddrs()
	if err != nil {
		return fmt.Errorf("asking for the addresses of this machine: %w", err)
	}
	for _, a := range own {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Unmap().WithZone("") == addr {
			return &localError{addr.String(), "the machine that builds"}
		}
	}
	return nil
}
