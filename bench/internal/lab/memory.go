//go:build linux

package lab

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Memory is the highest resident set of processes, in bytes; zero where none was seen.
type Memory struct {
	// Client is the process that was started.
	Client int64
	// Tree is the largest process among the client and the children that it has waited for. The kernel counts the memory of
	// this program as the child's until that has become another program, so small values may be this program's.
	Tree int64
	// Frontend is the frontend's process, in a container of the daemon.
	Frontend int64
	// Compilers is the highest sum of the compilers that ran at once, below the client or the daemon; Running is how many these were
	// at most.
	Compilers int64
	Running   int
}

func (m Memory) max(o Memory) Memory {
	return Memory{
		max(m.Client, o.Client), max(m.Tree, o.Tree), max(m.Frontend, o.Frontend), max(m.Compilers, o.Compilers), max(m.Running, o.Running),
	}
}

// watcher looks at processes while they run. The high-water mark that the kernel keeps only grows, so few looks are enough; a sum of
// several is what it is at that moment, and a moment between two looks is missed.
type watcher struct {
	quit chan struct{}
	done chan Memory
}

const lookEvery = 100 * time.Millisecond

// watch follows a process, and the frontend that the daemon with the state root runs; without a root only the process.
func watch(pid int, root string) *watcher {
	w := &watcher{quit: make(chan struct{}), done: make(chan Memory, 1)}
	go func() {
		var m Memory
		frontend, all := "", newCompilers("/proc", strconv.Itoa(pid), root)
		ticker := time.NewTicker(lookEvery / 4) // for the shortest of builds
		defer ticker.Stop()
		for {
			select {
			case <-w.quit:
				w.done <- m
				return
			case <-ticker.C:
				ticker.Reset(lookEvery)
			}
			m.Client = max(m.Client, peak(strconv.Itoa(pid)))
			m = m.max(all.look())
			if root == "" {
				continue
			}
			if frontend == "" {
				frontend = findFrontend(root)
			}
			m.Frontend = max(m.Frontend, peak(frontend))
		}
	}()
	return w
}

func (w *watcher) stop() Memory {
	close(w.quit)
	return <-w.done
}

// peak is VmHWM of a process (proc_pid_status(5)), 0 if it has ended.
func peak(pid string) int64 {
	status, err := os.ReadFile(filepath.Join("/proc", pid, "status"))
	if err != nil {
		return 0
	}
	return highWater(string(status))
}

func highWater(status string) int64 {
	_, rest, _ := strings.Cut(status, "\nVmHWM:")
	line, _, _ := strings.Cut(rest, "\n")
	kilobytes, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(line), "kB")), 10, 64)
	return kilobytes << 10
}

// findFrontend looks for a frontend below the daemon with the state root; other daemons of the machine may run one, too.
func findFrontend(root string) string {
	dirs, _ := filepath.Glob("/proc/[0-9]*") // the pattern is right
	for _, dir := range dirs {
		cmdline, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
		if !bytes.HasSuffix(cmdline, []byte("/modship\x00frontend\x00")) {
			continue
		}
		if pid := filepath.Base(dir); isBelow("/proc", pid, "", root) {
			return pid
		}
	}
	return ""
}

// compilerNames are the programs of a Go toolchain and of gcc that compile. Links are none: there are as many as programs.
var compilerNames = []string{"compile", "asm", "cgo", "cc1", "cc1plus"}

// compilers follows the compilers below a process, or below the daemon with the state root. It looks at few files, since it looks while
// the compilers want the processors: a process becomes another program, if ever, right after it began.
type compilers struct {
	proc, pid, root string
	// young counts the looks that saw a process as something else, up to the last that is worth it; found are compilers.
	young map[string]int
	found map[string]bool
}

const youngFor = 3

func newCompilers(proc, pid, root string) *compilers {
	return &compilers{proc: proc, pid: pid, root: root, young: map[string]int{}, found: map[string]bool{}}
}

// look adds up what they have at this moment.
func (c *compilers) look() Memory {
	dir, err := os.Open(c.proc)
	if err != nil {
		return Memory{}
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1) // what was read is right
	var m Memory
	young, found := map[string]int{}, map[string]bool{}
	for _, pid := range names {
		if pid[0] < '0' || pid[0] > '9' {
			continue
		}
		looks := c.young[pid]
		switch {
		case c.found[pid] || looks < youngFor && c.is(pid):
			found[pid] = true
			m.Compilers += resident(c.proc, pid)
			m.Running++
		default:
			young[pid] = min(looks+1, youngFor)
		}
	}
	c.young, c.found = young, found
	return m
}

// is tells whether a process is one of the compilers.
func (c *compilers) is(pid string) bool {
	comm, _ := os.ReadFile(filepath.Join(c.proc, pid, "comm")) // one that has ended since is none
	return slices.Contains(compilerNames, strings.TrimSpace(string(comm))) && isBelow(c.proc, pid, c.pid, c.root)
}

// resident is the resident set of a process (proc_pid_statm(5)), 0 if it has ended.
func resident(proc, pid string) int64 {
	statm, _ := os.ReadFile(filepath.Join(proc, pid, "statm"))
	fields := strings.Fields(string(statm))
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(fields[1], 10, 64) // the kernel's number
	return pages * int64(os.Getpagesize())
}

// isBelow tells whether a process is one of those that the process above started, or the daemon with the state root; both may be empty.
func isBelow(proc, pid, above, root string) bool {
	for at := pid; at != "" && at != "1" && at != "0"; at = parent(proc, at) {
		if at == above {
			return true
		}
		if root == "" {
			continue
		}
		if cmdline, _ := os.ReadFile(filepath.Join(proc, at, "cmdline")); bytes.Contains(cmdline, []byte("\x00--root\x00"+root)) {
			return true
		}
	}
	return false
}

// parent is the parent of a process, "" if it has ended.
func parent(proc, pid string) string {
	stat, err := os.ReadFile(filepath.Join(proc, pid, "stat"))
	if err != nil {
		return ""
	}
	// The name of the program is in brackets and may hold anything; the parent is the second field after it.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 2 {
		return ""
	}
	return fields[1]
}
