package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"hotline12345/callcenter"
	"hotline12345/callcenter/callpg"
	"hotline12345/callcenter/engine"
	"hotline12345/identity"
	"hotline12345/identity/identitypg"
	"hotline12345/ticket"
	"hotline12345/ticket/ticketpg"
	"hotline12345/web"
)

// accessWeb is the access log as the edge asks for it.
type accessWeb struct{ store *identitypg.Store }

var (
	_ web.AccessLog = accessWeb{}
	_ web.Accounts  = (*identitypg.Store)(nil)
	_ web.Tokens    = (*identitypg.Store)(nil)
)

func (a accessWeb) LogAccess(ctx context.Context, e web.AccessEntry) error {
	return a.store.LogAccess(ctx, e.Actor, e.Action, e.Subject, e.Detail)
}

func (a accessWeb) ListAccess(ctx context.Context, before int64, limit int) ([]web.AccessEntry, error) {
	entries, err := a.store.ListAccess(ctx, before, limit)
	return convert(entries, func(e identitypg.Access) web.AccessEntry { return web.AccessEntry(e) }), err
}

// logPause writes a pause of a recording into the access log: what is not on it is as
// much to be answered for as what is heard.
func logPause(accounts *identitypg.Store) func(context.Context, callcenter.CallID, callcenter.LogPause) error {
	return func(ctx context.Context, call callcenter.CallID, p callcenter.LogPause) error {
		detail := fmt.Sprintf("%s %s %s", p.Since.Format(time.RFC3339), p.Ended.Format(time.RFC3339), p.Why)
		return accounts.LogAccess(ctx, string(p.By), "recording.pause", string(call), detail)
	}
}

// logFork writes into the access log that a call's sound is sent to the consumer, or not
// any more, by whose word and why.
func logFork(accounts *identitypg.Store) func(context.Context, callcenter.CallID, engine.LogFork) error {
	return func(ctx context.Context, call callcenter.CallID, f engine.LogFork) error {
		by := cmp.Or(string(f.By), "system")
		if f.Began {
			return accounts.LogAccess(ctx, by, "call.fork", string(call), f.Why)
		}
		return accounts.LogAccess(ctx, by, "call.unfork", string(call), f.Why)
	}
}

// seedDemo makes the demo accounts, one for each agency of the catalogue among them, and
// a calendar that reaches far enough.
func seedDemo(ctx context.Context, accounts *identitypg.Store, tickets *ticketpg.Store, agents int) error {
	agencies, err := tickets.Agencies(ctx)
	if err != nil {
		return err
	}
	codes := convert(agencies, func(a ticketpg.Named) string { return a.Code })
	if err := accounts.SeedDemo(ctx, agents, codes); err != nil {
		return refusedSeed(err)
	}
	year := time.Now().In(ticket.Beijing).Year()
	return tickets.AssumeYears(ctx, year, year+1)
}

// serveCallers lets everybody who may take calls serve the main queue, unless an
// administrator has decided otherwise.
func serveCallers(ctx context.Context, accounts *identitypg.Store, calls *callpg.Store) error {
	people, err := accounts.WithRole(ctx, identity.RoleAgent, identity.RoleSupervisor)
	if err != nil {
		return err
	}
	return calls.SeedAgents(ctx, convert(people, func(a identity.Account) callcenter.AgentID { return callcenter.AgentID(a.ID) })...)
}

// refusedSeed says in words why demo and real accounts cannot stand side by side.
func refusedSeed(err error) error {
	var refused *identity.Error
	if !errors.As(err, &refused) {
		return err
	}
	switch refused.Code {
	case identity.CodeRealData:
		return fmt.Errorf("this data directory has real accounts, and demo accounts have a public password: start without --demo, or with another HOTLINE_DATA_DIR: %w", err)
	case identity.CodeDemoData:
		return fmt.Errorf("this data directory has demo accounts with a public password: start with --demo, or with another HOTLINE_DATA_DIR: %w", err)
	default:
		return err
	}
}
