//go:build !unix

package vcs_test

import "os"

// mkfifo makes another thing that is no file where there are no pipes.
func mkfifo(name string) error { return os.Mkdir(name, 0o755) }
