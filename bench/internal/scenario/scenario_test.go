package scenario

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/bench/internal/subject"
)

func TestFind(t *testing.T) {
	found, err := Find([]string{"edit-main@1", "ci", "same", "cold@4", "cold", "same", "cold@1"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range found {
		got = append(got, s.Name)
	}
	want := []string{"cold", "same", "ci", "cold@1", "edit-main@1", "cold@4"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	for name, want := range map[string]string{"could": "cold, same", "cold@9": "from 1 to 8", "cold@": "from 1 to 8", "cold@0": "from 1 to 8"} {
		if _, err := Find([]string{name}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gives %v", name, err)
		}
	}
}

func TestOf(t *testing.T) {
	run := []string{"linux/riscv64"}
	if diff := cmp.Diff(run, Scenario{}.Of(run)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"linux/amd64", "linux/arm64"}, Scenario{Count: 2}.Of(run)); diff != "" {
		t.Error(diff)
	}
}

// TestScenariosLeaveAnotherState: what is measured on old caches and is no edit must be Once, but for "same".
func TestScenariosLeaveAnotherState(t *testing.T) {
	for _, s := range All() {
		if s.Name != "same" && !s.Fresh && s.Edit == nil && !s.Once {
			t.Errorf("a second sample of %s would find everything done", s.Name)
		}
		if s.Doc == "" {
			t.Errorf("%s is not described", s.Name)
		}
	}
}

// TestTargets: what each kind of scenario builds of a subject with one program, with two, and with many at once.
func TestTargets(t *testing.T) {
	one := subject.Subject{Main: ".", Second: "./two"}
	many := subject.Subject{Main: "./union", Programs: []string{"./cmd/a", "./cmd/b"}}
	for _, c := range []struct {
		of   subject.Subject
		s    Scenario
		want []string
	}{
		{one, Scenario{}, []string{"first"}},
		{one, Scenario{Second: true}, []string{"second"}},
		{many, Scenario{}, []string{"a", "b"}},
		{many, Scenario{Union: true}, []string{"first"}},
	} {
		if diff := cmp.Diff(c.want, c.s.Targets(c.of)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}
