//go:build !linux

package cli

const goarch = ""
