package main

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"hotline12345/configs"
)

func TestForksAreOffUnlessNamed(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	off, err := newForks(configs.Defaults().Fork, log)
	if off != nil || err != nil {
		t.Fatal(off, err)
	}
	o := &ops{registry: prometheus.NewRegistry()}
	o.watchForks(off)
	for key, change := range map[string]func(*configs.Fork){
		"":           func(*configs.Fork) {},
		"fork.url":   func(c *configs.Fork) { c.URL = "ws://recogniser.example/" },
		"fork.allow": func(c *configs.Fork) { c.Allow = []string{"here"} },
		"fork.ca":    func(c *configs.Fork) { c.CA = "/no/such.pem" },
	} {
		c := configs.Defaults().Fork
		c.URL, c.Token = "wss://recogniser.example/", "secret"
		change(&c)
		s, err := newForks(c, log)
		if (err == nil) != (key == "") || err != nil && !strings.HasPrefix(err.Error(), key+": ") {
			t.Errorf("%q: %v", key, err)
		}
		o.watchForks(s)
	}
	families, err := o.registry.Gather()
	if err != nil || len(families) != 6 {
		t.Errorf("%d figures, %v", len(families), err)
	}
}
