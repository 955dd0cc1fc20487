//go:build !linux

package buildcmd

const goarch = ""
