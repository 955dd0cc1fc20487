package result

import "strings"

// Stage is what a step of modship's is called after: "linux/amd64" and "deps" for "[linux/amd64 deps] compile third-party
// packages", and no platform where it serves all of them. Both are empty for what is no step of a build, such as a pull.
func Stage(step string) (platform, stage string) {
	inside, ok := strings.CutPrefix(step, "[")
	if !ok {
		return "", ""
	}
	brackets, _, ok := strings.Cut(inside, "]")
	if !ok {
		return "", ""
	}
	if i := strings.LastIndexByte(brackets, ' '); i >= 0 {
		return brackets[:i], brackets[i+1:]
	}
	return "", brackets
}
