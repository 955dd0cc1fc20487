package engine

import (
	"fmt"
	"syscall"

	"github.com/docker/go-units"
)

const (
	// defaultKeep is what a daemon keeps of its build cache, in bytes, unless a tenth of the disk is less.
	defaultKeep = 20_000_000_000
	// leastKeep is what BuildKit can be told, in bytes.
	leastKeep = 1_000_000
)

// limit bounds the build cache of a daemon. The zero value leaves that to BuildKit.
type limit struct {
	// Keep is what stays at most, and Free what is left free on the disk at the cost of Keep; both in bytes.
	Keep int64 `json:"keep,omitzero"`
	Free int64 `json:"free,omitzero"`
	// Said tells that Keep is what the user has set.
	Said bool `json:"said,omitzero"`
}

// asGood says whether a daemon with limit m does for who wants l: one that the size of the disk gives varies with quotas and volumes,
// but there must be one.
func (l limit) asGood(m limit) bool {
	return m.Keep > 0 && l.Said == m.Said && (!l.Said || l.Keep == m.Keep)
}

// limitFor is the limit that the user has set, or that the disk of a folder gives.
func limitFor(o Options, dir string) (limit, error) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(dir, &disk); err != nil {
		return limit{}, fmt.Errorf("asking for the size of the disk of %s: %w", dir, err)
	}
	total := int64(disk.Blocks) * disk.Bsize
	l := limit{Keep: max(min(defaultKeep, total/10), leastKeep), Free: total / 20}
	text := o.getenv(KeepVariable)
	if text == "" {
		return l, nil
	}
	keep, err := units.FromHumanSize(text)
	if err != nil || keep < leastKeep {
		return limit{}, fmt.Errorf("%s=%s is no size from 1MB on; write one such as 20GB", KeepVariable, text)
	}
	l.Keep, l.Said = keep, true
	return l, nil
}

// args are the flags of buildkitd. It takes megabytes: what is kept even if the disk is full, what is left free, what is kept at most.
func (l limit) args() []string {
	if l == (limit{}) {
		return nil
	}
	const megabyte = 1_000_000
	return []string{"--oci-worker-gc-keepstorage", fmt.Sprintf("%d,%d,%d", 1, l.Free/megabyte, l.Keep/megabyte)}
}
