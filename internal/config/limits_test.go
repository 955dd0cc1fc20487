package config_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/diag"
)

// TestLimits gives the parser what a hostile author would. Each input is refused with a place in the file; most would take the
// YAML library minutes or all memory.
func TestLimits(t *testing.T) {
	const size = 1 << 20
	repeat := func(unit string) string { return strings.Repeat(unit, size/len(unit)) }
	var keys strings.Builder
	for i := 0; keys.Len() < size-20; i++ {
		fmt.Fprintf(&keys, "k%d: v\n", i)
	}
	var deep strings.Builder
	for i := range 60 {
		fmt.Fprintf(&deep, "%sa:\n", strings.Repeat(" ", i))
	}
	for _, tt := range []struct{ name, input, want string }{
		{"large", strings.Repeat("# comment\n", size/10+1), "more than the 1048576 allowed"},
		{"long line", "main: " + strings.Repeat("x", 9000), "more than 8192 bytes"},
		{"many keys", keys.String(), "more than 20000 YAML tokens"},
		{"many elements", "a: [" + strings.Repeat("1,\n", 20_000), "more than 20000 YAML tokens"},
		{"flow depth", strings.Repeat("[\n", 1000), "nested more than 32 levels"},
		{"flow depth in one line", strings.Repeat("{a: ", 1000), "nested more than 32 levels"},
		{"list depth", strings.Repeat("- ", 1000), "nested more than 32 levels"},
		{"mapping depth", deep.String(), "nested more than 32 levels"},
		{"empty lines in a block", "main: |\n  " + strings.Repeat("\n", 100_000), "more than 99 empty lines"},
		{"merge keys", repeat("<"), "more than 8192 bytes"},
		{"directives", repeat("%\n"), "YAML directives"},
		{"tags", "main: " + strings.Repeat("!a ", 2000), "YAML tags"},
		{"anchors", strings.Repeat("- &a &b\n", 100), "YAML anchors"},
		{"aliases", "- *a\n", "YAML aliases"},
		{"documents", "main: .\n---\nmain: .\n", "document"},
		{"long key", strings.Repeat("k", 600) + ": x", "more than 512 bytes"},
		{"carriage returns", repeat("\r"), "control character U+000D"},
		{"NUL", "main: a\x00b", "control character U+0000"},
		{"not UTF-8", "main: a\xffb", "not UTF-8"},
		{"UTF-16", "\xff\xfem\x00", "not UTF-8"},
		{"escaped NUL", `main: "a\0b"`, "control character U+0000"},
		{"turned writing", "main: a\u202eb", "invisible character U+202E"},
		{"escaped turned writing", `main: "a\u202eb"`, "invisible character U+202E"},
		{"line separator", "# a\u2028main: b", "invisible character U+2028"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			start := time.Now()
			_, err := config.Parse("app.yaml", []byte(tt.input))
			t.Logf("%d bytes in %v", len(tt.input), time.Since(start))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %.300v, want %q", err, tt.want)
			}
			checkInside(t, []byte(tt.input), err)
			if all := diag.All(err); all[0].Start.Line == 0 || len(all) > 101 {
				t.Errorf("%d mistakes, the first is %v", len(all), all[0])
			}
		})
	}
}

// TestWithinLimits has files that are large but honest.
func TestWithinLimits(t *testing.T) {
	var labels strings.Builder
	labels.WriteString("image:\n  labels:\n")
	for i := range 4000 {
		fmt.Fprintf(&labels, "    com.example.key%d: value\n", i)
	}
	for name, input := range map[string]string{
		"comments": strings.Repeat("# a comment\n", (1<<20)/12),
		"labels":   labels.String(),
		"block":    "image: {}\nmain: >-\n  ./cmd/server\n" + strings.Repeat("# x\n\n", 5000),
	} {
		if _, err := config.Parse("app.yaml", []byte(input)); err != nil {
			t.Errorf("%s: %.300v", name, err)
		}
	}
}
