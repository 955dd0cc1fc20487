package goenv

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// embedded holds data/README.md, and data/go.env in a program built with make.
//
//go:embed data
var embedded embed.FS

// Defaults returns GOPROXY, GOSUMDB and their companions as Go's own go.env has them: the go.env embedded into this program
// if there is one, else nothing but [DefaultSumDB]. A Proxy that is empty afterwards is reported by [ParseProxies].
func Defaults() (Settings, error) { return readDefaults(embedded) }

func readDefaults(files fs.FS) (Settings, error) {
	data, err := fs.ReadFile(files, "data/go.env")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Settings{}, fmt.Errorf("reading Go's default settings: %w", err)
	}
	return FromEnv(ParseEnvFile(data)).Or(Settings{SumDB: DefaultSumDB}), nil
}

// FromEnv picks the settings out of environment variables by name. Patterns are split at commas and trimmed.
func FromEnv(env map[string]string) Settings {
	return Settings{
		Proxy:    env["GOPROXY"],
		SumDB:    env["GOSUMDB"],
		NoSumDB:  splitPatterns(env["GONOSUMDB"]),
		NoProxy:  splitPatterns(env["GONOPROXY"]),
		Private:  splitPatterns(env["GOPRIVATE"]),
		Insecure: splitPatterns(env[insecureVar]),
		Rewrite:  splitPairs(env[rewriteVar]), TokenHost: env[tokenHostVar],
	}
}

func splitPairs(list string) map[string]string {
	var pairs map[string]string
	for words := strings.Fields(list); len(words) > 1; words = words[2:] {
		if pairs == nil {
			pairs = map[string]string{}
		}
		pairs[words[0]] = words[1]
	}
	return pairs
}

func splitPatterns(list string) []string {
	var patterns []string
	for p := range strings.SplitSeq(list, ",") {
		if p = strings.TrimSpace(p); p != "" {
			patterns = append(patterns, p)
		}
	}
	return patterns
}

// ParseEnvFile reads a go.env file as cmd/go does (cfg.readEnvFile): a line is KEY=VALUE, the value is taken to the end of
// the line as it stands, the last of several lines for one key wins, and every line that does not begin with a capital
// letter or has no "=" is a comment. A carriage return before the line's end is dropped.
func ParseEnvFile(data []byte) map[string]string {
	env := map[string]string{}
	for line := range bytes.Lines(data) {
		line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
		key, value, ok := strings.Cut(string(line), "=")
		if !ok || key == "" || key[0] < 'A' || key[0] > 'Z' {
			continue
		}
		env[key] = value
	}
	return env
}
