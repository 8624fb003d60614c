package main

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"sync"
	"time"

	"hotline12345/callcenter"
	"hotline12345/callcenter/callpg"
	"hotline12345/callcenter/engine"
	"hotline12345/callcenter/sipua"
	"hotline12345/configs"
	"hotline12345/identity"
	"hotline12345/identity/identitypg"
	"hotline12345/privacy"
	"hotline12345/web"
)

// deskPhones joins the accounts of desk phones, the registrar, which asks for them from
// memory, and the engine: a phone that is a seat goes on duty when it registers.
//
//	Postgres ──read──► memory ◄──account── registrar ──changed──► engine
//	                                                      └─seat─► run: profile, StartSeat
type deskPhones struct {
	store     *callpg.Store
	accounts  *identitypg.Store
	engine    *engine.Engine // set, with lines and registrar, before anything registers
	lines     *sipua.UA
	registrar bool
	log       *slog.Logger
	wake      chan struct{}

	mu      sync.RWMutex
	byUser  map[string]callpg.Phone // that may register
	byAgent map[callcenter.AgentID]callpg.Phone
	seats   map[callcenter.AgentID]bool // that have registered and are not on duty yet
}

func newDeskPhones(store *callpg.Store, accounts *identitypg.Store, log *slog.Logger) *deskPhones {
	return &deskPhones{
		store: store, accounts: accounts, log: log, wake: make(chan struct{}, 1),
		byUser: map[string]callpg.Phone{}, byAgent: map[callcenter.AgentID]callpg.Phone{}, seats: map[callcenter.AgentID]bool{},
	}
}

// seed makes a phone account for each demo agent, or takes away those that were.
func (d *deskPhones) seed(ctx context.Context, c configs.Demo, demo bool) error {
	var phones []callpg.Phone
	if demo && c.PhonePassword != "" {
		agents, err := d.accounts.WithRole(ctx, identity.RoleAgent)
		if err != nil {
			return err
		}
		for _, a := range agents {
			if a.Demo {
				phones = append(phones, callpg.Phone{
					User: a.Login, Account: callcenter.AgentID(a.ID), Secrets: phoneSecrets(a.Login, c.PhonePassword), Digest: string(sipua.DigestMD5), Seat: true,
				})
			}
		}
	}
	return d.store.SeedPhones(ctx, phones, "", time.Now())
}

func phoneSecrets(user, password string) callpg.PhoneSecrets {
	var s callpg.PhoneSecrets
	s.MD5, s.SHA256 = sipua.PhoneSecrets(user, password)
	return s
}

// readAgain is how often accounts are read though nobody told of a change: an agent may
// have been disabled.
const readAgain = time.Minute

// read takes the accounts that may register into memory. Where one has changed its phone
// must register again.
func (d *deskPhones) read(ctx context.Context) error {
	list, err := d.store.Phones(ctx)
	if err != nil {
		return err
	}
	people, err := d.accounts.WithRole(ctx, identity.RoleAgent, identity.RoleSupervisor)
	if err != nil {
		return err
	}
	there := make(map[callcenter.AgentID]bool, len(people))
	for _, a := range people {
		there[callcenter.AgentID(a.ID)] = true
	}
	byUser, byAgent := make(map[string]callpg.Phone, len(list)), make(map[callcenter.AgentID]callpg.Phone, len(list))
	for _, p := range list {
		if p.Enabled && there[p.Account] {
			byUser[p.User], byAgent[p.Account] = p, p
		}
	}
	d.mu.Lock()
	var drop []string
	for user, was := range d.byUser {
		if byUser[user] != was {
			drop = append(drop, user)
		}
	}
	d.byUser, d.byAgent = byUser, byAgent
	d.mu.Unlock()
	for _, user := range drop {
		d.lines.DropPhone(user)
	}
	return nil
}

// account is the registrar's question.
func (d *deskPhones) account(user string) (sipua.PhoneAccount, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	p, ok := d.byUser[user]
	return sipua.PhoneAccount{
		User: p.User, Agent: p.Account, MD5: p.Secrets.MD5, SHA256: p.Secrets.SHA256, Digest: sipua.PhoneDigest(p.Digest),
	}, ok
}

// changed is the registrar's news.
func (d *deskPhones) changed(agent callcenter.AgentID, up bool) {
	d.mu.Lock()
	p := d.byAgent[agent]
	seat := up && p.Seat
	if seat {
		d.seats[agent] = true
	} else {
		delete(d.seats, agent)
	}
	d.mu.Unlock()
	d.log.Info("a desk phone has changed", "agent", agent, "registered", up)
	d.engine.PhoneChanged(agent, engine.Phone{Up: up, Sealed: p.SRTP, Seat: p.Seat})
	if seat {
		select {
		case d.wake <- struct{}{}:
		default:
		}
	}
}

// run puts seats on duty, until ctx ends.
func (d *deskPhones) run(ctx context.Context) {
	again := time.NewTicker(readAgain)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-again.C:
			if err := d.read(ctx); err != nil {
				logUnless(ctx, d.log, "the accounts of desk phones are not read", err)
			}
		case <-d.wake:
		}
		if err := d.startSeats(ctx); err != nil {
			logUnless(ctx, d.log, "a seat does not go on duty, it is tried again", err)
		}
	}
}

// startSeats puts every seat on duty that has registered; those that could not wait for
// the next time.
func (d *deskPhones) startSeats(ctx context.Context) error {
	d.mu.RLock()
	ids := make([]string, 0, len(d.seats))
	for agent := range d.seats {
		ids = append(ids, string(agent))
	}
	d.mu.RUnlock()
	people, err := d.accounts.Find(ctx, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		a := people[id]
		profile, err := d.store.Profile(ctx, engine.AgentProfile{
			ID: callcenter.AgentID(id), Name: a.Name, Number: a.Number, Languages: a.Languages,
		}, time.Now())
		if err != nil {
			return err
		}
		d.mu.Lock()
		still := d.seats[profile.ID]
		delete(d.seats, profile.ID)
		d.mu.Unlock()
		if still {
			d.engine.StartSeat(profile)
		}
	}
	return nil
}

// shownCaller is what phones show of who calls: as much as pages do, unless configured.
func shownCaller(c configs.Phones) func(string) engine.Shown {
	return func(number string) engine.Shown {
		switch {
		case number == "":
			return engine.Shown{}
		case c.WholeNumbers:
			return engine.Shown{Number: number}
		}
		return engine.Shown{Name: privacy.MaskPhone(number)}
	}
}

// The accounts as the edge asks for them. This node counts with a change at once, others
// when they are told of it.

var _ web.Phones = (*deskPhones)(nil)

func phoneFault(err error) error {
	switch {
	case errors.Is(err, callpg.ErrNotFound):
		return web.Refuse("not-found")
	case errors.Is(err, callpg.ErrPhoneUser):
		return web.RefuseField("phone-user-taken", "user")
	case errors.Is(err, callpg.ErrPhoneAgent):
		return web.RefuseField("phone-agent-taken", "account")
	case errors.Is(err, callpg.ErrManyPhones):
		return web.Refuse("too-many-phones")
	}
	return err
}

func (d *deskPhones) view(p callpg.Phone, name string) web.PhoneAccount {
	return web.PhoneAccount{
		User: p.User, Account: string(p.Account), Name: name, Digest: p.Digest, SRTP: p.SRTP, Seat: p.Seat, Enabled: p.Enabled, Demo: p.Demo,
		MadeAt: p.MadeAt, MadeBy: p.MadeBy, ChangedAt: p.ChangedAt, ChangedBy: p.ChangedBy,
		Places: append([]web.PhonePlace{}, convert(d.lines.PhoneBindings(p.User), func(b sipua.PhoneBinding) web.PhonePlace {
			return web.PhonePlace{
				Contact: b.Contact, Transport: b.Transport, Source: b.Source.String(), Agent: b.Agent, Since: b.Since.UTC(), Expires: b.Expires.UTC(),
			}
		})...),
	}
}

// Phones implements web.Phones.
func (d *deskPhones) Phones(ctx context.Context) ([]web.PhoneAccount, bool, error) {
	list, err := d.store.Phones(ctx)
	if err != nil {
		return nil, false, err
	}
	people, err := d.accounts.Find(ctx, convert(list, func(p callpg.Phone) string { return string(p.Account) }))
	if err != nil {
		return nil, false, err
	}
	return convert(list, func(p callpg.Phone) web.PhoneAccount { return d.view(p, people[string(p.Account)].Name) }), d.registrar, nil
}

// named is an account with its agent's name.
func (d *deskPhones) named(ctx context.Context, p callpg.Phone) (web.PhoneAccount, error) {
	people, err := d.accounts.Find(ctx, []string{string(p.Account)})
	return d.view(p, people[string(p.Account)].Name), err
}

// AddPhone implements web.Phones. Only who may take calls has a phone.
func (d *deskPhones) AddPhone(ctx context.Context, p web.PhoneAccount, by string) (web.PhoneAccount, string, error) {
	people, err := d.accounts.Find(ctx, []string{p.Account})
	if err != nil {
		return web.PhoneAccount{}, "", err
	}
	if a := people[p.Account]; !a.Role.May(identity.UsePhone) || a.Disabled {
		return web.PhoneAccount{}, "", web.RefuseField("phone-bad-account", "account")
	}
	password := newPhonePassword()
	added, err := d.store.AddPhone(ctx, callpg.Phone{
		User: p.User, Account: callcenter.AgentID(p.Account), Secrets: phoneSecrets(p.User, password), Digest: p.Digest, SRTP: p.SRTP, Seat: p.Seat,
	}, by, time.Now())
	if err != nil {
		return web.PhoneAccount{}, "", phoneFault(err)
	}
	return d.view(added, people[p.Account].Name), password, d.read(ctx)
}

// SavePhone implements web.Phones.
func (d *deskPhones) SavePhone(ctx context.Context, p web.PhoneAccount, by string) (web.PhoneAccount, error) {
	saved, err := d.store.SavePhone(ctx, callpg.Phone{User: p.User, Digest: p.Digest, SRTP: p.SRTP, Seat: p.Seat, Enabled: p.Enabled}, by, time.Now())
	if err != nil {
		return web.PhoneAccount{}, phoneFault(err)
	}
	if err := d.read(ctx); err != nil {
		return web.PhoneAccount{}, err
	}
	return d.named(ctx, saved)
}

// ResetPhone implements web.Phones.
func (d *deskPhones) ResetPhone(ctx context.Context, user, by string) (web.PhoneAccount, string, error) {
	password := newPhonePassword()
	saved, err := d.store.ResetPhone(ctx, user, phoneSecrets(user, password), by, time.Now())
	if err != nil {
		return web.PhoneAccount{}, "", phoneFault(err)
	}
	if err := d.read(ctx); err != nil {
		return web.PhoneAccount{}, "", err
	}
	view, err := d.named(ctx, saved)
	return view, password, err
}

// RemovePhone implements web.Phones.
func (d *deskPhones) RemovePhone(ctx context.Context, user string) error {
	if err := d.store.RemovePhone(ctx, user); err != nil {
		return phoneFault(err)
	}
	return d.read(ctx)
}

// newPhonePassword has 130 bits, so that its hashes are of no use to who guesses; letters
// and digits that are not taken for others when they are typed into a phone.
func newPhonePassword() string { return rand.Text() }
