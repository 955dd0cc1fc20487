package step

import (
	"bufio"
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path"
	"runtime"
	"strconv"
	"strings"
)

// compilerMemory is the environment that makes the compiler and the linker fast: they are short-lived, and without garbage
// collection they do a sixth less work (ko v0.19.1 on 2 cores: 46 s instead of 55 s). With hardly any of it they do no more (44 s, and
// 45 s without, in another run) in two thirds of the memory, each page of which the kernel has to clear. A soft limit keeps the large ones from filling
// the machine. Neither changes what they write, nor does the number of processors.
func compilerMemory() []string {
	return readAllowance(os.DirFS("/"), runtime.NumCPU()).env(runtime.NumCPU())
}

// allowance is what a step may use of the machine.
type allowance struct {
	memory     uint64 // bytes; 0 if it is not known
	processors int
}

// readAllowance asks the kernel: for what the machine has, and for what the control groups leave of it. A step sees its own group
// only (cgroup_namespaces(7)), but version 1 says there what the groups above it leave. root is the file system, cores what the
// process may run on.
func readAllowance(root fs.FS, cores int) allowance {
	a := allowance{memory: totalMemory(read(root, "proc/meminfo")), processors: max(cores, 1)}
	const groups = "sys/fs/cgroup"
	for _, limit := range []uint64{
		number(read(root, groups+"/memory.max")),
		field(read(root, groups+"/memory/memory.stat"), "hierarchical_memory_limit"),
		number(read(root, groups+"/memory/memory.limit_in_bytes")),
	} {
		// What is no limit is a number beyond all memory in version 1, and none in version 2.
		if limit > 0 && (a.memory == 0 || limit < a.memory) {
			a.memory = limit
		}
	}
	quota, period, _ := strings.Cut(strings.TrimSpace(string(read(root, groups+"/cpu.max"))), " ")
	a.limitProcessors(quota, period)
	for _, dir := range []string{"cpu", "cpu,cpuacct"} {
		dir = path.Join(groups, dir)
		a.limitProcessors(string(read(root, dir+"/cpu.cfs_quota_us")), string(read(root, dir+"/cpu.cfs_period_us")))
	}
	return a
}

// limitProcessors takes a share of processor time, rounded up; "max", -1 and nothing are no limit.
func (a *allowance) limitProcessors(quota, period string) {
	used, of := number([]byte(quota)), number([]byte(period))
	if used > 0 && of > 0 && used/of < uint64(a.processors) {
		a.processors = min(a.processors, int((used+of-1)/of))
	}
}

// env holds what one process may use: two builds side by side, each with a process on every core, fill half of the memory at most.
// Below a gigabyte the collector would run all the time; and where the processes would not have even that, Go's own defaults use the
// least. More than two gigabytes are of no use to most packages, and would be too much where the limit is that of a group which
// the step does not see. cores is what the machine has: old releases of Go do not know of a smaller share.
func (a allowance) env(cores int) []string {
	const least, most = 1 << 30, 2 << 30
	var env []string
	if a.processors < cores {
		env = append(env, fmt.Sprintf("GOMAXPROCS=%d", a.processors))
	}
	processors := uint64(a.processors)
	if a.memory < least*processors {
		return env
	}
	limit := min(max(least, a.memory/(4*processors)), most)
	return append(env, "GOGC=800", fmt.Sprintf("GOMEMLIMIT=%d", limit))
}

// totalMemory reads MemTotal of /proc/meminfo (proc_meminfo(5)), in bytes; 0 if it is not there.
func totalMemory(meminfo []byte) uint64 {
	return field(meminfo, "MemTotal:") << 10
}

// field gives the number behind a name at the beginning of a line, 0 if there is none.
func field(text []byte, name string) uint64 {
	for s := bufio.NewScanner(bytes.NewReader(text)); s.Scan(); {
		if words := strings.Fields(s.Text()); len(words) > 1 && words[0] == name {
			return number([]byte(words[1]))
		}
	}
	return 0
}

// number is 0 for what is none.
func number(text []byte) uint64 {
	n, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// read gives nothing for a file that is not there: every one of them is missing on some machine.
func read(root fs.FS, name string) []byte {
	data, err := fs.ReadFile(root, name)
	if err != nil {
		return nil
	}
	return data
}
