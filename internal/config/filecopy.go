package config

import (
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// IsPattern tells whether From may stand for several files.
func (c Copy) IsPattern() bool { return strings.ContainsAny(c.From, "*?") }

// Pattern is From, as shortest path, for [path.Match]: brackets are signs like others.
func (c Copy) Pattern() string { return bracketEscaper.Replace(path.Clean(c.From)) }

var bracketEscaper = strings.NewReplacer("[", `\[`, "]", `\]`)

// IDs are the numbers of the owner and of the group.
func (c Copy) IDs() (uid, gid int) {
	user, group, _ := strings.Cut(c.Owner, ":")
	uid, _ = strconv.Atoi(user) // what [fileOwner] gave, or ""
	gid, _ = strconv.Atoi(group)
	return uid, gid
}

// Permissions are the bits of Mode; 0 if it says nothing.
func (c Copy) Permissions() uint32 {
	bits, _ := strconv.ParseUint(c.Mode, 8, 32) // what [fileMode] gave, or ""
	return uint32(bits)
}

// filePattern checks what is copied.
func filePattern(s string) (string, error) {
	if strings.Contains(s, "**") {
		return "", &problem{fmt.Sprintf("path %q has two stars", s), "name a folder: it is copied with all that is in it"}
	}
	return contextPath(s)
}

// fileContext checks whose files are copied.
func fileContext(s string) (string, error) {
	if OriginOf(s) == OriginArchive {
		return "", &problem{"files of an archive cannot be copied by its address", "give it as a context, --build-context NAME=URL, and write the name"}
	}
	return contextOrigin(s)
}

// fileOwner checks the owner of files and returns it as "uid:gid". The group defaults to the number of the user.
func fileOwner(s string) (string, error) {
	uid, gid, hasGroup := strings.Cut(s, ":")
	if !hasGroup {
		gid = uid
	}
	for _, id := range []string{uid, gid} {
		if !wholeNumber.MatchString(id) || !number(id, 0, maxID) {
			return "", &problem{fmt.Sprintf("owner or group %q is not a number from 0 to %d", id, maxID), `write "uid:gid" or "uid", such as "1001:1001"`}
		}
	}
	return uid + ":" + gid, nil
}

var modeForm = regexp.MustCompile(`^0?[0-7]{3}$`)

// fileMode checks permissions and returns them with four digits.
func fileMode(s string) (string, error) {
	switch {
	case modeForm.MatchString(s) && strings.Trim(s, "0") != "":
		return "0" + s[len(s)-3:], nil
	case regexp.MustCompile(`^[0-7]{4}$`).MatchString(s):
		return "", &problem{fmt.Sprintf("mode %q gives who runs the file other rights than its own", s), "write three octal digits behind a 0, such as \"0755\""}
	}
	return "", &problem{fmt.Sprintf("%q is not a mode of a file", s), "write octal digits, such as \"0640\""}
}
