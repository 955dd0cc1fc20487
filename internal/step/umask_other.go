//go:build !unix

package step

// setUmask has nothing to do: steps run on Linux, but the command line links them on every system.
func setUmask() {}
