// Command netprobe stands in for go in a builder image. It says what it reaches of the network, and fails.
package main

import (
	"fmt"
	"net"
	"os"
	"time"
)

// address is set by the test that builds the program.
var address string

func main() {
	for _, target := range []string{address, "golang.org:443"} {
		conn, err := net.DialTimeout("tcp", target, 3*time.Second)
		if err != nil {
			fmt.Fprintf(os.Stderr, "netprobe: no way to %s: %v\n", target, err)
			continue
		}
		fmt.Fprintf(os.Stderr, "netprobe: REACHED %s\n", target)
		conn.Close()
	}
	for _, dir := range []string{"/run/secrets", "/root/.netrc"} {
		if _, err := os.Stat(dir); err == nil {
			fmt.Fprintf(os.Stderr, "netprobe: FOUND %s\n", dir)
		}
	}
	os.Exit(1)
}
