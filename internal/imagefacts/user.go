package imagefacts

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"strconv"
	"strings"

	"github.com/moby/sys/user"
)

// User is whom an image runs as, in the way that containerd's WithUser and runc take the user of a configuration.
type User struct {
	// Spec is the user as the configuration has it. An empty one is root.
	Spec     string
	UID, GID int
	// Name and Group are what of it is a name and not a number.
	Name, Group string
	// Problem says why no runtime starts the image, "" if it does; then UID and GID mean nothing.
	Problem string
}

// Root says that the image runs as root.
func (u User) Root() bool { return u.Problem == "" && u.UID == 0 }

// Numbers gives user and group as numbers.
func (u User) Numbers() string { return fmt.Sprintf("%d:%d", u.UID, u.GID) }

// maxAccounts is for the bytes of /etc/passwd and /etc/group that are read.
const maxAccounts = 4 << 20

// readUser looks a user up in the files of an image.
func readUser(spec string, files fs.FS) (User, error) {
	u := User{Spec: spec}
	name, group, hasGroup := strings.Cut(spec, ":")
	if strings.Contains(group, ":") {
		u.Problem = "it has more than one colon"
		return u, nil
	}
	if spec == "" {
		return u, nil
	}
	if err := u.readUID(name, files); err != nil || u.Problem != "" || !hasGroup {
		return u, err
	}
	return u, u.readGID(group, files)
}

// readUID sets the user, and the group that /etc/passwd gives it.
func (u *User) readUID(s string, files fs.FS) error {
	uid, number := u.number(s)
	if u.Problem != "" {
		return nil
	}
	accounts, err := readAccounts(files, "etc/passwd", func(r io.Reader) ([]user.User, error) {
		return user.ParsePasswdFilter(r, func(a user.User) bool { return number && a.Uid == uid || !number && a.Name == s })
	})
	if err != nil {
		return err
	}
	u.UID = uid
	switch {
	case len(accounts) > 0:
		u.UID, u.GID = accounts[0].Uid, accounts[0].Gid
	case !number && s != "root" && s != "":
		u.Problem = fmt.Sprintf("the image has no user %q in /etc/passwd", s)
	}
	if !number {
		u.Name = s
	}
	return nil
}

func (u *User) readGID(s string, files fs.FS) error {
	gid, number := u.number(s)
	if u.GID = gid; number || u.Problem != "" || s == "" {
		return nil
	}
	u.Group = s
	groups, err := readAccounts(files, "etc/group", func(r io.Reader) ([]user.Group, error) {
		return user.ParseGroupFilter(r, func(g user.Group) bool { return g.Name == s })
	})
	switch {
	case err != nil:
		return err
	case len(groups) > 0:
		u.GID = groups[0].Gid
	case s != "root":
		u.Problem = fmt.Sprintf("the image has no group %q in /etc/group", s)
	}
	return nil
}

// number reads a user or group as strconv.Atoi does, to which "00" and "+0" are root, too.
func (u *User) number(s string) (int, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, false
	}
	if err != nil || n < 0 || n > math.MaxInt32 {
		u.Problem = fmt.Sprintf("%s is not in the range from 0 to %d", s, math.MaxInt32)
	}
	return int(n), true
}

// readAccounts reads a file of accounts; one that is not there has none.
func readAccounts[T any](files fs.FS, name string, parse func(io.Reader) ([]T, error)) ([]T, error) {
	info, err := fs.Stat(files, name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	found, err := parse(io.LimitReader(f, maxAccounts))
	if err != nil {
		return nil, fmt.Errorf("reading /%s: %w", name, err)
	}
	return found, nil
}
