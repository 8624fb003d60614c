package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// PostgreSQL refuses to run as root, so root runs its children as someone else.
// That one must reach the data directory, which may lie below a 0700 home: then
// the child gets the one capability that lets it pass, the smaller one first
// (containers commonly have only the second).
const (
	capDACReadSearch uintptr = 2
	capDACOverride   uintptr = 1
)

// runAs is the identity that children have. The zero value is our own.
type runAs struct {
	uid, gid int
	other    bool // not ours: uid and gid count
	caps     []uintptr
}

func (r runAs) apply(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	if !r.other {
		return
	}
	cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(r.uid), Gid: uint32(r.gid)} //nolint:gosec // ids are not negative
	cmd.SysProcAttr.AmbientCaps = r.caps
}

// own gives a directory to the identity.
func (r runAs) own(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := os.Chmod(dir, 0o700); err != nil { //nolint:gosec // a directory: 0700 is private
		return err
	}
	if !r.other {
		return nil
	}
	return os.Chown(dir, r.uid, r.gid)
}

// chooseUser picks the identity for children that own dir: our own, except for
// root, who keeps the owner of an existing dir or takes the user postgres, else nobody.
func chooseUser(dir string) (runAs, error) {
	chosen, err := ownerOf(dir)
	if err != nil {
		return runAs{}, err
	}
	if os.Geteuid() != 0 {
		if chosen.other && chosen.uid != os.Geteuid() {
			return runAs{}, fmt.Errorf("%s belongs to user %d, made by an earlier run as root or someone else: run as that one, or give this run its own directory by HOTLINE_DATA_DIR", dir, chosen.uid)
		}
		return runAs{}, nil
	}
	if !chosen.other {
		if chosen, err = lookup("postgres", "nobody"); err != nil {
			return runAs{}, err
		}
	}
	return reach(chosen, dir)
}

func ownerOf(dir string) (runAs, error) {
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return runAs{}, nil
	}
	if err != nil {
		return runAs{}, err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || stat.Uid == 0 {
		return runAs{}, nil
	}
	return runAs{uid: int(stat.Uid), gid: int(stat.Gid), other: true}, nil
}

func lookup(names ...string) (runAs, error) {
	for _, name := range names {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.Atoi(found.Uid)
		gid, gidErr := strconv.Atoi(found.Gid)
		if err := errors.Join(uidErr, gidErr); err != nil {
			return runAs{}, fmt.Errorf("user %s: %w", name, err)
		}
		return runAs{uid: uid, gid: gid, other: true}, nil
	}
	return runAs{}, fmt.Errorf("PostgreSQL does not run as root and there is no user %v to run it as: useradd --system postgres", names)
}

// reach tries how the identity can enter dir: a probe starts there as that user.
func reach(as runAs, dir string) (runAs, error) {
	if err := as.own(dir); err != nil {
		return runAs{}, err
	}
	var err error
	for _, caps := range [][]uintptr{nil, {capDACReadSearch}, {capDACOverride}} {
		as.caps = caps
		// A capability counts from exec on, so the program itself must change the
		// directory; this is also why children start in / and get absolute paths.
		cmd := exec.Command("/bin/sh", "-c", `cd "$0"`, dir) //nolint:gosec,noctx // it ends by itself
		cmd.Dir = "/"
		as.apply(cmd)
		if err = cmd.Run(); err == nil {
			return as, nil
		}
	}
	return runAs{}, fmt.Errorf("user %d cannot enter %s (%w): put the data directory below one that others may pass, by HOTLINE_DATA_DIR", as.uid, filepath.Dir(dir), err)
}
