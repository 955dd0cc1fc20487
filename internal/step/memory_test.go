package step

import "testing"

func TestMemoryLimit(t *testing.T) {
	for _, test := range []struct {
		meminfo string
		cores   int
		want    uint64
	}{
		{"MemTotal:       25165824 kB\nMemFree:  1 kB\n", 2, 3 << 30},
		{"HugePages_Total: 0\nMemTotal: 67108864 kB\n", 16, 1 << 30},
		{"MemTotal: 2097152 kB\n", 2, 1 << 30},
		{"nothing", 0, 1 << 30},
	} {
		if got := memoryLimit(totalMemory([]byte(test.meminfo)), test.cores); got != test.want {
			t.Errorf("%q on %d cores: %d, want %d", test.meminfo, test.cores, got, test.want)
		}
	}
}
