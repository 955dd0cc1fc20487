// Package goenv holds Go's module settings as typed data: where modules come from and how they are verified
// (https://go.dev/ref/mod#environment-variables).
//
// It reads no environment and no clock: callers parse what the user wrote into [Settings], fill the gaps from [Defaults],
// call [Settings.Validate] once, and hand [Settings.Env] to a step that runs the go command. The meaning of every value is
// cmd/go's, with these exceptions, all of them refused by Validate: user names, passwords and query strings in a URL (they
// would end in cache keys and provenance), plain http except to loopback and to the hosts in Insecure, and file: proxies, which
// name a disk that a build step does not see. GOINSECURE, which is of module paths and takes the sums away, has no place here at all.
//
// No error of this package repeats the user name, password or query of a URL.
package goenv

import (
	"slices"
	"strings"

	"golang.org/x/mod/module"
)

// Settings is where modules come from and how they are verified. The zero value knows no proxy and no checksum database.
type Settings struct {
	// Proxy is GOPROXY: a list of URLs, "direct" and "off", separated by "," or "|".
	Proxy string `json:"proxy,omitzero"`
	// SumDB is GOSUMDB: a name, a name with key, both with a URL, or "off".
	SumDB string `json:"sumdb,omitzero"`
	// NoSumDB is GONOSUMDB, one pattern each; empty means Private.
	NoSumDB []string `json:"noSumdb,omitempty"`
	// NoProxy is GONOPROXY, one pattern each; empty means Private.
	NoProxy []string `json:"noProxy,omitempty"`
	// Private is GOPRIVATE, one pattern each.
	Private []string `json:"private,omitempty"`
	// Insecure are hosts, with or without a port, that are asked by plain http where a URL says so.
	Insecure []string `json:"insecure,omitempty"`
}

// insecureVar carries Insecure to a step. The go command does not know it.
const insecureVar = "MODSHIP_INSECURE"

// Env returns the settings as KEY=VALUE, sorted by key. The five keys of the go command are always there, so that nothing a caller
// puts in front of them can show through; it takes an empty value as an unset one.
func (s Settings) Env() []string {
	env := []string{
		"GONOPROXY=" + strings.Join(s.NoProxy, ","),
		"GONOSUMDB=" + strings.Join(s.NoSumDB, ","),
		"GOPRIVATE=" + strings.Join(s.Private, ","),
		"GOPROXY=" + s.Proxy,
		"GOSUMDB=" + s.SumDB,
	}
	if len(s.Insecure) > 0 {
		env = append(env, insecureVar+"="+strings.Join(s.Insecure, ","))
	}
	return env
}

// Or returns s with every empty field taken from d.
func (s Settings) Or(d Settings) Settings {
	if s.Proxy == "" {
		s.Proxy = d.Proxy
	}
	if s.SumDB == "" {
		s.SumDB = d.SumDB
	}
	s.NoSumDB = orPatterns(s.NoSumDB, d.NoSumDB)
	s.NoProxy = orPatterns(s.NoProxy, d.NoProxy)
	s.Private = orPatterns(s.Private, d.Private)
	s.Insecure = orPatterns(s.Insecure, d.Insecure)
	return s
}

// SkipsProxy reports whether the module is fetched from its origin and never from a proxy: it matches GONOPROXY, or
// GOPRIVATE where GONOPROXY is empty.
func (s Settings) SkipsProxy(modulePath string) bool {
	return matchAny(orPatterns(s.NoProxy, s.Private), modulePath)
}

// orPatterns returns a copy of the first list that is not empty.
func orPatterns(a, b []string) []string {
	if len(a) == 0 {
		a = b
	}
	return slices.Clone(a)
}

func matchAny(patterns []string, modulePath string) bool {
	return module.MatchPrefixPatterns(strings.Join(patterns, ","), modulePath)
}
