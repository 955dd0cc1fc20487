package step

import (
	"path/filepath"
	"testing"
)

func TestNetrcAuth(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "netrc")
	if auth, err := netrcAuth(name); auth != nil || err != nil {
		t.Errorf("without a secret: %v", err)
	}
	if _, err := netrcAuth(dir); err == nil {
		t.Error("a folder was read")
	}
	if err := writeFileText(name, "machine a.example login first password pw\nmachine a.example login second password pw\nmachine b.example login me\n"); err != nil {
		t.Fatal(err)
	}
	auth, err := netrcAuth(name)
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]string{"a.example": "first", "b.example": "", "c.example": "", "": "",
		"a.example.evil.example": "", "evila.example": "", "a.example.": "", "example": "", "*": ""} {
		user, password, ok := auth(host)
		if user != want || ok != (want != "") || ok != (password == "pw") {
			t.Errorf("%q: %q, %q, %v", host, user, password, ok)
		}
	}
}
