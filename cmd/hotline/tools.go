package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"hotline12345/callcenter"
	"hotline12345/callcenter/callpg"
	"hotline12345/configs"
	"hotline12345/media/speech"
	"hotline12345/ticket/ticketpg"
)

// migrate opens the ground, which migrates.
func migrate(ctx context.Context, c console, config configs.Config) error {
	g, err := openGround(ctx, config)
	if err != nil {
		return err
	}
	_, printErr := fmt.Fprintln(c.out, "the database has the newest shape")
	return errors.Join(printErr, g.close(context.WithoutCancel(ctx)))
}

// check looks for programs that serve would miss and verifies every ticket's history.
func check(ctx context.Context, c console, config configs.Config) (err error) {
	if err := (speech.Espeak{Path: config.Speech.Command}).Available(); err != nil {
		return err
	}
	g, err := openGround(ctx, config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.close(context.WithoutCancel(ctx))) }()
	tickets, err := ticketpg.New(g.pool, g.keys, time.Now)
	if err != nil {
		return err
	}
	report, err := tickets.Verify(ctx)
	if err != nil {
		return err
	}
	for _, fault := range report.Faults {
		if _, err := fmt.Fprintf(c.out, "%+v\n", fault); err != nil {
			return err
		}
	}
	if len(report.Faults) > 0 {
		return fmt.Errorf("%d faults in the tickets' histories: compare with a backup", len(report.Faults))
	}
	_, err = fmt.Fprintf(c.out, "the configuration is right; %d tickets with %d events are as they were written\n", report.Tickets, report.Events)
	return err
}

// replay prints a call's journal with the state after each event. Numbers are left out.
func replay(ctx context.Context, c console, config configs.Config, id string) (err error) {
	g, err := openGround(ctx, config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.close(context.WithoutCancel(ctx))) }()
	rows, err := callpg.New(g.pool, g.keys).Journal(ctx, callcenter.CallID(id))
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return fmt.Errorf("there is no call %q in the journal", id)
	}
	var call callcenter.Call
	for _, row := range rows {
		next, effects, err := callcenter.Apply(call, row.Event, row.At)
		if err != nil {
			return fmt.Errorf("event %d cannot follow: %w", row.Seq, err)
		}
		call = next
		if _, err := fmt.Fprintf(c.out, "%4d %s %-18s -> %-12s %s\n", row.Seq, row.At.UTC().Format("2006-01-02T15:04:05.000Z"),
			nameOf(row.Event), call.State, strings.Join(namesOf(effects), " ")); err != nil {
			return err
		}
	}
	return nil
}

func nameOf(v any) string { return strings.TrimPrefix(fmt.Sprintf("%T", v), "callcenter.") }

func namesOf(effects []callcenter.Effect) []string {
	names := make([]string, len(effects))
	for i, e := range effects {
		names[i] = nameOf(e)
	}
	return names
}
