package step

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestCompiling: packages are numbered from when it is known how many there are, and everything else stays as it is.
func TestCompiling(t *testing.T) {
	for name, tc := range map[string]struct {
		after time.Duration
		stale []string
		want  []string
	}{
		"a long step":        {0, []string{"b.example/x", "b.example/y", "b.example/app"}, []string{"errors", "# b.example/x", "x.go:1:2: a warning", "[2/4] b.example/x", "[3/4] b.example/y", "[4/4] b.example/app"}},
		"a short step":       {time.Hour, []string{"b.example/x"}, []string{"errors", "# b.example/x", "x.go:1:2: a warning", "b.example/x", "b.example/y", "b.example/app"}},
		"nobody knows":       {0, nil, []string{"errors", "# b.example/x", "x.go:1:2: a warning", "b.example/x", "b.example/y", "b.example/app"}},
		"more than was said": {0, []string{"errors", "b.example/x"}, []string{"errors", "# b.example/x", "x.go:1:2: a warning", "[2/2] b.example/x", "[3/3] b.example/y", "[4/4] b.example/app"}},
	} {
		t.Run(name, func(t *testing.T) {
			var shown strings.Builder
			asked := 0
			c := newCompiling(&shown, tc.after, func() []string {
				asked++
				return tc.stale
			})
			write := func(text string) {
				t.Helper()
				if n, err := c.Write([]byte(text)); n != len(text) || err != nil {
					t.Fatal(n, err)
				}
			}
			write("errors\n# b.exam")
			if err := c.asking.Wait(); err != nil { // it is asked as soon as a package is named
				t.Fatal(err)
			}
			write("ple/x\nx.go:1:2: a warning\nb.example/x\nb.example/y\nb.exa")
			write("mple/app\nand the rest")
			if err := c.close(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(append(tc.want, "and the rest"), strings.Split(shown.String(), "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if want := map[bool]int{true: 1}[tc.after == 0]; asked != want {
				t.Errorf("it was asked %d times, want %d", asked, want)
			}
		})
	}
}

// TestRoomToAsk: one more process beside the compilers does not fill the memory.
func TestRoomToAsk(t *testing.T) {
	for memory, want := range map[uint64]bool{0: true, 512 << 20: false, 1 << 30: false, 2 << 30: true} {
		a := allowance{memory: memory, processors: 2}
		if got := a.hasRoom(a.compilers() + 1); got != want {
			t.Errorf("%d bytes: %v", memory, got)
		}
	}
}
