// Package scripts has no code: this test runs need.sh in worlds where something is
// missing.
package scripts

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestNeed(t *testing.T) {
	script, err := filepath.Abs("need.sh")
	if err != nil {
		t.Fatal(err)
	}
	const (
		goes   = "exit 0"
		node   = `echo 20`
		root   = "echo 0"
		other  = "echo 1000"
		apt    = `echo "apt-get $*" >&2`
		sudoed = `echo "sudo $*" >&2; exec "$@"`
	)
	for name, c := range map[string]struct {
		commands map[string]string // what there is
		ok       bool
		says     string // a part of what is said; "" nothing at all
	}{
		"nothing is missing":    {map[string]string{"go": goes, "node": node, "redis-server": goes}, true, ""},
		"no Go":                 {map[string]string{"node": node}, false, "Go is missing: install 1.26"},
		"no Node.js":            {map[string]string{"go": goes}, false, "Node.js 20 or newer is needed, and there is none"},
		"an old Node.js":        {map[string]string{"go": goes, "node": `[ "$1" = --version ] && echo v18.1.0 || echo 18`}, false, "there is v18.1.0"},
		"missing, as root":      {map[string]string{"go": goes, "node": node, "id": root, "apt-get": apt}, true, "install -y -qq --no-install-recommends redis-server\n"},
		"missing, with sudo":    {map[string]string{"go": goes, "node": node, "id": other, "apt-get": apt, "sudo": sudoed}, true, "sudo apt-get update"},
		"missing, without sudo": {map[string]string{"go": goes, "node": node, "id": other, "apt-get": apt}, false, "Run as root: apt-get install redis-server"},
		"no Debian":             {map[string]string{"go": goes, "node": node, "id": root}, false, "install them by hand"},
		"no network":            {map[string]string{"go": goes, "node": node, "id": root, "apt-get": "exit 100"}, false, "redis-server, and they cannot be installed"},
	} {
		t.Run(name, func(t *testing.T) {
			bin := t.TempDir()
			for command, does := range c.commands {
				if err := os.WriteFile(filepath.Join(bin, command), []byte("#!/bin/bash\n"+does+"\n"), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Symlink("/usr/bin/env", filepath.Join(bin, "env")); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), "/bin/bash", script, "redis-server=redis-server", "/bin/ba*h=bash")
			cmd.Env = []string{"PATH=" + bin}
			said, err := cmd.CombinedOutput()
			if (err == nil) != c.ok || !strings.Contains(string(said), c.says) || (c.says == "" && len(said) > 0) {
				t.Errorf("it said %q, %v", said, err)
			}
		})
	}
}
