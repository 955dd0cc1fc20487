package vcs

import (
	"encoding/hex"
	"testing"
	"testing/fstest"
)

// FuzzFiles: whatever the files of a git folder hold, reading them ends, and what is said has the form that it must have.
func FuzzFiles(f *testing.F) {
	head := hashOf(1)
	hash := hex.EncodeToString(head[:])
	f.Add("[core]\n\trepositoryformatversion = 0\n[remote \"origin\"]\n\turl = https://a:b@c.example/d\n", "# pack-refs with: peeled fully-peeled sorted \n"+hash+" refs/tags/v1.0.0\n^"+hash+"\n", "ref: refs/heads/main\n", hash+"\n")
	f.Add("[include]\npath=/etc/passwd\n[a \"b\\\"c\"]\nx=\"y\\\n", "x", hash, "")
	f.Add("[core]\nrepositoryformatversion=1\n[extensions]\nobjectformat=sha256\n", "x", "ref: refs/heads/../../../x", "")
	f.Add("[core]\nautocrlf=input\n[submodule \"x\"]\n", hash+" refs/heads/main\n", "ref: refs/heads/main", hash)
	f.Fuzz(func(t *testing.T, config, refs, head, shallow string) {
		r, err := openFiles(bareRepository(t, [20]byte{}, map[string][]byte{
			"config": []byte(config), "packed-refs": []byte(refs), "HEAD": []byte(head), "shallow": []byte(shallow),
		}))
		if err != nil {
			return
		}
		defer r.Close()
		facts, _ := r.Facts(Module{Path: "example.com/app"})
		if facts.Revision != "" && !revision.MatchString(facts.Revision) || facts.Remote != NormalizeRemote(facts.Remote) {
			t.Errorf("got %+v", facts)
		}
		_, _ = r.tags()
		_, _ = r.Modified(fstest.MapFS{"go.mod": {Data: []byte("module x\n")}}, "")
	})
}
