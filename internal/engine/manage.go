package engine

import (
	"errors"
	"time"
)

// Info is what is known of the private daemon. What a daemon says of itself is there only while one runs.
type Info struct {
	// State is the folder of its state, which need not exist.
	State string `json:"state"`
	// Size is what the state takes on the disk, in bytes, and Keep what the daemon keeps of it when builds have ended.
	Size int64 `json:"size"`
	Keep int64 `json:"keep"`
	// Running says that a daemon runs, and InUse that a client is connected to it.
	Running bool `json:"running"`
	InUse   bool `json:"inUse"`

	// Rootless says that it does not run as root of the machine.
	Rootless   bool      `json:"rootless"`
	PID        int       `json:"pid,omitzero"`
	Supervisor int       `json:"supervisor,omitzero"`
	Address    string    `json:"address,omitzero"`
	Started    time.Time `json:"started,omitzero"`
	// Version is that of BuildKit.
	Version     string `json:"version,omitzero"`
	Snapshotter string `json:"snapshotter,omitzero"`
	Log         string `json:"log,omitzero"`
	// Problem says why a daemon that runs has not answered.
	Problem string `json:"problem,omitzero"`
}

// PruneOptions says what is removed of the build cache. The zero value removes what BuildKit can easily make again.
type PruneOptions struct {
	// Keep leaves what was used last, up to so many bytes.
	Keep int64
	// All removes also what BuildKit holds for itself.
	All bool
}

// Pruned is what [Prune] has removed.
type Pruned struct {
	Results int   `json:"results"`
	Bytes   int64 `json:"bytes"`
}

// StopOptions says how the private daemon is stopped.
type StopOptions struct {
	// Force stops it also while somebody builds.
	Force bool
	// Remove removes its state as well.
	Remove bool
}

// ErrInUse says that the private daemon was not stopped, because somebody builds.
var ErrInUse = errors.New("somebody builds with the private BuildKit; wait until that has ended, or use --force, which ends the build")
