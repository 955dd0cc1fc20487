package policy

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/modship-build/modship/internal/credentials"
)

const secretHelp = "give it to the program where it runs, and replace the secret: it has been published"

// checkSecrets looks at all that is in the configuration of an image and that whoever made the image wrote.
func checkSecrets(c *checker) {
	config := c.Config.Config
	for _, entry := range config.Env {
		name, value, _ := strings.Cut(entry, "=")
		c.secret(fmt.Sprintf("config.Env[%q]", name), name, value)
	}
	for _, key := range slices.Sorted(maps.Keys(config.Labels)) {
		c.secret(fmt.Sprintf("config.Labels[%q]", key), "", config.Labels[key])
	}
	for i, arg := range config.Entrypoint {
		c.secret(fmt.Sprintf("config.Entrypoint[%d]", i), "", arg)
	}
	for i, arg := range config.Cmd {
		c.secret(fmt.Sprintf("config.Cmd[%d]", i), "", arg)
	}
	for i, entry := range c.Config.History {
		for name, value := range buildArgs(entry.CreatedBy) {
			c.secret(fmt.Sprintf("history[%d]", i), name, value)
		}
	}
}

func (c *checker) secret(place, name, value string) {
	if why := credentials.Judge(name, value); why != "" {
		if name != "" {
			why = name + ": " + why
		}
		c.find(Warn, place, secretHelp, "%s", why)
	}
}

// argCount is how builders of Dockerfiles begin a command that arguments are set for: with their number.
var argCount = regexp.MustCompile(`^(?:RUN )?\|(\d+) `)

// buildArgs are the arguments that a line of the history says were set, in order. A value with spaces ends at the first.
func buildArgs(command string) func(yield func(name, value string) bool) {
	return func(yield func(name, value string) bool) {
		found := argCount.FindStringSubmatch(command)
		if found == nil {
			return
		}
		count, err := strconv.Atoi(found[1])
		for _, word := range strings.Fields(command[len(found[0]):]) {
			name, value, ok := strings.Cut(word, "=")
			if count--; err != nil || count < 0 || !ok || !yield(name, value) {
				return
			}
		}
	}
}
