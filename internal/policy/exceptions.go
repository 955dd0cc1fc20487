package policy

import (
	"errors"
	"fmt"
	"path"
	"time"

	"github.com/modship-build/modship/internal/yamlfile"
)

// Exception lets a finding be for a while, and says why.
type Exception struct {
	// Rule is the rule, and Image, Platform and Place are patterns as of path.Match that the finding must match where they are not "".
	Rule     string `yaml:"rule" json:"rule"`
	Image    string `yaml:"image" json:"image,omitempty"`
	Platform string `yaml:"platform" json:"platform,omitempty"`
	Place    string `yaml:"place" json:"place,omitempty"`
	Reason   string `yaml:"reason" json:"reason"`
	// Until is the last day, as 2027-01-31.
	Until string `yaml:"until" json:"until"`

	end time.Time
}

// ParseExceptions reads a file of exceptions, a list under the key "exceptions". Errors name the place.
func (t Table) ParseExceptions(name string, text []byte) ([]Exception, error) {
	var file struct {
		Exceptions []Exception `yaml:"exceptions"`
	}
	places, err := yamlfile.Read(name, text, &file)
	if err != nil {
		return nil, err
	}
	var wrong []error
	for i := range file.Exceptions {
		if err := file.Exceptions[i].check(t); err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", places.At(fmt.Sprintf("exceptions[%d]", i)), err))
		}
	}
	return file.Exceptions, errors.Join(wrong...)
}

func (e *Exception) check(t Table) error {
	if _, err := t.Rows().Find(e.Rule); err != nil {
		return err
	}
	if e.Reason == "" {
		return errors.New("it has no reason")
	}
	for _, pattern := range []string{e.Image, e.Platform} {
		if _, err := path.Match(pattern, ""); err != nil {
			return fmt.Errorf("the pattern %q: %w", pattern, err)
		}
	}
	last, err := time.Parse(time.DateOnly, e.Until)
	if err != nil {
		return fmt.Errorf("until is a day such as 2027-01-31, not %q", e.Until)
	}
	e.end = last.AddDate(0, 0, 1)
	return nil
}

func (e *Exception) matches(f Finding) bool {
	for _, m := range [][2]string{{e.Image, f.Image}, {e.Platform, f.Platform}, {e.Place, f.Place}} {
		// A pattern that is literally the text need not be valid: places have brackets.
		if ok, _ := path.Match(m[0], m[1]); m[0] != "" && m[0] != m[1] && !ok {
			return false
		}
	}
	return e.Rule == f.Rule
}

// except marks findings that exceptions are for. One that has ended is told of in the help.
func except(all []Finding, exceptions []Exception, now time.Time) {
	for i := range all {
		var ended *Exception
		for _, e := range exceptions {
			switch {
			case !e.matches(all[i]):
			case now.Before(e.end):
				all[i].Exception = &e
			default:
				ended = &e
			}
		}
		if ended != nil && all[i].Exception == nil {
			all[i].Help = fmt.Sprintf("an exception ended on %s: %s", ended.Until, ended.Reason)
		}
	}
}
