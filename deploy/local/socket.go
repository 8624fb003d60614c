package local

import (
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"syscall"
)

// maxSocketPath is what a unix socket's name may have (sun_path is 108 bytes with its end).
const maxSocketPath = 107

// socketDir gives a private directory for a socket called name: dir itself, or, when
// its path is too long for a socket, one below the system's temporary directory that
// is always the same for dir.
func socketDir(dir, name string, as runAs) (string, error) {
	if len(filepath.Join(dir, name)) <= maxSocketPath {
		return dir, nil
	}
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(dir))
	short := filepath.Join(os.TempDir(), fmt.Sprintf("hotline-%d-%x", os.Geteuid(), sum.Sum64()))
	if err := os.Mkdir(short, 0o700); err != nil && !os.IsExist(err) {
		return "", err
	}
	info, err := os.Lstat(short)
	if err != nil {
		return "", err
	}
	// Everyone may write into the temporary directory: what stands there must be ours.
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.IsDir() || (int(stat.Uid) != os.Geteuid() && (!as.other || int(stat.Uid) != as.uid)) {
		return "", fmt.Errorf("%s belongs to someone else: remove it, or use a data directory with a shorter path", short)
	}
	return short, as.own(short)
}
