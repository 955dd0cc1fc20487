package step

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// credentials are what a netrc file says of one machine; none of the fields is empty.
type credentials struct{ machine, login, password string }

// netrcAuth reads the netrc secret; without one there are no credentials. Of two entries for a machine the first counts.
func netrcAuth(name string) (func(host string) (user, password string, ok bool), error) {
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the netrc secret: %w", err)
	}
	byMachine := map[string]credentials{}
	for _, c := range parseNetrc(string(data)) {
		if _, ok := byMachine[c.machine]; !ok {
			byMachine[c.machine] = c
		}
	}
	return func(host string) (string, string, bool) {
		c, ok := byMachine[host]
		return c.login, c.password, ok
	}, nil
}

// parseNetrc reads the format of ftp's .netrc (https://www.gnu.org/software/inetutils/manual/html_node/The-_002enetrc-file.html)
// as cmd/go does, which is given the same file: a keyword and its value stand in one line; an entry without login or password
// is none; a macro goes to the next empty line; default, which is for any machine, has no effect and alone in a line ends
// the file. There are no comments and no quotes: a password may begin with # or ".
func parseNetrc(data string) []credentials {
	var found []credentials
	var c credentials
	macro := false
	for line := range strings.SplitSeq(data, "\n") {
		if macro {
			macro = line != ""
			continue
		}
		words := strings.Fields(line)
		for ; len(words) > 1; words = words[2:] {
			switch value := words[1]; words[0] {
			case "machine":
				c = credentials{machine: strings.TrimSuffix(strings.TrimPrefix(value, "https://"), "/")}
			case "login":
				c.login = value
			case "password":
				c.password = value
			case "macdef":
				macro = true
			}
			if c.machine != "" && c.login != "" && c.password != "" {
				found, c = append(found, c), credentials{}
			}
		}
		if len(words) == 1 && words[0] == "default" {
			break
		}
	}
	return found
}
