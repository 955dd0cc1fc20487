package ownpolicy_test

import (
	"strings"
	"testing"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/imagefacts"
	"github.com/modship-build/modship/internal/ociread"
	"github.com/modship-build/modship/internal/ownpolicy"
	"github.com/modship-build/modship/internal/policy"
	"github.com/modship-build/modship/internal/testing/imagetest"
)

func parse(t *testing.T, text string) *ownpolicy.File {
	t.Helper()
	f, err := ownpolicy.Parse("p.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// image is one whose program and documents are known.
func image(t *testing.T) policy.Image {
	t.Helper()
	layout := imagetest.NewLayout(t)
	program := imagetest.NewProgram(t, "linux/amd64")
	entry := layout.Image(imagetest.Image{
		Config: ocispec.Image{
			Platform: ocispec.Platform{OS: "linux", Architecture: "amd64"},
			Config:   ocispec.ImageConfig{Entrypoint: []string{"/app"}, User: "7:7", Labels: map[string]string{"team": "x"}},
		},
		Files: []imagetest.File{{Name: "app", Content: program.Content}},
	})
	source, err := ociread.Open(t.Context(), layout.Reference(layout.Index(map[string]string{"a": "b"}, entry)), ociread.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	var img policy.Image
	err = source.Images(t.Context(), nil, func(found *ociread.Image, err error) error {
		if err != nil {
			return err
		}
		contents, err := imagefacts.ReadContents(t.Context(), found)
		img = policy.NewImage("app", []string{"linux/amd64"}, found, contents)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// TestPolicies judges an image by expressions over all that the view has.
func TestPolicies(t *testing.T) {
	img := image(t)
	for check, want := range map[string]string{
		`image.reference == "app" && image.platform == "linux/amd64" && image.platforms.size() == 1`: "",
		`index.annotations.a == "b" && manifest.layers.size() == 1 && config.config.User == "7:7"`:   "",
		`labels.team == "x" && user.uid == 7 && start.program == "/app" && start.problems == []`:     "",
		`main.go.module == "github.com/example/app" && main.go.settings.GOOS == "linux"`:             "",
		`programs.exists(p, p.path == "/app" && p.static && p.arch == "amd64")`:                      "",
		`labels[?"none"].orValue("x") == "x"`:                                                        "",
		`manifest.layers.all(l, l.size < 10)`:                                                        "no",
		`labels.none == "x"`:                                                                         "the policy cannot judge it: p.yaml:3:10: no such key: none",
		`labels.team`:                                                                                "the policy cannot judge it: p.yaml:3:10: it gives string, not true or false",
		`[1,2,3,4,5,6,7,8].all(a, range(2000).all(b, range(2000).all(c, a + b + c > -1)))`:           "the policy cannot judge it: p.yaml:3:10: ",
	} {
		check = strings.ReplaceAll(check, "range(2000)", "lists.range(2000)")
		f := parse(t, "policies:\n- id: own\n  check: '"+check+"'\n  message: no\n  level: warn\n")
		found := f.Rules().Check(img, policy.Settings{})
		switch {
		case want == "" && len(found) > 0:
			t.Errorf("%s: %+v", check, found)
		case want != "" && (len(found) != 1 || !strings.HasPrefix(found[0].Message, want) || found[0].Level != policy.Warn || found[0].Rule != "own"):
			t.Errorf("%s: %+v, want %s", check, found, want)
		}
	}
	f := parse(t, "policies:\n- {id: own, when: 'user.uid == 0', check: 'false', message: no}\n- {id: said, check: 'false', messageExpression: '\"team \" + labels.team', place: x, help: h, url: 'https://example.com/'}\n")
	found := f.Rules().Check(img, policy.Settings{})
	if len(found) != 1 || found[0].Message != "team x" || found[0].Place != "x" || found[0].Help != "h" || found[0].URL != "https://example.com/" || found[0].Level != policy.Error {
		t.Errorf("%+v", found)
	}
}

func TestMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"policies:\n- id: own\n  check: user.uid == \n  message: x\n":                             "p.yaml:3:",
		"policies:\n- id: own\n  check: |\n    true &&\n    nobody.uid == 1\n  message: x\n":      "p.yaml:5:1: undeclared reference to 'nobody'",
		"policies:\n- id: own\n  check: usr.uid == 1\n  message: x\n":                             "p.yaml:3:10: undeclared reference to 'usr'",
		"policies:\n- id: own\n  check: '1'\n  message: x\n":                                      "p.yaml:3:10: it gives int, not bool",
		"policies:\n- id: own\n  check: [true]\n  message: x\n":                                   "p.yaml:3:10: an expression is a text",
		"policies:\n- id: own\n  check: timestamp(0).getHours(\"Local\") == 0\n  message: x\n":    "p.yaml:3:31: getHours takes no zone",
		"policies:\n- id: own\n  message: x\n":                                                    `p.yaml:2:3: policy "own": it has no check`,
		"policies:\n- id: own\n  check: 'true'\n":                                                 `p.yaml:2:3: policy "own": it has neither message nor messageExpression`,
		"policies:\n- id: Own\n  check: 'true'\n  message: x\n":                                   `p.yaml:2:7: "Own": an id is of small letters`,
		"policies:\n- id: user\n  check: 'true'\n  message: x\n":                                  `p.yaml:2:7: there is a rule "user" already`,
		"policies:\n- {id: a, check: 'true', message: x}\n- {id: a, check: 'true', message: x}\n": `p.yaml:3:8: there is a rule "a" already`,
		"policies:\n- {id: a, check: 'true', message: x, level: bad}\n":                           `p.yaml:2:45: policy "a": the level "bad"`,
		"policies:\n- {id: a, chek: 'true'}\n":                                                    `p.yaml:2:11: unknown field "chek"`,
		"policies:\n-\n":                                                                          "p.yaml:2:3: the policy is empty",
		"tests:\n- want: [a]\n":                                                                   "p.yaml:2:3: the test has no name",
		"policies: []\n---\npolicies:\n- {id: a, check: 'false', message: x}\n":                   "p.yaml:3:1: a second document",
	} {
		if _, err := ownpolicy.Parse("p.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestRun(t *testing.T) {
	f := parse(t, `
policies:
- {id: team, check: 'labels[?"team"].hasValue()', message: no team}
- {id: small, check: 'programs.all(p, p.size < 1000)', message: too large}
tests:
- {name: nothing, want: [team]}
- {name: good, view: {labels: {team: x}}}
- {name: large, view: {labels: {team: x}, programs: [{size: 2000}]}, want: [small]}
- {name: wrong, view: {labels: {team: x}}, want: [team]}
`)
	failed := f.Run()
	if len(failed) != 1 || !strings.Contains(failed[0].Error(), `p.yaml:9:3: test "wrong": complaints of [], want ["team"]`) {
		t.Errorf("%v", failed)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("policies:\n- {id: a, check: 'labels.x == \"1\"', message: x}\ntests:\n- {name: x, view: {labels: {x: 1}}}\n")
	f.Add("policies:\n- id: a\n  check: |\n    true\n  message: x\n")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := ownpolicy.Parse("x", []byte(text))
		if err == nil {
			file.Run()
		}
	})
}
