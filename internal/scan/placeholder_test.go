package scan

import "testing"

// TestPlaceholder has values of programs that are public, and values that a program means.
func TestPlaceholder(t *testing.T) {
	for value, want := range map[string]bool{
		"": true, " ": true, "dev": true, "DEV": true, "(devel)": true, "(unknown)": true, "<unknown>": true, "unknown": true, "none": true, "n/a": true, "N/A": true,
		"0.0.0": true, "v0.0.0": true, "0.0.0-dev": true, "v0.0.0-master+$Format:%H$": true, "v0.0.0-gorelease": true, "0.0.0+unknown": true, "0.0": true, "0": true,
		"1.4.0-dev": true, "v3.1.2+unknown": true, "2.0-SNAPSHOT": true, "1.2.3-dev.4": true, "snapshot": true, "local": true, "HEAD": true, "master": true, "undefined": true,
		"unknown-version": true, "version unknown": true, "unknown-commit": true, "unknown-buildtime": true, "-dirty-": true, "not set": true, "version": true, "?": true, "-": true, "???": true,
		"1970-01-01T00:00:00Z": true, "0000-00-00": true, "0000000": true, "0000000000000000000000000000000000000000": true,
		"$Format:%H$": true, "@VERSION@": true, "{{.Version}}": true, "${VERSION}": true, "%VERSION%": true, "__VERSION__": true, "dev-build": true,

		"2006-01-02": false, "2006-01-02T15:04:05Z07:00": false, "HTTP/1.1": false, "sha256": false, "sha1": false, "1.2.3": false, "v1.0.0": false, "0.0.1": false, "0.1.0": false, "1.0.0-rc1": false,
		"latest": false, "v1": false, "15.0.0": false, "deadbeef": false, "14.04, Trusty Tahr": false, "/version": false, "git": true, "device": false, "developer": false, "main.go": false,
		"1970": false, "January": false, "UTC": false, "X-Version": false, "Mon Jan _2": false, "%Y-%m-%d": false, "----": false, "v": false, "mainnet": false, "dev.example.com": false,
	} {
		if got := Placeholder(value); got != want {
			t.Errorf("Placeholder(%q) = %t", value, got)
		}
	}
}
