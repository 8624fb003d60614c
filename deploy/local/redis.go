package local

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"
)

// RedisOptions say where the private Redis runs.
type RedisOptions struct {
	Dir       string // its directory; made when missing
	Databases int    // 0: 1
}

// Redis is a running private Redis. It keeps nothing on disk: what it holds is a
// copy that each node posts again.
type Redis struct {
	child  *child
	socket string
}

// StartRedis starts a Redis below o.Dir and returns when it answers.
func StartRedis(ctx context.Context, o RedisOptions) (*Redis, error) {
	bin, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, errors.New("Redis is not installed: run `apt-get install -y redis-server` as root, or name a server by HOTLINE_REDIS_URL")
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("private Redis: %w", err)
	}
	as, err := chooseUser(dir)
	if err != nil {
		return nil, fmt.Errorf("private Redis: %w", err)
	}
	if err := as.own(dir); err != nil {
		return nil, fmt.Errorf("private Redis: %w", err)
	}
	sockets, err := socketDir(dir, "redis.sock", as)
	if err != nil {
		return nil, fmt.Errorf("private Redis: %w", err)
	}
	r := &Redis{socket: filepath.Join(sockets, "redis.sock")}
	cmd := exec.Command(bin, "--port", "0", "--unixsocket", r.socket, "--unixsocketperm", "700", //nolint:gosec,noctx // it outlives ctx: Stop ends it
		"--save", "", "--appendonly", "no", "--daemonize", "no", "--dir", dir,
		"--maxmemory", "512mb", "--maxmemory-policy", "noeviction", "--databases", strconv.Itoa(max(1, o.Databases)))
	cmd.Dir = "/"
	cmd.Env = childEnv()
	// SIGKILL when we die: there is nothing to save, and a Redis that ends in order
	// would remove the socket that our successor has made meanwhile.
	r.child, err = startChild("Redis", cmd, as, syscall.SIGKILL, filepath.Join(dir, "redis.log"))
	if err != nil {
		return nil, err
	}
	client := redis.NewClient(&redis.Options{Network: "unix", Addr: r.socket, MaxRetries: -1})
	defer client.Close() //nolint:errcheck // only asked whether it is there
	if err := r.child.await(ctx, func(ctx context.Context) error { return client.Ping(ctx).Err() }); err != nil {
		hurry, cancel := context.WithCancel(context.Background())
		cancel()
		return nil, errors.Join(err, r.Stop(hurry))
	}
	return r, nil
}

// URL of database 0, as redis.ParseURL reads it.
func (r *Redis) URL() string { return r.DatabaseURL(0) }

// DatabaseURL of one database number.
func (r *Redis) DatabaseURL(number int) string {
	return (&url.URL{Scheme: "unix", Path: r.socket, RawQuery: "db=" + strconv.Itoa(number)}).String()
}

// Done is closed when the server has ended, asked or not.
func (r *Redis) Done() <-chan struct{} { return r.child.done }

// Stop ends the server.
func (r *Redis) Stop(ctx context.Context) error {
	return r.child.stop(ctx, 10*time.Second, syscall.SIGTERM, syscall.SIGKILL)
}
