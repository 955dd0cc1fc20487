package llb

import (
	"strings"

	"github.com/moby/buildkit/client/llb"

	"github.com/modship-build/modship/internal/step/request"
)

// addEnv takes KEY=VALUE.
func addEnv(kv string) llb.RunOption {
	name, value, _ := strings.Cut(kv, "=")
	return llb.AddEnv(name, value)
}

// readOnly mounts what a step reads.
func readOnly(dest string, from llb.State, opts ...llb.MountOption) llb.RunOption {
	return llb.AddMount(dest, from, append(opts, llb.Readonly)...)
}

// keyedByOrigin is for large mounts: BuildKit would hash all of their content before the step starts, to find out whether it
// ran on the same files before. Such a step runs again whenever the one before it did.
func keyedByOrigin() llb.MountOption { return llb.ContentCache(llb.MountContentCacheOff) }

// output gives what the step writes to request.Out.
func output(e llb.ExecState) llb.State {
	return e.AddMount(request.Out, llb.Scratch())
}
