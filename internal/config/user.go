package config

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

var userSyntax = regexp.MustCompile(`^[1-9][0-9]{0,9}$`)

// maxID is the largest user or group: containerd takes larger ones as root (CVE-2024-40635, CVE-2026-46680).
const maxID = 1<<31 - 1

// User checks the user a container runs as and returns it as "uid:gid". The group defaults to the number of the user.
func User(s string) (string, error) {
	uid, gid, hasGroup := strings.Cut(s, ":")
	if !hasGroup {
		gid = uid
	}
	for _, id := range []string{uid, gid} {
		if err := checkID(id); err != nil {
			return "", err
		}
	}
	return uid + ":" + gid, nil
}

func checkID(id string) error {
	if !userSyntax.MatchString(id) {
		switch {
		case id == "0" || id == "root":
			return &problem{"the user must not be root", `write a number from 1 on, such as "1001:1001"`}
		case id == "":
			return &problem{"user or group is empty", `write "uid" or "uid:gid"`}
		case strings.Trim(id, "0123456789") == "" && id[0] == '0':
			return &problem{fmt.Sprintf("user or group %q has a leading zero", id), `write a decimal number such as "1001"`}
		case strings.Trim(id, "0123456789") == "":
			return outOfRange(id)
		case strings.Trim(id, "0123456789") == "+" || strings.Trim(id, "0123456789") == "-":
			return &problem{fmt.Sprintf("user or group %q has a sign", id), `write a decimal number such as "1001"`}
		}
		return &problem{
			fmt.Sprintf("user or group %q is not a number", id),
			"a name needs /etc/passwd in the image, and Kubernetes' runAsNonRoot cannot check it",
		}
	}
	if n, err := strconv.ParseInt(id, 10, 64); err != nil || n > maxID {
		return outOfRange(id)
	}
	return nil
}

func outOfRange(id string) error {
	return &problem{fmt.Sprintf("user or group %s is out of range", id), fmt.Sprintf("write a number from 1 to %d", maxID)}
}
