package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/containerd/containerd/v2/plugins/content/local"
	"github.com/containerd/log"
)

// TestLibrariesAreSilent: what libraries log of a local cache is not among what modship says. That there is no fs-verity is one such thing.
func TestLibrariesAreSilent(t *testing.T) {
	var said bytes.Buffer
	before := log.L.Logger.Out
	defer log.L.Logger.SetOutput(before)
	use := func() {
		t.Helper()
		if _, err := local.NewStore(t.TempDir()); err != nil {
			t.Fatal(err)
		}
		log.L.Warn("a warning")
	}
	log.L.Logger.SetOutput(&said)
	use()
	if !strings.Contains(said.String(), "a warning") {
		t.Errorf("before, it is %q", &said)
	}
	said.Reset()
	environment()
	use()
	if said.Len() > 0 {
		t.Errorf("it says %q", &said)
	}
}
