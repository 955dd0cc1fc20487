//go:build unix

package step

import "syscall"

func setUmask() { syscall.Umask(0o022) }
