package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/moby/buildkit/session/secrets"
	"github.com/moby/buildkit/session/secrets/secretsprovider"

	"github.com/modship-build/modship/internal/request"
)

// systemKnownHosts are the files of a machine with keys of servers of ssh (GlobalKnownHostsFile of ssh_config(5)).
var systemKnownHosts = []string{"/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"}

// knownHosts are the keys of servers that the user knows and those that the machine does, as one text: ssh trusts both. A file with which it
// would be larger than a secret may be is left out, and named.
func knownHosts(lookup func(string) (string, bool), system []string) (text []byte, leftOut []string) {
	var files []string
	if home, _ := lookup("HOME"); home != "" {
		files = []string{filepath.Join(home, ".ssh", "known_hosts"), filepath.Join(home, ".ssh", "known_hosts2")}
	}
	for _, name := range append(files, system...) {
		fi, err := os.Stat(name)
		if err != nil || !fi.Mode().IsRegular() {
			continue
		}
		if int64(len(text))+fi.Size() >= secretsprovider.MaxSecretSize {
			leftOut = append(leftOut, name)
			continue
		}
		lines, err := os.ReadFile(name)
		if err != nil || len(lines) == 0 {
			continue
		}
		if text = append(text, lines...); lines[len(lines)-1] != '\n' {
			text = append(text, '\n') // the next file begins a line
		}
	}
	return text, leftOut
}

// tooManyHosts warns of files that are left out.
func tooManyHosts(leftOut []string) []string {
	if len(leftOut) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s is not handed to the build: with it, the keys of servers have more than the %d KiB of a secret; give a file with those that the build needs, --secret id=known_hosts,src=FILE",
		strings.Join(leftOut, ", "), secretsprovider.MaxSecretSize>>10)}
}

// knownHostsStore is a store of secrets with keys of servers.
type knownHostsStore struct {
	secrets.SecretStore
	text []byte
}

// GetSecret gives the keys, and otherwise what the store has.
func (s knownHostsStore) GetSecret(ctx context.Context, id string) ([]byte, error) {
	if id == request.IDKnown {
		return s.text, nil
	}
	return s.SecretStore.GetSecret(ctx, id)
}
