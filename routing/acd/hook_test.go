package acd

import (
	"context"
	"errors"
	"net"
	"sync/atomic"

	"github.com/redis/go-redis/v9"
)

// cutReserve lets the first reserve.lua happen and loses its answer.
type cutReserve struct{ done atomic.Bool }

func (c *cutReserve) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (c *cutReserve) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
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
