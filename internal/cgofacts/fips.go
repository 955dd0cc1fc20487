package cgofacts

import "strings"

// FIPS is what a program says of cryptography under FIPS 140. It is a report and no judgement: whether a system complies depends on
// more.
type FIPS struct {
	// Module is the Go Cryptographic Module that was chosen with GOFIPS140, "" if none was.
	Module string `json:"module,omitempty"`
	// Default is the setting fips140 of GODEBUG that the program starts with, "" if that is Go's own.
	Default string `json:"default,omitempty"`
	// Backend is boringcrypto or openssl, where experiments of Go or of Microsoft's and Red Hat's replace its cryptography.
	Backend string `json:"backend,omitempty"`
}

// fips gives nil if nothing is said.
func (f *Facts) fips() *FIPS {
	if f.Go == nil {
		return nil
	}
	found := FIPS{Module: f.Go.Settings["GOFIPS140"]}
	for setting := range strings.SplitSeq(f.Go.Settings["DefaultGODEBUG"], ",") {
		if value, ok := strings.CutPrefix(setting, "fips140="); ok {
			found.Default = value
		}
	}
	experiments := f.Go.Version + "," + f.Go.Settings["GOEXPERIMENT"]
	switch {
	case strings.Contains(experiments, "boringcrypto"):
		found.Backend = "boringcrypto"
	case strings.Contains(experiments, "opensslcrypto"), strings.Contains(experiments, "systemcrypto"), f.names.openssl:
		found.Backend = "openssl"
	}
	if found == (FIPS{}) {
		return nil
	}
	return &found
}
