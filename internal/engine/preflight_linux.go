package engine

import (
	"context"
	"errors"
)

var (
	// ErrNoRunc says that no runc was found.
	ErrNoRunc = errors.New("no runc found in PATH, which the private BuildKit runs build steps with; " +
		"install it (Debian and Ubuntu: apt-get install runc), or name a running BuildKit (--addr or BUILDKIT_HOST), or start Docker")
	// ErrNoSeccomp says that the runc found was built without seccomp, so that every build step would fail.
	ErrNoSeccomp = errors.New("it was built without libseccomp, and every build step would fail; " +
		"install one with it (Debian and Ubuntu: apt-get install runc)")
	// ErrOldRunc says that a build step could leave the container that the runc found makes.
	ErrOldRunc = errors.New("it is older than " + leastRunc + ", which closed a way out of its containers (CVE-2024-21626); " +
		"install a newer one (Debian and Ubuntu: apt-get install runc)")
)

// preflight returns the path of runc, or says what a private daemon lacks on this machine, before minutes are spent on
// building one. A warning is for when it is started.
func preflight(ctx context.Context, lookPath func(string) (string, error)) (runc, warning string, err error) {
	for _, name := range []string{"buildkit-runc", "runc"} {
		if runc, err = lookPath(name); err == nil {
			if warning, err = checkRunc(ctx, runc); err != nil {
				return "", "", err
			}
			return runc, warning, nil
		}
	}
	return "", "", ErrNoRunc
}
