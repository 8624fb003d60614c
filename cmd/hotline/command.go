package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"hotline12345/configs"
)

// console is the outside of a command.
type console struct {
	out, err io.Writer
	env      []string
}

const usage = `usage: hotline COMMAND [flags]

  serve [--demo]   run the hotline until it is interrupted; --demo: with demo accounts
  migrate          bring the database to the newest shape
  check            read the configuration, then look for what is missing or altered
  replay CALL      tell the events of a call, one a line, from its journal
  version          say which build this is
  help             this text, and every variable

serve, migrate, check and replay read the file named by -config or HOTLINE_CONFIG, then
the variables. Without any they use a private PostgreSQL and Redis below ./var.
`

// run is the whole program but its exit code.
func run(ctx context.Context, args []string, c console) error {
	if len(args) == 0 {
		_, _ = io.WriteString(c.err, usage)
		return errors.New("which command?")
	}
	flags := flag.NewFlagSet("hotline "+args[0], flag.ContinueOnError)
	flags.SetOutput(c.err)
	file := flags.String("config", lookup(c.env, "HOTLINE_CONFIG"), "configuration file")
	switch args[0] {
	case "serve":
		demo := flags.Bool("demo", false, "make demo accounts with known passwords")
		return c.with(flags, args[1:], 0, file, func(config configs.Config, _ []string) error {
			return serve(ctx, c, config, *demo)
		})
	case "migrate":
		return c.with(flags, args[1:], 0, file, func(config configs.Config, _ []string) error {
			return migrate(ctx, c, config)
		})
	case "check":
		return c.with(flags, args[1:], 0, file, func(config configs.Config, _ []string) error {
			return check(ctx, c, config)
		})
	case "replay":
		return c.with(flags, args[1:], 1, file, func(config configs.Config, rest []string) error {
			return replay(ctx, c, config, rest[0])
		})
	case "version":
		_, err := fmt.Fprintln(c.out, version())
		return err
	case "help", "-h", "-help", "--help":
		return help(c.out)
	}
	_, _ = io.WriteString(c.err, usage)
	return fmt.Errorf("%q is not a command", args[0])
}

// with parses flags and the configuration, checks that there are as many arguments as
// the command takes, and calls f.
func (c console) with(flags *flag.FlagSet, args []string, arguments int, file *string, f func(configs.Config, []string) error) error {
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	if flags.NArg() != arguments {
		return fmt.Errorf("%s takes %d arguments, not %d", flags.Name(), arguments, flags.NArg())
	}
	config, err := configs.Load(*file, c.env)
	if err != nil {
		return fmt.Errorf("configuration:\n%w", err)
	}
	return f(config, flags.Args())
}

func lookup(env []string, name string) string {
	for _, entry := range env {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}

func help(out io.Writer) error {
	var b strings.Builder
	b.WriteString(usage + "\nvariable (key of the file) = default\n\n")
	for _, v := range configs.Variables() {
		fmt.Fprintf(&b, "  %s (%s) = %s\n", v.Name, v.Key, v.Default)
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// version names the commit that Go's own build information has.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "hotline (unknown build)"
	}
	revision, changed := "unknown commit", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = ", changed"
		}
	}
	return fmt.Sprintf("hotline %s%s, %s", revision, changed, info.GoVersion)
}
