// Package netrc reads which user name and password a netrc file has for a host, as cmd/go does.
//
// It takes text and opens no file. Nothing in the text is an error: what cmd/go passes over says nothing. What a login is in a request, it says
// as well.
package netrc

import (
	"encoding/base64"
	"strings"
)

// credentials are what a netrc file says of one machine; none of the fields is empty.
type credentials struct{ machine, login, password string }

// Parse reads a file, and gives what looks up the login for a host, which has no port. Of two entries for a machine the first counts.
func Parse(text string) func(host string) (user, password string, ok bool) {
	byMachine := map[string]credentials{}
	for _, c := range parse(text) {
		if _, ok := byMachine[c.machine]; !ok {
			byMachine[c.machine] = c
		}
	}
	return func(host string) (string, string, bool) {
		c, ok := byMachine[host]
		return c.login, c.password, ok
	}
}

// Basic is a login as the value of the header Authorization, or Proxy-Authorization (RFC 7617).
func Basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

// parse reads the format of ftp's .netrc (https://www.gnu.org/software/inetutils/manual/html_node/The-_002enetrc-file.html)
// as cmd/go does, which is given the same file: a keyword and its value stand in one line; an entry without login or password
// is none; a macro goes to the next empty line; default, which is for any machine, has no effect and alone in a line ends
// the file. There are no comments and no quotes: a password may begin with # or ".
func parse(data string) []credentials {
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
