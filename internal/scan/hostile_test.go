package scan

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestHostileSource: whatever a file holds, a scan ends soon and in little memory. The compiler may not.
func TestHostileSource(t *testing.T) {
	const end = "\nfunc main() {}\n"
	repeated := func(s string, n int) string { return strings.Repeat(s, n) }
	lines := func(n int, format string) string {
		var b strings.Builder
		for i := 1; i <= n; i++ {
			b.WriteString(strings.NewReplacer("#", fmt.Sprint(i), "%", fmt.Sprint(i-1)).Replace(format) + "\n")
		}
		return b.String()
	}
	for name, text := range map[string]string{
		"type without an end":     "package main\ntype string = T[int]\ntype T[P aning ]T[T[P]]\nvar version string = version\n",
		"doubling constants":      "package main\nconst a0 = \"0123456789abcdef\"\n" + lines(60, "const a# = a% + a%") + "var size [len(a60) & 1]int\nvar version = a60\n",
		"doubling variables":      "package main\nvar a0 = \"x\"\n" + lines(60, "var a# = a% + a%") + "var version = a60\n",
		"doubling in one literal": "package main\nconst a0 = `" + repeated("x", 3<<20) + "`\n" + lines(60, "const a# = a% + a%") + "var version = a60\n",
		"long shift":              "package main\nvar version = string(1 << 1000000000)\nvar commit = \"x\"[1<<(1<<62):]\n",
		"parentheses":             "package main\nvar version = " + repeated("(", 99000) + "\"x\"" + repeated(")", 99000) + "\n",
		"sum":                     "package main\nvar version = \"x\"" + repeated("+\"x\"", 500_000) + "\n",
		"signs":                   "package main\nvar version = " + repeated("!", 99000) + "\"x\"\n",
		"types in types":          "package main\nvar version " + repeated("[]", 99000) + "int\n",
		"structs":                 "package main\nvar version " + repeated("struct{a ", 40000) + "int" + repeated("}", 40000) + "\n",
		"cycle":                   "package main\nconst a = b\nconst b = a\ntype T [len(version)]int\ntype U = V\ntype V = U\nvar version T\nvar commit U = a\nvar date = date\n",
		"generic":                 "package main\ntype A[T any] struct { a *A[A[T]] }\nvar version A[int]\n",
		"many variables": "package main\nvar x = \"x\"" + repeated("+\"x\"", 900) + "\n" + func() string {
			var b strings.Builder
			for i := range 1 << 14 { // underscores make no difference to what a variable is for
				name := ""
				for bit, letter := range "labelbuilddate" {
					name += string(letter)
					if i>>bit&1 == 1 {
						name += "_"
					}
				}
				b.WriteString("var " + name + " = x + x + x\n")
			}
			return b.String()
		}(),
		"long import":       "package main\nimport _ \"example.com/m" + repeated("/x", 1<<20) + "\"\n",
		"long other import": "package main\nimport _ \"y.example" + repeated("/x", 1<<20) + "\"\n",
		"many imports":      "package main\nimport (\n" + lines(50_000, "_ \"a#\"") + ")\n",
		"same import":       "package main\nimport (\n" + repeated("_ \"os\";", 300_000) + ")\n",
		"constraint":        "//go:build " + repeated("(", 10_000) + "linux" + repeated(")", 10_000) + "\n\npackage main\n",
		"long constraint":   "//go:build " + repeated("a || ", 1_000_000) + "linux\n\npackage main\n",
		"patterns":          "package main\nimport _ \"embed\"\n//go:embed" + repeated(" *a*b*c*d*e*f*g*h*i", 100_000) + "\nvar version string\n",
		"one long line":     "package main\n/*" + repeated("x", 12<<20) + "*/\n",
		"large file":        "package main\n//" + repeated("x", 20<<20) + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			fsys := context("main.go", text+end)
			req := request(t)
			req.Stamp = []string{"main.version", "main.commit"}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			started := time.Now()
			done := make(chan error, 1)
			go func() {
				_, err := Scan(fsys, req)
				done <- err
			}()
			select {
			case err := <-done:
				if err != nil {
					t.Error(err)
				}
			case <-time.After(30 * time.Second):
				t.Fatal("the scan has not ended after 30 seconds")
			}
			runtime.ReadMemStats(&after)
			if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 2000 {
				t.Errorf("it took %d MB", used)
			} else {
				t.Logf("%d KB of Go: %v, %d MB", len(text)>>10, time.Since(started).Round(time.Millisecond), used)
			}
		})
	}
}
