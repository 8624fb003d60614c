package media

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/pion/logging"
)

// pionLog takes what pion says into the server's log: it would write plain lines of
// its own. Its errors are warnings here, since a page that cannot connect, or a
// stranger's packet, is no fault of ours; what else it says is for finding faults.
type pionLog struct{ log *slog.Logger }

// NewLogger is part of pion's LoggerFactory.
func (p pionLog) NewLogger(scope string) logging.LeveledLogger {
	return pionLog{p.log.With("pion", scope)}
}

func (p pionLog) say(level slog.Level, msg string) {
	p.log.Log(context.Background(), level, "pion", "says", msg)
}

func (p pionLog) sayf(level slog.Level, format string, args []any) {
	if p.log.Enabled(context.Background(), level) {
		p.say(level, fmt.Sprintf(format, args...))
	}
}

// Trace and Tracef are for every packet: not kept at any level.
func (p pionLog) Trace(string)          {}
func (p pionLog) Tracef(string, ...any) {}

func (p pionLog) Debug(msg string)                  { p.say(slog.LevelDebug, msg) }
func (p pionLog) Debugf(format string, args ...any) { p.sayf(slog.LevelDebug, format, args) }
func (p pionLog) Info(msg string)                   { p.say(slog.LevelDebug, msg) }
func (p pionLog) Infof(format string, args ...any)  { p.sayf(slog.LevelDebug, format, args) }
func (p pionLog) Warn(msg string)                   { p.say(slog.LevelInfo, msg) }
func (p pionLog) Warnf(format string, args ...any)  { p.sayf(slog.LevelInfo, format, args) }
func (p pionLog) Error(msg string)                  { p.say(slog.LevelWarn, msg) }
func (p pionLog) Errorf(format string, args ...any) { p.sayf(slog.LevelWarn, format, args) }
