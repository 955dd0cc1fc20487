package config

import (
	"fmt"
	"strconv"
	"time"
)

// Healthcheck says what Docker runs in a container, and when. The durations are those of package time; "" leaves them to Docker.
type Healthcheck struct {
	// Test are the words of the command.
	Test []string `json:"test,omitzero"`
	// Interval is the time between two runs, Timeout that after which one has failed.
	Interval string `json:"interval,omitzero"`
	Timeout  string `json:"timeout,omitzero"`
	// StartPeriod is the time that the program needs to start, StartInterval that between runs in it.
	StartPeriod   string `json:"startPeriod,omitzero"`
	StartInterval string `json:"startInterval,omitzero"`
	// Retries are the failures in a row that make a container unhealthy.
	Retries string `json:"retries,omitzero" accept:"integer"`
}

// Words are the words of the command, without the one by which Docker knows that they are words.
func (h Healthcheck) Words() []string {
	if len(h.Test) > 0 && h.Test[0] == testWords {
		return h.Test[1:]
	}
	return h.Test
}

// The first words of a test in Docker's form.
const (
	testWords = "CMD"
	testShell = "CMD-SHELL"
	testNone  = "NONE"
)

// Duration gives a duration of the health check; 0 is none.
func (h Healthcheck) Duration(text string) time.Duration {
	d, _ := time.ParseDuration(text) // what [healthDuration] has let pass, or ""
	return d
}

// Count is the number of retries; 0 leaves it to Docker.
func (h Healthcheck) Count() int {
	n, _ := strconv.Atoi(h.Retries)
	return n
}

func (c checker) healthcheck(h *Healthcheck) {
	n := c.root.find("image", "healthcheck")
	if n == nil || n.kind != kindMapping {
		return
	}
	for key, value := range map[string]*string{
		"interval": &h.Interval, "timeout": &h.Timeout, "startPeriod": &h.StartPeriod, "startInterval": &h.StartInterval,
	} {
		c.scalar(value, healthDuration, "image", "healthcheck", key)
	}
	c.scalar(&h.Retries, retries, "image", "healthcheck", "retries")
	test := n.find("test")
	switch {
	case test == nil: // a target may have it
	case len(h.Words()) == 0 && test.kind == kindSequence:
		c.report(test, &problem{"the test of the health check has no words", `write the words of a command, such as ["/usr/local/bin/server", "-health"]`})
	case len(h.Test) > 0 && h.Test[0] == testShell:
		c.report(test, &problem{"a test for a shell needs one in the image", `write the words of a command, such as ["/usr/local/bin/server", "-health"]`})
	case len(h.Test) > 0 && h.Test[0] == testNone:
		c.report(test, &problem{"NONE is no health check", "remove image.healthcheck: that of a base is not taken over"})
	}
}

// healthcheckTogether looks at what a target and the top level say together.
func (c checker) healthcheckTogether() {
	if n := c.root.find("image", "healthcheck"); n != nil && n.kind == kindMapping && n.find("test") == nil {
		c.report(n, &problem{"the health check has no test", `add test: [PROGRAM, ARGUMENT], such as ["/usr/local/bin/server", "-health"]`})
	}
}

// healthDuration checks a duration, of which Docker takes none below a millisecond.
func healthDuration(s string) (string, error) {
	d, err := time.ParseDuration(s)
	if err != nil || d < time.Millisecond {
		return "", &problem{fmt.Sprintf("%q is no duration of a millisecond or more", s), "write such as 30s or 1m30s"}
	}
	return s, nil
}

func retries(s string) (string, error) {
	if n, err := strconv.Atoi(s); err != nil || n < 1 || n > 1_000_000 {
		return "", &problem{fmt.Sprintf("%q is no number of retries", s), "write a whole number from 1 on, such as 3"}
	}
	return s, nil
}
