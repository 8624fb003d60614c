package acd

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"

	"github.com/redis/go-redis/v9"
)

// plain passes everything on.
type plain struct{}

func (plain) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (plain) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// gate holds a node's commands back while it is shut.
type gate struct {
	plain
	sync.RWMutex
}

func (g *gate) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		g.RLock()
		defer g.RUnlock()
		return next(ctx, cmd)
	}
}

// cutReserve lets the first reserve.lua happen and loses its answer.
type cutReserve struct {
	plain
	done atomic.Bool
}

func (c *cutReserve) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := next(ctx, cmd)
		args := cmd.Args()
		reserves := len(args) > 1 && (args[1] == reserveSource || args[1] == reserveScript.Hash())
		if err == nil && reserves && c.done.CompareAndSwap(false, true) {
			err = errors.New("the connection was cut")
			cmd.SetErr(err)
		}
		return err
	}
}
