package testbed

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// User is one who is not root. Only processes that are started as the user have heard of it: /etc is another one in their mount namespace.
type User struct {
	// Dir is a folder of root's, where everybody can look and only root write, and Home that of the user in it.
	Dir, Home string
	Name      string
	ID        int

	folder *RunDir
}

// UserPrograms are what is needed for one that has a range of users, with the Debian packages that have them.
var UserPrograms = map[string]string{"newuidmap": "uidmap", "newgidmap": "uidmap", "setpriv": "util-linux", "unshare": "util-linux"}

// NewUser makes a user with a home. Only root can.
func NewUser() (u *User, err error) {
	u = &User{Name: "modship-test", ID: 54321}
	if u.folder, err = NewRunDir("/var/lib", "modship-test-", os.Stderr); err != nil {
		return nil, fmt.Errorf("making a user: %w", err)
	}
	u.Dir = u.folder.Path
	u.Home = filepath.Join(u.Dir, "home")
	err = errors.Join(os.Chmod(u.Dir, 0o755), os.Mkdir(u.Home, 0o700), os.Chown(u.Home, u.ID, u.ID))
	for name, text := range map[string]string{
		"passwd": fmt.Sprintf("root:x:0:0:root:/root:/bin/sh\n%s:x:%d:%d::%s:/bin/sh\n", u.Name, u.ID, u.ID, u.Home),
		"group":  fmt.Sprintf("root:x:0:\n%s:x:%d:\n", u.Name, u.ID),
		"subuid": u.Name + ":3000000:65536\n",
		"subgid": u.Name + ":3000000:65536\n",
	} {
		err = errors.Join(err, os.WriteFile(filepath.Join(u.Dir, name), []byte(text), 0o644))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("making a user: %w", err), u.Remove())
	}
	return u, nil
}

// Remove removes all that the user has.
func (u *User) Remove() error { return u.folder.Remove() }

// Command is one of the user's, in a mount namespace in which root has run the commands of before.
func (u *User) Command(ctx context.Context, before, program string, args ...string) *exec.Cmd {
	script := "cd /\n"
	for _, name := range []string{"passwd", "group", "subuid", "subgid"} {
		script += fmt.Sprintf("mount --bind %s/%s /etc/%s\n", u.Dir, name, name)
	}
	script += before + fmt.Sprintf("\nexec setpriv --reuid %d --regid %d --clear-groups \"$@\"", u.ID, u.ID)
	return exec.CommandContext(ctx, "unshare", append([]string{"--mount", "--propagation", "private", "sh", "-euc", script, "sh", program}, args...)...)
}
