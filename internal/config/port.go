package config

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

var portNumber = regexp.MustCompile(`^[1-9][0-9]{0,4}$`)

// Port checks an exposed port, "8080", "8080/tcp", "53/udp" or "9/sctp", and returns it with its protocol.
func Port(s string) (string, error) {
	number, protocol, hasProtocol := strings.Cut(s, "/")
	if !hasProtocol {
		protocol = "tcp"
	}
	if strings.Contains(number, "-") {
		return "", &problem{fmt.Sprintf("port %q is a range or negative", s), "list each port"}
	}
	if strings.Contains(number, ":") {
		return "", &problem{fmt.Sprintf("port %q has a host part", s), "publishing belongs to who runs the image; write the container's port"}
	}
	if n, err := strconv.Atoi(number); !portNumber.MatchString(number) || err != nil || n > 65535 {
		return "", &problem{fmt.Sprintf("%q is not a port", s), "write a number from 1 to 65535, and /udp or /sctp after it if it is not TCP"}
	}
	switch protocol {
	case "tcp", "udp", "sctp":
		return number + "/" + protocol, nil
	}
	return "", &problem{fmt.Sprintf("port %q has the unknown protocol %q", s, protocol), "write tcp, udp or sctp in lower case"}
}
