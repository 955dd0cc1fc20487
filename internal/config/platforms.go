package config

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/modship-build/modship/internal/target"
)

// platform checks a platform and returns it in its normal form.
func platform(s string) (string, error) {
	t, err := target.Parse(s)
	if err != nil {
		return "", &problem{fmt.Sprintf("platform %q: %v", s, err), ""}
	}
	return t.String(), nil
}

// platformsOnce refuses a platform that the list has already: one in another spelling is no other.
func (c checker) platformsOnce(all []string) {
	for i, p := range all {
		n := c.root.find("platforms", strconv.Itoa(i))
		if first := slices.Index(all[:i], p); first >= 0 && !(n.templated && c.skipTemplated) {
			c.report(n, &problem{fmt.Sprintf("platform %s is in the list already", p), "remove it"})
		}
	}
	if n := c.root.find("platforms"); n != nil && n.kind == kindSequence && len(n.items) == 0 {
		c.report(n, &problem{"the list of platforms is empty", "name one such as linux/amd64, or remove the key"})
	}
}

// Targets are the platforms of a configuration.
func (c *Config) Targets() []target.Target {
	var all []target.Target
	for _, p := range c.Platforms {
		if t, err := target.Parse(p); err == nil { // it has been checked
			all = append(all, t)
		}
	}
	return all
}
