package main

import (
	"context"
	"fmt"
	"log/slog"
)

// newLogger writes one JSON line for each entry.
func newLogger(c console, level string) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l = slog.LevelInfo // configs has checked it
	}
	return slog.New(slog.NewJSONHandler(c.err, &slog.HandlerOptions{Level: l}))
}

// redisLog is what the Redis client says by itself, about its connections: the same for
// each of them, many times a second while the server is away. What matters comes back
// as errors.
type redisLog struct{}

func (redisLog) Printf(ctx context.Context, format string, values ...any) {
	slog.DebugContext(ctx, "redis", "text", fmt.Sprintf(format, values...))
}
