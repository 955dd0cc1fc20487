package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	buildctl "github.com/moby/buildkit/cmd/buildctl/build"
	"github.com/moby/buildkit/session"
	"github.com/moby/buildkit/session/secrets/secretsprovider"
	"github.com/moby/buildkit/session/sshforward/sshprovider"
	"github.com/spf13/pflag"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/request"
)

// caBundles are the places of the system's certificates, in the order of crypto/x509 (root_linux.go, root_bsd.go).
var caBundles = []string{
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem",
	"/etc/pki/tls/cacert.pem",
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
	"/etc/ssl/cert.pem",
}

// SecretOptions are the flags that hand credentials over.
type SecretOptions struct {
	Secrets []string
	SSH     []string
	// withoutRegistries keeps the credentials of registries here.
	withoutRegistries bool
	// withoutHosts keeps what this machine has for hosts of repositories here.
	withoutHosts bool
	// repository is the address of the source, where BuildKit fetches it.
	repository string
}

func (o *SecretOptions) addFlags(f *pflag.FlagSet) {
	f.StringArrayVar(&o.Secrets, "secret", nil, "`SECRET` for steps that download, id=NAME[,src=FILE|,env=VARIABLE]; used are ca, netrc, known_hosts, and GIT_AUTH_TOKEN and GIT_AUTH_HEADER with .HOST behind")
	f.StringArrayVar(&o.SSH, "ssh", nil, "SSH `AGENT` or keys for private modules, default[=SOCKET|KEY[,KEY]]")
}

// attachables are what the daemon may ask this process for: registry credentials, secrets, the logins of addresses and those of hosts, SSH
// agents. Warnings are of what it may not ask for.
func (o SecretOptions) attachables(env Env, r *registries, l *logins, hosts *hostLogins, mistakes *diag.List) (all []session.Attachable, warnings []string) {
	if r != nil {
		all = append(all, r.attachable())
	}
	secrets := withCA(o.Secrets, env.LookupEnv, caBundles)
	var known []byte
	if len(o.SSH) > 0 && !hasSecret(secrets, request.IDKnown) {
		var leftOut []string
		known, leftOut = knownHosts(env.LookupEnv, systemKnownHosts)
		warnings = tooManyHosts(leftOut)
	}
	if w := unhandedCA(o.Secrets, env.LookupEnv); w != "" {
		warnings = append(warnings, w)
	}
	if p := secretProvider(secrets, known, gitHost(o.repository), l, hosts, mistakes); p != nil {
		all = append(all, p)
	}
	if p := sshProvider(o.SSH, mistakes); p != nil {
		all = append(all, p)
	}
	return all, warnings
}

// secretProvider reads each value on its own first, to find all mistakes. What names no host is for the host of the source, if that is not "".
// known are keys of servers that are no value.
func secretProvider(values []string, known []byte, host string, l *logins, hosts *hostLogins, mistakes *diag.List) session.Attachable {
	if len(values) == 0 && len(known) == 0 && len(l.list()) == 0 && hosts == nil {
		return nil
	}
	ok := true
	var sources []secretsprovider.Source
	for _, v := range values {
		if _, err := buildctl.ParseSecret([]string{v}); err != nil {
			flagMistake(mistakes, "secret", "%q: %v", v, err)
			ok = false
			continue
		}
		sources = append(sources, secretSource(v))
	}
	if !ok {
		return nil
	}
	store, err := secretsprovider.NewStore(sources)
	if err != nil {
		flagMistake(mistakes, "secret", "%v", err)
		return nil
	}
	if len(known) > 0 {
		store = knownHostsStore{store, known}
	}
	if host != "" {
		store = bareFor{store, host}
	}
	return secretsprovider.NewSecretProvider(hosts.over(l.over(store)))
}

// secretSource reads a value that [buildctl.ParseSecret] has no fault with, as that does: it gives no store to add something to.
func secretSource(value string) secretsprovider.Source {
	pairs, _ := parsePairs(value)
	s := secretsprovider.Source{ID: find(pairs, "id"), FilePath: cmp.Or(find(pairs, "src"), find(pairs, "source")), Env: find(pairs, "env")}
	if find(pairs, "type") == "env" && s.Env == "" {
		s.Env, s.FilePath = s.FilePath, ""
	}
	return s
}

func sshProvider(values []string, mistakes *diag.List) session.Attachable {
	if len(values) == 0 {
		return nil
	}
	configs, err := buildctl.ParseSSH(values)
	if err != nil {
		flagMistake(mistakes, "ssh", "%v", err)
		return nil
	}
	p, err := sshprovider.NewSSHAgentProvider(configs)
	if err != nil {
		flagMistake(mistakes, "ssh", "%v", sshCause(err))
		return nil
	}
	return p
}

// sshCause leaves out what BuildKit says around a cause, which is how it stores a flag.
func sshCause(err error) error {
	var file *fs.PathError
	if errors.As(err, &file) {
		return file
	}
	for next := err; next != nil; next = errors.Unwrap(next) {
		err = next
	}
	return err
}

// withCA adds the certificates of this machine as the secret "ca", unless that is given. SSL_CERT_FILE goes before bundles,
// as it does for crypto/x509.
func withCA(secrets []string, lookup func(string) (string, bool), bundles []string) []string {
	if hasSecret(secrets, request.IDCA) {
		return secrets
	}
	if file, _ := lookup("SSL_CERT_FILE"); file != "" {
		bundles = []string{file}
	}
	for _, file := range bundles {
		if canBeSecret(file) {
			return append(slices.Clone(secrets), formatPairs([]pair{{"id", request.IDCA}, {"src", file}}))
		}
	}
	return secrets
}

// unhandedCA says that the certificates of SSL_CERT_FILE are not handed over, "" if they are, or there are to be others.
func unhandedCA(secrets []string, lookup func(string) (string, bool)) string {
	file, _ := lookup("SSL_CERT_FILE")
	if file == "" || hasSecret(secrets, request.IDCA) || canBeSecret(file) {
		return ""
	}
	return fmt.Sprintf("SSL_CERT_FILE is %s, which is no file of at most %d kB: steps that download get no certificates of this machine", file, secretsprovider.MaxSecretSize/1024)
}

func canBeSecret(file string) bool {
	fi, err := os.Stat(file)
	return err == nil && fi.Mode().IsRegular() && fi.Size() <= secretsprovider.MaxSecretSize
}

func hasSecret(secrets []string, id string) bool {
	return slices.ContainsFunc(secrets, func(v string) bool {
		pairs, err := parsePairs(v)
		return err == nil && find(pairs, "id") == id
	})
}

// knownSecrets are those that steps ask for. The last two also have ".HOST" behind them.
var knownSecrets = []string{request.IDCA, request.IDNetrc, request.IDKnown, request.IDGitHeader, request.IDGitToken}

func isKnown(id string) bool {
	return slices.Contains(knownSecrets, id) || strings.HasPrefix(id, request.IDGitHeader+".") || strings.HasPrefix(id, request.IDGitToken+".")
}

// unused names what a user hands over and no step asks for.
func (o SecretOptions) unused() []string {
	var warnings []string
	for _, v := range o.Secrets {
		pairs, err := parsePairs(v)
		id := find(pairs, "id")
		if err != nil || id == "" || isKnown(id) {
			continue // what is wrong is reported elsewhere
		}
		hint := diag.Suggest(id, knownSecrets)
		if hint == "" {
			hint = "steps ask for the secrets ca, certificates to trust, netrc, passwords of module proxies and repositories, GIT_AUTH_TOKEN.HOST and GIT_AUTH_HEADER.HOST, and known_hosts for --ssh"
		}
		warnings = append(warnings, fmt.Sprintf("--secret id=%s has no effect: no step asks for it; %s", id, hint))
	}
	for _, v := range o.SSH {
		if id, _, _ := strings.Cut(v, "="); id != request.IDSSH {
			warnings = append(warnings, fmt.Sprintf("--ssh %s has no effect: steps ask for %s alone", id, request.IDSSH))
		}
	}
	return warnings
}
