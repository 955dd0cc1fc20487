package ocidiff

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/testing/imagetest"
)

// deep gives what is found in files.
func (b blobs) deep(t *testing.T, one, other []entry, ignore ...string) []string {
	t.Helper()
	parsed, err := ParseIgnore(ignore)
	if err != nil {
		t.Fatal(err)
	}
	x, y := image("", user, b.add(archive(t, one...), "")), image("", user, b.add(archive(t, other...), ""))
	r, err := Compare(Image{"a", x, b.content()}, Image{"b", y, b.content()}, Options{Ignore: parsed, Deep: true})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, d := range r.Differences {
		if d.Level == Program || d.Level == Text {
			lines = append(lines, strings.Join(d.In, " ")+" "+d.Path+d.Diff)
		}
	}
	var out strings.Builder
	if err := r.Text(&out); err != nil || len(lines) > 0 && !strings.Contains(out.String(), "layer 0 / /") {
		t.Errorf("%v: %s", err, &out)
	}
	if err := (Result{Comparisons: []Report{r}}).HTML(&out); err != nil || strings.Contains(out.String(), "ZgotmplZ") {
		t.Errorf("%v: %s", err, &out)
	}
	return lines
}

func TestDeepText(t *testing.T) {
	got := blobs{}.deep(t, []entry{regular("x", "a\nb\n"), regular("y", "a\x00")}, []entry{regular("x", "a\nc\n"), regular("y", "b\x00")})
	if diff := cmp.Diff([]string{"layer 0 /x @@ -1,2 +1,2 @@\n a\n-b\n+c\n"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestDeepProgram compares two programs of the same source but for platform and commit.
func TestDeepProgram(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles two programs")
	}
	one, other := imagetest.NewProgram(t, "linux/amd64"), imagetest.NewProgram(t, "linux/arm64")
	x, y := []entry{regular("app", string(one.Content))}, []entry{regular("app", string(other.Content))}
	got := blobs{}.deep(t, x, y)
	for _, want := range []string{"layer 0 /app /machine", "layer 0 /app /settings/GOARCH"} {
		if !slices.Contains(got, want) {
			t.Errorf("lacks %s: %q", want, got)
		}
	}
	if got := (blobs{}).deep(t, x, y, "program:/settings/*"); slices.Contains(got, "layer 0 /app /settings/GOARCH") || !slices.Contains(got, "layer 0 /app /machine") {
		t.Errorf("%q", got)
	}
}
