package cli

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/moby/buildkit/session/secrets"

	"github.com/modship-build/modship/internal/localfile"
	"github.com/modship-build/modship/internal/netrc"
	"github.com/modship-build/modship/internal/request"
)

// hostLogins find out what this machine has for the repositories of a host, when a step of the build asks for it: what GOAUTH says, and
// then what the credential helpers of git know, as where the go command fetches them. Nobody is prompted.
type hostLogins struct {
	// ways are asked one after the other for the value of the header Authorization; "" is none.
	ways []func(ctx context.Context, host string) string

	mu    sync.Mutex
	found map[string]func() string
}

// helperTimeout is how long a program may take that is asked for a login.
const helperTimeout = 30 * time.Second

// header gives the value of the header Authorization for a host, and asks once.
func (l *hostLogins) header(ctx context.Context, host string) string {
	l.mu.Lock()
	find, ok := l.found[host]
	if !ok {
		if l.found == nil {
			l.found = map[string]func() string{}
		}
		ctx = context.WithoutCancel(ctx) // others wait for the same answer
		find = sync.OnceValue(func() string {
			for _, way := range l.ways {
				if header := way(ctx, host); header != "" {
					return header
				}
			}
			return ""
		})
		l.found[host] = find
	}
	l.mu.Unlock()
	return find()
}

// over gives the store with the logins of hosts that it has not.
func (l *hostLogins) over(store secrets.SecretStore) secrets.SecretStore {
	if l == nil {
		return store
	}
	return hostLoginStore{store, l}
}

type hostLoginStore struct {
	secrets.SecretStore
	logins *hostLogins
}

// GetSecret gives what is found for a host.
func (s hostLoginStore) GetSecret(ctx context.Context, id string) ([]byte, error) {
	host, ok := strings.CutPrefix(id, request.IDGitClient+".")
	if !ok {
		return s.SecretStore.GetSecret(ctx, id)
	}
	if !request.IsHost(host) {
		return nil, secrets.ErrNotFound // whatever else it is, helpers and commands of GOAUTH would read it
	}
	header := s.logins.header(ctx, host)
	if header == "" {
		return nil, secrets.ErrNotFound
	}
	return []byte(header), nil
}

// fromNetrc looks a host up in the user's own netrc file.
func fromNetrc(lookup func(string) (string, bool)) func(context.Context, string) string {
	return func(_ context.Context, host string) string {
		text, err := os.ReadFile(netrcFile(lookup))
		if err != nil {
			return "" // it need not be there
		}
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		user, password, ok := netrc.Parse(string(text))(host)
		if !ok {
			return ""
		}
		return netrc.Basic(user, password)
	}
}

// netrcFile is where the go command looks for it.
func netrcFile(lookup func(string) (string, bool)) string {
	if name, _ := lookup("NETRC"); name != "" {
		return name
	}
	home, _ := lookup("HOME")
	if runtime.GOOS == "windows" {
		home, _ = lookup("USERPROFILE")
		if name := filepath.Join(home, "_netrc"); home != "" && isFile(name) {
			return name
		}
	}
	if home == "" {
		return ""
	}
	return filepath.Join(home, ".netrc")
}

func isFile(name string) bool {
	fi, err := os.Stat(name)
	return err == nil && fi.Mode().IsRegular()
}

// quiet has git and what it runs ask nobody: neither in the terminal, nor in a window, nor by a program that does.
var quiet = []string{"GIT_TERMINAL_PROMPT=0", "GCM_INTERACTIVE=never", "GIT_ASKPASS=", "SSH_ASKPASS=", "SSH_ASKPASS_REQUIRE=never"}

// fromGit asks the credential helpers of git (gitcredentials(7)). dir is where git is run: its configuration has git run programs, so it
// is never that of what is built.
func fromGit(dir string, lookup func(string) (string, bool)) func(context.Context, string) string {
	return func(ctx context.Context, host string) string {
		ctx, cancel := context.WithTimeout(ctx, helperTimeout)
		defer cancel()
		path, _ := lookup("PATH")
		program, err := localfile.FindProgram("git", path)
		if err != nil {
			return ""
		}
		cmd := exec.CommandContext(ctx, program, "credential", "fill")
		cmd.Dir, cmd.Env = dir, append(os.Environ(), quiet...)
		cmd.Stdin = strings.NewReader("capability[]=authtype\nprotocol=https\nhost=" + host + "\n\n")
		cmd.WaitDelay = time.Second
		out, err := cmd.Output() // what it says beside is of nobody's interest, and may repeat what it was told
		if err != nil {
			return "" // no helper knows the host
		}
		return parseGitCredential(string(out))
	}
}

// parseGitCredential reads git-credential(1)'s lines.
func parseGitCredential(text string) string {
	found := map[string]string{}
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		found[key] = value
	}
	switch {
	case found["authtype"] != "" && found["credential"] != "":
		return found["authtype"] + " " + found["credential"]
	case found["password"] != "":
		return netrc.Basic(found["username"], found["password"])
	}
	return ""
}

// nowhere is a folder that is no repository's and belongs to the machine.
func nowhere() string { return filepath.VolumeName(os.TempDir()) + string(filepath.Separator) }
