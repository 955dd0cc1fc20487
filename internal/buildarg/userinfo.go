package buildarg

import (
	"errors"
	"strings"
)

// ErrUserinfo is what [Parse] says of a value that [HasUserinfo]. It never repeats the address.
var ErrUserinfo = errors.New("the address has a user name or a password in it, which would be kept in the record of the build")

// HasUserinfo tells whether the value of an argument has credentials in an address. BuildKit writes arguments into the
// provenance and the history of a build as they are. What cannot be parsed may hold a password as well, so any @ counts.
func HasUserinfo(value string) bool { return strings.Contains(value, "@") }

// UserinfoHelp says what to do about an argument with credentials in its address.
func UserinfoHelp(name string) string {
	return "put them into a netrc file and give that with --secret id=netrc,src=FILE, and the bare address with --build-arg " + name + "=URL"
}
