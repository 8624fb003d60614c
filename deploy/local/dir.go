package local

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// DirLock keeps a data directory to one process.
type DirLock struct{ file *os.File }

// InUseError: another process holds the data directory.
type InUseError struct {
	Dir string
	PID int // 0: not known
}

func (e *InUseError) Error() string {
	who := "another process"
	if e.PID > 0 {
		who = fmt.Sprintf("process %d", e.PID)
	}
	return fmt.Sprintf("the data directory %s is in use by %s: stop that one, or give this one its own by HOTLINE_DATA_DIR", e.Dir, who)
}

const dirRemedy = "let the hotline's user write there, or give it another place by HOTLINE_DATA_DIR"

// LockDir makes dir (0700) when it is missing and locks it until Release or the
// end of the process, however it ends. The error is an *InUseError when another
// process has it.
func LockDir(dir string) (*DirLock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil { //nolint:gosec // the operator's own choice
		return nil, fmt.Errorf("make the data directory: %w: %s", err, dirRemedy)
	}
	file, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // below our data directory
	if err != nil {
		return nil, fmt.Errorf("lock the data directory: %w: %s", err, dirRemedy)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		holder, _ := io.ReadAll(io.LimitReader(file, 20))
		_ = file.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock the data directory: %w", err)
		}
		pid, _ := strconv.Atoi(strings.TrimSpace(string(holder)))
		return nil, &InUseError{Dir: dir, PID: pid}
	}
	if err := errors.Join(file.Truncate(0), writeAt(file, strconv.Itoa(os.Getpid())+"\n")); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("lock the data directory: %w: %s", err, dirRemedy)
	}
	return &DirLock{file: file}, nil
}

func writeAt(file *os.File, text string) error {
	_, err := file.WriteAt([]byte(text), 0)
	return err
}

// Release gives the directory free.
func (l *DirLock) Release() error { return l.file.Close() }
