package scan

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// BenchmarkLargeTree scans a tree of Kubernetes' size. The processor time is what counts on a machine that does other work.
func BenchmarkLargeTree(b *testing.B) {
	fsys := os.DirFS(largeTree(b))
	before := processorTime(b)
	for b.Loop() {
		scanned(b, fsys, request(b))
	}
	b.ReportMetric((processorTime(b)-before).Seconds()/float64(b.N), "cpu-s/op")
}

func processorTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// largeTree has a command and 10,000 packages of two files each, every one of which imports the next.
func largeTree(t testing.TB) string {
	dir := t.TempDir()
	header := strings.Repeat("// A line of a licence that every file begins with.\n", 15) + "\n"
	write(t, dir, "go.mod", "module example.com/m\n\ngo 1.26\n")
	write(t, dir, "cmd/x/main.go", header+"package main\n\nimport _ \"example.com/m/pkg/0/0\"\n")
	for i := range 10_000 {
		next := fmt.Sprintf("example.com/m/pkg/%d/%d", (i+1)/100%100, (i+1)%100)
		sub := fmt.Sprintf("pkg/%d/%d", i/100, i%100)
		write(t, dir, sub+"/a.go", header+"package p\n\nimport (\n\t\"context\"\n\t\"fmt\"\n\n\t_ \""+next+"\"\n)\n"+strings.Repeat("\nfunc f() {}\n", 200))
		write(t, dir, sub+"/b_arm.go", header+"package p\n")
	}
	return dir
}
