//go:build linux && (amd64 || arm64)

package media

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// urgent lets this thread run before all that is not real-time (sched(7), SCHED_RR): sound
// must leave every 20 ms, whatever a report or a sign-in computes meanwhile. A thread of
// sound works for a bounded part of each tick and sleeps. It is refused without
// CAP_SYS_NICE or a limit of real-time priority; sound is as good then as the machine is
// idle. calm takes it back before the thread is given to others.
func urgent() error { return schedule(unix.SCHED_RR, 1) }

func calm() error { return schedule(unix.SCHED_NORMAL, 0) }

func schedule(policy, priority uint32) error {
	err := unix.SchedSetAttr(0, &unix.SchedAttr{Policy: policy, Priority: priority, Flags: unix.SCHED_FLAG_RESET_ON_FORK}, 0)
	if err != nil {
		return fmt.Errorf("media: priority of a thread: %w", err)
	}
	return nil
}
