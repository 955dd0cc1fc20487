package policy

import (
	"fmt"
	"strings"

	"github.com/modship-build/modship/internal/binary"
	"github.com/modship-build/modship/internal/defaults"
	"github.com/modship-build/modship/internal/image"
)

// checkKey compares a key of Go's with what the program says.
func checkKey(key string) func(*checker) {
	return func(c *checker) {
		for _, s := range c.said(key) {
			main := c.main()
			if main == nil {
				if c.Contents != nil {
					c.find(Warn, s.place, "leave it out of an image that is not there for one Go program", "no Go program in the image could be the one that %s is said of", key)
				}
				continue
			}
			if own := goFact(key, main.Facts); own != s.value {
				c.find(Error, s.place, "", "it is %q, but %s says %q", s.value, main.Path, own)
				c.fixLabel(key, own)
			}
		}
	}
}

func goFact(key string, f *binary.Facts) string {
	switch key {
	case image.KeyGoVersion:
		version, _, _ := strings.Cut(f.GoVersion, " ") // experiments follow
		return version
	case image.KeyGoModule:
		return f.Module.Path
	default:
		return f.BuildID
	}
}

func checkStartable(c *checker) {
	if !c.linux() || c.Contents == nil {
		return
	}
	start := c.Contents.Start
	switch {
	case len(start.Args) == 0:
		c.find(Warn, "config.Entrypoint", "set ENTRYPOINT", "the image names no program to start")
	case start.Report == nil:
		c.find(Info, "config.Entrypoint", "", "whether it starts is not known: %s", start.Unknown)
	default:
		for _, p := range start.Report.Problems {
			place := "config.Entrypoint"
			if p.Object != "" {
				place = fileAt(p.Object)
			}
			c.find(Error, place, p.Help, "%s", p.Msg)
		}
	}
}

func checkUser(c *checker) {
	if !c.linux() || c.Contents == nil {
		return
	}
	const place, help = "config.User", `write numbers such as "1001:1001"`
	numbers := defaults.User // what modship takes suits others as well
	if c.cloud == "openshift" {
		c.userOfOpenShift()
		return
	}
	switch u := c.Contents.User; {
	case u.Problem != "":
		c.find(Error, place, help, "no container starts as the user %q: %s", u.Spec, u.Problem)
	case u.Spec == "":
		c.find(Warn, place, help, "the image runs as root: it sets no user")
	case u.Root():
		c.find(Warn, place, help, "the image runs as root: its user is %q", u.Spec)
	case u.Name != "":
		numbers = u.Numbers()
		c.find(Warn, place, `write the number: "`+numbers+`"`, "the user %q is a name, of which runAsNonRoot of Kubernetes cannot tell that it is not root", u.Name)
	default:
		return
	}
	c.fix(userFix(numbers))
}

// userOfOpenShift looks at a user that counts only where somebody has allowed it (see [checkOpenShiftUser]): it is no fault there, and a
// number is what OpenShift's guide asks for.
func (c *checker) userOfOpenShift() {
	u := c.Contents.User
	if u.Problem == "" && !u.Root() && u.Name == "" {
		return
	}
	what := u.Problem
	switch {
	case what != "":
	case u.Root():
		what = "it is root"
	default:
		what = "it is a name"
	}
	c.find(Info, "config.User", `write numbers such as "`+defaults.User+`" for other platforms`,
		"OpenShift starts the image as a random user, and not as its own, %q: %s", u.Spec, what)
	c.fix(userFix(defaults.User))
}

// userFix is for a user that is to be these numbers.
func userFix(numbers string) Fix {
	return Fix{Dockerfile: "USER " + numbers, Modship: fmt.Sprintf("image: {user: %q}", numbers)}
}
