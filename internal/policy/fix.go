package policy

import (
	"fmt"
	"strings"
)

// Fix are lines of configuration that mend a finding.
type Fix struct {
	Dockerfile string `json:"Dockerfile,omitempty"`
	Modship    string `json:"modship.yaml,omitempty"`
}

// fix says how to mend what was found last.
func (c *checker) fix(f Fix) { c.findings[len(c.findings)-1].Fix = &f }

// fixLabel is for a label that has a wrong value. Modship derives them, unless the configuration says otherwise.
func (c *checker) fixLabel(key, value string) {
	c.fix(Fix{
		Dockerfile: "LABEL " + key + "=" + quotedDockerfile(value),
		Modship:    fmt.Sprintf("image: {labels: {%s: %q}}    # or leave the key out: it is derived", key, strings.ReplaceAll(value, "$", "$$")),
	})
}

// quotedDockerfile writes a value in a Dockerfile, where a dollar would name a variable
// (https://docs.docker.com/reference/dockerfile/#environment-replacement).
func quotedDockerfile(value string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`).Replace(value) + `"`
}
