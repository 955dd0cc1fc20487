//go:build linux

package lab

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Usage is what a repository of the registry holds: manifests and blobs by digest, with their sizes in bytes.
type Usage map[string]int64

// Usage reads the registry's storage, so that counting takes nothing of the time of a build. A repository that is not there
// is empty; those right below its name count with it.
func (l *Lab) Usage(repository string) (Usage, error) { return usage(l.registryData(), repository) }

// usage knows the storage of distribution: a link below _layers or _manifests/revisions for everything that was pushed to a
// repository, and the content of all repositories below blobs (its registry/storage/paths.go).
func usage(data, repository string) (Usage, error) {
	root := filepath.Join(data, "docker", "registry", "v2")
	found := Usage{}
	for _, part := range []string{"_layers", "_manifests/revisions", "*/_layers", "*/_manifests/revisions"} {
		links, err := filepath.Glob(filepath.Join(root, "repositories", repository, part, "sha256", "*", "link"))
		if err != nil {
			return nil, err
		}
		for _, link := range links {
			hex := filepath.Base(filepath.Dir(link))
			st, err := os.Stat(filepath.Join(root, "blobs", "sha256", hex[:2], hex, "data"))
			if errors.Is(err, fs.ErrNotExist) {
				continue // a link that is older than its blob's removal
			}
			if err != nil {
				return nil, err
			}
			found["sha256:"+hex] = st.Size()
		}
	}
	return found, nil
}

// Since is the number of bytes that were not there before.
func (u Usage) Since(before Usage) int64 {
	var sum int64
	for digest, size := range u {
		if _, ok := before[digest]; !ok {
			sum += size
		}
	}
	return sum
}

// Total is the number of bytes.
func (u Usage) Total() int64 { return u.Since(nil) }
