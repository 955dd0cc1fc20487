//go:build linux

package integration

import (
	"syscall"
	"testing"
)

// TestUnknownUser starts a program as the user of the image and as one that only the platform knows.
func TestUnknownUser(t *testing.T) {
	dir := inline(t, `
-- go.mod --
module example.com/who

go 1.26
-- main.go --
package main

import (
	"fmt"
	"os"
	"os/user"
)

func main() {
	for _, dir := range []string{"/tmp", "/data", "/var/lib/who"} {
		fmt.Println(dir, os.WriteFile(dir+"/x", nil, 0o600) == nil)
	}
	u, err := user.Current()
	if err != nil {
		fmt.Println("nobody")
		return
	}
	fmt.Println(u.Username, u.HomeDir)
}
`)
	configure(t, dir, "image: {workdir: /data, volumes: [/var/lib/who]}\n")
	img := client.build(t, build{dir: dir, platforms: "linux/amd64"}).image(t)
	for _, c := range []struct {
		user syscall.Credential
		env  []string
		want string
	}{
		{syscall.Credential{Uid: 1001, Gid: 1001}, nil, "/tmp true\n/data true\n/var/lib/who true\napp /\n"},
		{syscall.Credential{Uid: 1000680000}, nil, "/tmp true\n/data false\n/var/lib/who false\nnobody\n"},
		{syscall.Credential{Uid: 1000680000}, []string{"USER=who", "HOME=/tmp"}, "/tmp true\n/data false\n/var/lib/who false\nwho /tmp\n"},
	} {
		if out, code := runAs(t, img, c.user, c.env); out != c.want || code != 0 {
			t.Errorf("as %d with %q: %q, exit code %d, want %q", c.user.Uid, c.env, out, code, c.want)
		}
	}
}
