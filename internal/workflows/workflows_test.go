package workflows

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// step is one of a job or of a composite action.
type step struct {
	Name, Uses, Run, Shell string
	With, Env              map[string]any
}

// document is a workflow, or an action.
type document struct {
	name, text string

	Name, Description string
	Permissions       map[string]string
	Jobs              map[string]struct {
		Permissions map[string]string
		Timeout     int `yaml:"timeout-minutes"`
		Steps       []step
	}
	Inputs map[string]struct{ Description string }
	Runs   struct {
		Using string
		Steps []step
	}
}

func (d document) steps() []step {
	all := d.Runs.Steps
	for _, job := range d.Jobs {
		all = append(all, job.Steps...)
	}
	return all
}

func documents(t *testing.T) []document {
	t.Helper()
	var all []document
	for _, pattern := range []string{"../../.github/workflows/*.yml", "../../.github/actions/*/action.yml"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %q, %v", pattern, names, err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			d := document{name: name, text: string(text)}
			if err := yaml.Unmarshal(text, &d); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if d.Name == "" || len(d.steps()) == 0 {
				t.Errorf("%s: it has no name or no steps", name)
			}
			all = append(all, d)
		}
	}
	return all
}

// pinned is an action at a commit, with the version of that beside it for people and for what renews them.
var pinned = regexp.MustCompile(`(?m)uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)

// TestPinned: what others can change is taken at one commit, and no more may be done with a token than is said.
func TestPinned(t *testing.T) {
	for _, d := range documents(t) {
		used := 0
		for _, s := range d.steps() {
			if s.Uses != "" && !strings.HasPrefix(s.Uses, "./") {
				used++
			}
			if strings.Contains(s.Run, "${{") {
				t.Errorf("%s: a value of somebody else's becomes code in %q: hand it over in env", d.name, s.Run)
			}
			if strings.HasPrefix(s.Uses, "actions/checkout@") && s.With["persist-credentials"] != false {
				t.Errorf("%s: a token stays in .git, which is in the build context", d.name)
			}
		}
		if got := len(pinned.FindAllString(d.text, -1)); got != used {
			t.Errorf("%s uses %d actions of others, and names %d by their commit and version", d.name, used, got)
		}
		if d.Jobs == nil {
			continue
		}
		if d.Permissions == nil {
			t.Errorf("%s has the permissions that the repository gives to every workflow", d.name)
		}
		for name, job := range d.Jobs {
			if job.Timeout == 0 {
				t.Errorf("%s: job %s may take six hours", d.name, name)
			}
		}
	}
}

// environment is what a composite action reads its inputs from.
var environment = regexp.MustCompile(`\$\{\{ inputs\.([\w-]+) \}\}`)

// TestInputs: every input of an action has a description and reaches its script.
func TestInputs(t *testing.T) {
	for _, d := range documents(t) {
		given := map[string]bool{}
		for _, m := range environment.FindAllStringSubmatch(d.text, -1) {
			given[m[1]] = true
		}
		for name, input := range d.Inputs {
			if input.Description == "" || !given[name] {
				t.Errorf("%s: the input %s has no description or no effect", d.name, name)
			}
			delete(given, name)
		}
		for name := range given {
			t.Errorf("%s: there is no input %s", d.name, name)
		}
	}
}
