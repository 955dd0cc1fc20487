package buildarg

import (
	"errors"
	"strings"
)

// errUserinfo never repeats the address.
var errUserinfo = errors.New("the address has a user name or a password in it, which would be kept in the record of the build")

// HasUserinfo tells whether the value of an argument has credentials in an address. BuildKit writes arguments into the
// provenance and the history of a build as they are. What cannot be parsed may hold a password as well, so any @ counts.
func HasUserinfo(value string) bool { return strings.Contains(value, "@") }
