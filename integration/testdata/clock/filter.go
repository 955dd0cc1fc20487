//go:build linux && amd64

package main

import (
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// filter has the tracer asked at calls for the time of day, for all threads and all that they start (seccomp(2)).
func filter() error {
	const load, equal, end = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, unix.BPF_RET | unix.BPF_K
	const number, clockID = 0, 16 // offsets in struct seccomp_data
	program := []unix.SockFilter{
		{Code: load, K: number},
		{Code: equal, K: unix.SYS_GETTIMEOFDAY, Jt: 4},
		{Code: equal, K: unix.SYS_CLOCK_GETTIME, Jf: 4},
		{Code: load, K: clockID},
		{Code: equal, K: unix.CLOCK_REALTIME, Jt: 1},
		{Code: equal, K: unix.CLOCK_REALTIME_COARSE, Jf: 1},
		{Code: end, K: unix.SECCOMP_RET_TRACE},
		{Code: end, K: unix.SECCOMP_RET_ALLOW},
	}
	fprog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	_, _, errno := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC,
		uintptr(unsafe.Pointer(&fprog)))
	runtime.KeepAlive(program)
	if errno != 0 {
		return errno
	}
	return nil
}
