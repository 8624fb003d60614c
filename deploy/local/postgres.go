package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// The database's owner and its name.
const databaseName = "hotline"

// PostgresOptions say where and how the private PostgreSQL runs.
type PostgresOptions struct {
	Dir      string            // its directory; made when missing
	BinDir   string            // of initdb and postgres; empty: looked for
	Settings map[string]string // more server settings
}

// Postgres is a running private PostgreSQL.
type Postgres struct {
	child  *child
	socket string
}

// StartPostgres starts the cluster below o.Dir, making it first when there is none,
// and returns when it takes connections.
func StartPostgres(ctx context.Context, o PostgresOptions) (*Postgres, error) {
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("private PostgreSQL: %w", err)
	}
	data := filepath.Join(dir, "data")
	bin, err := findPostgres(o.BinDir, data)
	if err != nil {
		return nil, err
	}
	as, err := chooseUser(dir)
	if err != nil {
		return nil, fmt.Errorf("private PostgreSQL: %w", err)
	}
	if err := as.own(dir); err != nil {
		return nil, fmt.Errorf("private PostgreSQL: %w", err)
	}
	socket, err := socketDir(dir, ".s.PGSQL.5432", as)
	if err != nil {
		return nil, fmt.Errorf("private PostgreSQL: %w", err)
	}
	if err := initCluster(ctx, bin, data, as); err != nil {
		return nil, fmt.Errorf("private PostgreSQL: %w", err)
	}
	if err := awaitOldPostmaster(ctx, data); err != nil {
		return nil, err
	}
	if err := forgetPostmaster(data, socket); err != nil {
		return nil, fmt.Errorf("private PostgreSQL: %w", err)
	}
	p := &Postgres{socket: socket}
	cmd := exec.Command(filepath.Join(bin, "postgres"), serverArgs(data, socket, o.Settings)...) //nolint:gosec,noctx // it outlives ctx: Stop ends it
	cmd.Dir = "/"
	cmd.Env = childEnv()
	p.child, err = startChild("PostgreSQL", cmd, as, syscall.SIGINT, filepath.Join(dir, "postgres.log"))
	if err != nil {
		return nil, err
	}
	if err := p.child.await(ctx, p.ensureDatabase); err != nil {
		hurry, cancel := context.WithCancel(context.Background())
		cancel()
		return nil, errors.Join(err, p.Stop(hurry))
	}
	return p, nil
}

// URL of the hotline's database.
func (p *Postgres) URL() string { return p.url(databaseName) }

// Done is closed when the server has ended, asked or not.
func (p *Postgres) Done() <-chan struct{} { return p.child.done }

// Stop ends the server: sessions are cut and the state is written (fast shutdown);
// harder when that takes more than 30 s or ctx is over.
func (p *Postgres) Stop(ctx context.Context) error {
	return p.child.stop(ctx, 30*time.Second, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGKILL)
}

func (p *Postgres) url(database string) string {
	return (&url.URL{
		Scheme: "postgres", User: url.User(databaseName), Path: "/" + database,
		RawQuery: url.Values{"host": {p.socket}}.Encode(),
	}).String()
}

// ensureDatabase connects and makes the database when it is missing.
func (p *Postgres) ensureDatabase(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, p.url("postgres"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	var there bool
	if err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, databaseName).Scan(&there); err != nil || there {
		return err
	}
	_, err = conn.Exec(ctx, "CREATE DATABASE "+databaseName)
	return err
}

func serverArgs(data, socket string, more map[string]string) []string {
	settings := map[string]string{
		"listen_addresses":        "", // socket only
		"port":                    "5432",
		"unix_socket_directories": socket,
		"unix_socket_permissions": "0700",
		"max_connections":         "200",
		"timezone":                "UTC",
		"log_timezone":            "UTC",
		"log_min_messages":        "warning",
		"logging_collector":       "off",
	}
	maps.Copy(settings, more)
	args := []string{"-D", data}
	for name, value := range settings {
		args = append(args, "-c", name+"="+value)
	}
	return args
}

// initCluster makes the cluster beside its place and renames it, so that a killed
// initdb leaves no half cluster behind.
func initCluster(ctx context.Context, bin, data string, as runAs) error {
	if _, err := os.Stat(filepath.Join(data, "PG_VERSION")); err == nil {
		return nil
	}
	fresh := data + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	cmd := exec.Command(filepath.Join(bin, "initdb"), "-D", fresh, "-U", databaseName, //nolint:gosec,noctx // found by findPostgres; ctx ends it below
		"--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums")
	cmd.Dir = "/"
	cmd.Env = childEnv()
	logFile := filepath.Join(filepath.Dir(data), "initdb.log")
	// A child like the others: one that outlived us would write beside our successor's.
	c, err := startChild("initdb", cmd, as, syscall.SIGKILL, logFile)
	if err != nil {
		return err
	}
	select {
	case <-c.done:
	case <-ctx.Done():
		return errors.Join(ctx.Err(), c.stop(ctx, 0, syscall.SIGKILL))
	}
	if c.err != nil {
		return c.fault(fmt.Errorf("initdb: %w%s", c.err, initdbRemedy(tailOf(logFile))))
	}
	return os.Rename(fresh, data)
}

// initdbRemedy says what to do about what initdb commonly meets.
func initdbRemedy(words string) string {
	switch {
	case strings.Contains(words, "could not look up effective user"):
		return ": a user without an entry in /etc/passwd cannot make a cluster: run as one that has it, or name a server by HOTLINE_DATABASE_URL"
	case strings.Contains(words, "No space left on device"):
		return ": the disk is full: make room, or name another directory by HOTLINE_DATA_DIR"
	}
	return ""
}

func childEnv() []string {
	return []string{"LC_ALL=C.UTF-8", "PATH=" + os.Getenv("PATH")}
}

// awaitOldPostmaster waits for the server of a killed predecessor, which is still
// writing its state: the kernel has told it to stop.
func awaitOldPostmaster(ctx context.Context, data string) error {
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for {
		pid := postmasterPID(data)
		if pid == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("private PostgreSQL: an earlier server (process %d) still uses %s: stop it by `kill -INT %d`", pid, data, pid)
		case <-poll.C:
		}
	}
}

// postmasterPID gives the process that runs the cluster, 0 when none does.
func postmasterPID(data string) int {
	pid := writtenPID(data)
	if pid == 0 {
		return 0
	}
	// The number may be another process by now, even another cluster's server: after a
	// restart of the machine or of a container, numbers come again.
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil || !bytes.Contains(line, []byte("postgres\x00-D\x00"+data+"\x00")) {
		return 0
	}
	return pid
}

// writtenPID reads the process number in the cluster's lock file; 0 when there is none.
func writtenPID(data string) int {
	text, err := os.ReadFile(filepath.Join(data, "postmaster.pid")) //nolint:gosec // below our data directory
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil {
		return 0
	}
	return pid
}

// forgetPostmaster removes what a killed server left when its number is a stranger's
// by now: PostgreSQL would take that one for a server of the cluster and not start.
// Nobody else can be starting one: the data directory is ours.
func forgetPostmaster(data, socket string) error {
	pid := writtenPID(data)
	if pid == 0 || errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return nil // PostgreSQL sees that by itself
	}
	for _, stale := range []string{filepath.Join(data, "postmaster.pid"), filepath.Join(socket, ".s.PGSQL.5432.lock")} {
		if err := os.Remove(stale); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// findPostgres looks for the server's programs: the directory given, that of the
// version which made the cluster, the newest of Debian's, then PATH.
func findPostgres(given, data string) (string, error) {
	major := ""
	if text, err := os.ReadFile(filepath.Join(data, "PG_VERSION")); err == nil { //nolint:gosec // below our data directory
		major = strings.TrimSpace(string(text))
	}
	if given != "" {
		if hasPostgres(given) {
			return given, nil
		}
		return "", fmt.Errorf("%s has no initdb and postgres: correct HOTLINE_POSTGRES_BIN_DIR", given)
	}
	if major != "" {
		if dir := "/usr/lib/postgresql/" + major + "/bin"; hasPostgres(dir) {
			return dir, nil
		}
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.SortFunc(found, func(a, b string) int { return versionOf(b) - versionOf(a) })
	if path, err := exec.LookPath("postgres"); err == nil {
		found = append(found, filepath.Dir(path))
	}
	for _, dir := range found {
		if !hasPostgres(dir) {
			continue
		}
		if v := versionOf(dir); major != "" && v != 0 && strconv.Itoa(v) != major {
			return "", fmt.Errorf("the data in %s was made by PostgreSQL %s, which is not installed: apt-get install postgresql-%s", data, major, major)
		}
		return dir, nil
	}
	return "", errors.New("PostgreSQL is not installed: run `apt-get install -y postgresql` as root, or name a server by HOTLINE_DATABASE_URL")
}

func hasPostgres(dir string) bool {
	for _, name := range []string{"initdb", "postgres"} {
		if _, err := exec.LookPath(filepath.Join(dir, name)); err != nil {
			return false
		}
	}
	return true
}

// versionOf reads the major version from …/postgresql/15/bin; 0 when it is not in the path.
func versionOf(dir string) int {
	major, err := strconv.Atoi(filepath.Base(filepath.Dir(dir)))
	if err != nil {
		return 0
	}
	return major
}
