package llb

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/modship-build/modship/internal/plan"
)

// layoutVersion changes when cache mounts of older versions of modship must not be read any more.
const layoutVersion = "2"

// zipsCacheID names the mount that keeps module zips. It is shared widely: each zip is verified again when it is used.
func zipsCacheID(cache plan.Cache) string {
	return cacheID("zips", cache.Namespace)
}

// compileCacheID names a mount that keeps compiled packages, of the module itself or of its dependencies. Everything that
// may make one build's entries wrong for another is part of it, and so is the form in which they are kept.
func compileCacheID(kind string, p *plan.Plan, img plan.Image) string {
	// Of a version there is one toolchain, and of what was built with it one right form; but where toolchains come from, and which
	// of them is taken for one of that version, is not the same for all builds.
	parts := []string{"zstd", p.Cache.Namespace, p.Go.Version, p.Go.Sum, p.Go.Image, p.Go.Root, p.Build.String(), img.Target.String(), p.Source.Module()}
	if img.Cgo != nil {
		// cmd/go knows the compiler's version, and neither headers nor libraries.
		parts = append(parts, img.Cgo.String(), img.Cgo.Sysroot)
	}
	return cacheID(kind, parts...)
}

func cacheID(kind string, parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(append([]string{layoutVersion}, parts...), "\x00")))
	return "modship-" + kind + "-" + hex.EncodeToString(sum[:16])
}
