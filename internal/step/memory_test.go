package step

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestAllowance(t *testing.T) {
	const meminfo = "MemTotal:       25165824 kB\nMemFree:  1 kB\n"
	for _, test := range []struct {
		name  string
		files map[string]string
		cores int
		want  allowance
		env   []string
	}{
		{"a machine", map[string]string{"proc/meminfo": meminfo}, 4, allowance{24 << 30, 4}, []string{"GOGC=800", "GOMEMLIMIT=1610612736"}},
		{"much memory", map[string]string{"proc/meminfo": "HugePages_Total: 0\nMemTotal: 268435456 kB\n"}, 16, allowance{256 << 30, 16},
			[]string{"GOGC=800", "GOMEMLIMIT=2147483648"}},
		{"a gigabyte for each core", map[string]string{"proc/meminfo": "MemTotal: 8388608 kB\n"}, 8, allowance{8 << 30, 8},
			[]string{"GOGC=800", "GOMEMLIMIT=1073741824"}},
		{"little memory", map[string]string{"proc/meminfo": "MemTotal: 1048576 kB\n"}, 2, allowance{1 << 30, 2}, nil},
		{"nothing is known", map[string]string{"proc/meminfo": "nothing"}, 0, allowance{0, 1}, nil},
		{"version 2 with a small limit on a large machine", map[string]string{"proc/meminfo": "MemTotal: 268435456 kB\n",
			"sys/fs/cgroup/memory.max": "2147483648\n", "sys/fs/cgroup/cpu.max": "max 100000\n"}, 16, allowance{2 << 30, 16}, nil},
		{"version 2 with a share of the processors", map[string]string{"proc/meminfo": meminfo,
			"sys/fs/cgroup/memory.max": "8589934592\n", "sys/fs/cgroup/cpu.max": "150000 100000\n"}, 16, allowance{8 << 30, 2},
			[]string{"GOMAXPROCS=2", "GOGC=800", "GOMEMLIMIT=1073741824"}},
		{"version 2 without a limit", map[string]string{"proc/meminfo": meminfo, "sys/fs/cgroup/memory.max": "max\n"}, 4, allowance{24 << 30, 4},
			[]string{"GOGC=800", "GOMEMLIMIT=1610612736"}},
		{"version 1", map[string]string{"proc/meminfo": meminfo, "sys/fs/cgroup/memory/memory.limit_in_bytes": "4294967296\n",
			"sys/fs/cgroup/cpu/cpu.cfs_quota_us": "50000\n", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n"}, 4, allowance{4 << 30, 1},
			[]string{"GOMAXPROCS=1", "GOGC=800", "GOMEMLIMIT=1073741824"}},
		{"version 1 with the limit of a group above", map[string]string{"proc/meminfo": meminfo,
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
			"sys/fs/cgroup/memory/memory.stat":           "cache 1\nhierarchical_memory_limit 536870912\ntotal_cache 1\n",
			"sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1\n", "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n"}, 2, allowance{512 << 20, 2}, nil},
		{"version 1 without a limit", map[string]string{"proc/meminfo": meminfo, "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"},
			2, allowance{24 << 30, 2}, []string{"GOGC=800", "GOMEMLIMIT=2147483648"}},
		{"not even the system's files", nil, 2, allowance{0, 2}, nil},
		{"a quota of more than there is", map[string]string{"sys/fs/cgroup/cpu.max": "18446744073709551615 1\n"}, 2, allowance{0, 2}, nil},
		{"a quota that rounds up to all", map[string]string{"sys/fs/cgroup/cpu.max": "199999 100000\n"}, 2, allowance{0, 2}, nil},
	} {
		root := fstest.MapFS{}
		for name, text := range test.files {
			root[name] = &fstest.MapFile{Data: []byte(text)}
		}
		got := readAllowance(root, test.cores)
		if got != test.want {
			t.Errorf("%s: %+v, want %+v", test.name, got, test.want)
		}
		if n := got.compilers(); n < 1 || n > got.processors || got.memory > 0 && n > 1 && uint64(n)*maxCompiler > got.memory {
			t.Errorf("%s: %d compilers on %d processors in %d bytes", test.name, n, got.processors, got.memory)
		}
		if diff := cmp.Diff(test.env, got.env(test.cores)); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}
