package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// child is a process that ends with ours. Its kernel-side tie, Pdeathsig, fires
// when the *thread* that made it ends, so a goroutine with its own locked thread
// starts it and lives as long as it does.
type child struct {
	name    string
	process *os.Process
	done    chan struct{} // closed when it has ended
	err     error         // why; read after done
	log     string        // file of its output
}

// startChild starts cmd as the identity, in a process group of its own (Ctrl-C
// in a terminal is for us: children are stopped in order), output to logFile.
func startChild(name string, cmd *exec.Cmd, as runAs, deathSignal syscall.Signal, logFile string) (*child, error) {
	// The words of the one before stay: why it ended may be read after a restart.
	if err := os.Rename(logFile, logFile+".1"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	out, err := os.OpenFile(logFile, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600) //nolint:gosec // below our data directory
	if err != nil {
		return nil, err
	}
	defer out.Close() //nolint:errcheck // the child has its own descriptor
	cmd.Stdout, cmd.Stderr = out, out
	as.apply(cmd)
	cmd.SysProcAttr.Setpgid = true
	cmd.SysProcAttr.Pdeathsig = deathSignal

	c := &child{name: name, done: make(chan struct{}), log: logFile}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		err := cmd.Start()
		c.process = cmd.Process
		started <- err
		if err != nil {
			return
		}
		c.err = cmd.Wait()
		close(c.done)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	return c, nil
}

// await polls ready until it succeeds; it gives up when the child ends or ctx does.
func (c *child) await(ctx context.Context, ready func(context.Context) error) error {
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	var last error
	for {
		if last = ready(ctx); last == nil {
			return nil
		}
		select {
		case <-c.done:
			return c.fault(fmt.Errorf("%s ended at once: %w", c.name, errOr(c.err, "exit status 0")))
		case <-ctx.Done():
			return c.fault(fmt.Errorf("%s did not become ready: %w", c.name, errors.Join(ctx.Err(), last)))
		case <-poll.C:
		}
	}
}

// fault adds the end of the child's output.
func (c *child) fault(err error) error {
	tail := tailOf(c.log)
	if tail == "" {
		return err
	}
	return fmt.Errorf("%w; its last words (%s):\n%s", err, c.log, tail)
}

// stop asks with each signal in turn and waits grace after each for the end; when
// ctx is over the next, harder signal follows within 2 s.
func (c *child) stop(ctx context.Context, grace time.Duration, signals ...syscall.Signal) error {
	for _, signal := range signals {
		hurry := ctx.Done()
		if ctx.Err() != nil {
			grace, hurry = min(grace, 2*time.Second), nil
		}
		if err := c.process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("stop %s: %w", c.name, err)
		}
		timer := time.NewTimer(grace)
		select {
		case <-c.done:
			timer.Stop()
			return nil
		case <-timer.C:
		case <-hurry:
			timer.Stop()
		}
	}
	<-c.done // the last one was SIGKILL
	return nil
}

func errOr(err error, text string) error {
	if err != nil {
		return err
	}
	return errors.New(text)
}

// tailOf reads the last 2 KiB of a file.
func tailOf(path string) string {
	const most = 2048
	file, err := os.Open(path) //nolint:gosec // our own log
	if err != nil {
		return ""
	}
	defer file.Close() //nolint:errcheck // read only
	if size, err := file.Seek(0, io.SeekEnd); err != nil {
		return ""
	} else if _, err := file.Seek(max(0, size-most), io.SeekStart); err != nil {
		return ""
	}
	text, err := io.ReadAll(io.LimitReader(file, most))
	if err != nil {
		return ""
	}
	return string(text)
}
