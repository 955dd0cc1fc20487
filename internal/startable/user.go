package startable

import (
	"fmt"
	"io/fs"
	"math"
)

// User is who a program runs as: somebody with the rights that modes of files give, and no others. Supplementary groups and access
// control lists are not known here.
type User struct {
	UID, GID int
	// Owner tells whom a file belongs to. Where it is not ok, the user is taken to have every right.
	Owner func(fs.FileInfo) (uid, gid int, ok bool)
}

// right is what somebody may do, as one digit of a mode.
type right fs.FileMode

// The rights that a start takes: execute is to search for a folder.
const (
	execute right = 1
	read    right = 4
)

// may tells whether the user has a right; nil is the superuser.
func (u *User) may(do right, info fs.FileInfo) bool {
	if u == nil || u.UID == 0 {
		return true
	}
	mode := right(info.Mode().Perm())
	switch uid, gid, ok := u.Owner(info); {
	case !ok:
		return true
	case uid == u.UID:
		mode >>= 6
	case gid == u.GID:
		mode >>= 3
	}
	return mode&do == do
}

// refused is a file or folder on the way that the user has no right to.
type refused struct {
	path string
	info fs.FileInfo
}

// refusal gives what keeps the user from a file that is there, or nil.
func (t *tree) refusal(p place, do right) *refused {
	switch {
	case p.info == nil:
		return nil
	case p.denied != nil:
		return p.denied
	case !t.user.may(do, p.info):
		return &refused{p.real, p.info}
	}
	return nil
}

// denied describes a file that is there, and that the user has no right to.
func (l *linker) denied(object, what string, p place, do right, r *refused) Problem {
	verb := "search"
	if p.denied == nil {
		verb = map[right]string{execute: "execute", read: "read"}[do]
	}
	uid, gid, _ := l.tree.user.Owner(r.info)
	return Problem{
		Object: object, User: true,
		Msg: fmt.Sprintf("%s is out of reach: user %d:%d may not %s %s, which has mode %04o and belongs to %d:%d",
			what, l.tree.user.UID, l.tree.user.GID, verb, r.path, r.info.Mode().Perm(), uid, gid),
		Help: fmt.Sprintf("give %s the mode 0755 in the base image", r.path) + l.ownerHelp(p, do, uid, gid),
	}
}

// ownerHelp names the owner as the user, if that one has the right.
func (l *linker) ownerHelp(p place, do right, uid, gid int) string {
	if uid <= 0 || uid > math.MaxInt32 {
		return ""
	}
	if gid <= 0 || gid > math.MaxInt32 {
		gid = uid
	}
	asOwner := newTree(l.tree.fsys)
	asOwner.user = &User{UID: uid, GID: gid, Owner: l.tree.user.Owner}
	if found, err := asOwner.find(p.path); err != nil || !found.exists() || asOwner.refusal(found, do) != nil {
		return ""
	}
	return fmt.Sprintf(`, or set image.user to "%d:%d"`, uid, gid)
}
