package identitypg

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hotline12345/deploy/pgtest"
	"hotline12345/identity"
)

func code(err error) identity.Code {
	if coded, ok := errors.AsType[*identity.Error](err); ok {
		return coded.Code
	}
	return ""
}

// clock is moved by the test.
type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time       { return time.UnixMicro(c.at.Load()).UTC() }
func (c *clock) pass(d time.Duration) { c.at.Add(d.Microseconds()) }
func newClock() *clock {
	c := &clock{}
	c.at.Store(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC).UnixMicro())
	return c
}

func newStore(t *testing.T, o Options) (*Store, *clock) {
	t.Helper()
	c := newClock()
	o.Now = c.now
	return New(pgtest.New(t), o), c
}

func TestSessionFromSignInToSignOut(t *testing.T) {
	s, c := newStore(t, Options{})
	ctx := t.Context()
	if err := s.SeedDemo(ctx, 2, []string{"CSGL"}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.SignIn(ctx, "agent1", "wrong", "1.2.3.4"); code(err) != identity.CodeBadLogin {
		t.Fatalf("wrong password: %v", err)
	}
	if _, _, err := s.SignIn(ctx, "nobody", DemoPassword, "1.2.3.4"); code(err) != identity.CodeBadLogin {
		t.Fatalf("unknown login: %v", err)
	}
	a, token, err := s.SignIn(ctx, " Agency1 ", DemoPassword, "1.2.3.4")
	if err != nil || a.Agency != "CSGL" || a.Role != identity.RoleAgency {
		t.Fatalf("%+v %v", a, err)
	}
	got, err := s.Authenticate(ctx, token)
	if err != nil || got.ID != a.ID {
		t.Fatalf("%+v %v", got, err)
	}
	for _, bad := range []string{"", "x", identity.NewToken()} {
		if _, err := s.Authenticate(ctx, bad); code(err) != identity.CodeNotSignedIn {
			t.Errorf("token %q: %v", bad, err)
		}
	}
	var stored string
	if err := s.pool.QueryRow(ctx, `SELECT string_agg(encode(hash, 'escape'), '') FROM sessions`).Scan(&stored); err != nil || strings.Contains(stored, token) {
		t.Fatalf("the token itself is stored, %v", err)
	}
	for range 3 { // kept alive by use, up to the hard end
		c.pass(8 * time.Hour)
		_, err = s.Authenticate(ctx, token)
	}
	if code(err) != identity.CodeNotSignedIn {
		t.Fatalf("after a day: %v", err)
	}
	_, token, err = s.SignIn(ctx, "agency1", DemoPassword, "1.2.3.4")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SignOut(ctx, token); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Authenticate(ctx, token); code(err) != identity.CodeNotSignedIn {
		t.Fatalf("after signing out: %v", err)
	}
	if err := s.Tidy(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestDisabledAccountsAreOutAtOnce(t *testing.T) {
	s, _ := newStore(t, Options{})
	ctx := t.Context()
	if err := s.SeedDemo(ctx, 1, nil); err != nil {
		t.Fatal(err)
	}
	_, token, err := s.SignIn(ctx, "agent1", DemoPassword, "1.2.3.4")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.pool.Exec(ctx, `UPDATE accounts SET disabled = true WHERE login = 'agent1'`); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Authenticate(ctx, token); code(err) != identity.CodeNotSignedIn {
		t.Fatalf("session: %v", err)
	}
	if _, _, err := s.SignIn(ctx, "agent1", DemoPassword, "1.2.3.4"); code(err) != identity.CodeBadLogin {
		t.Fatalf("sign-in: %v", err)
	}
}

func TestLoginLimits(t *testing.T) {
	s, c := newStore(t, Options{})
	ctx := t.Context()
	if err := s.SeedDemo(ctx, 1, nil); err != nil {
		t.Fatal(err)
	}
	// Guesses made at once count like guesses made in turn.
	var guesses sync.WaitGroup
	var looked atomic.Int32
	for range 20 {
		guesses.Go(func() {
			if _, _, err := s.SignIn(ctx, "agent1", "guess", "9.9.9.9"); code(err) == identity.CodeBadLogin {
				looked.Add(1)
			} else if code(err) != identity.CodeTooMany {
				t.Error(err)
			}
		})
	}
	guesses.Wait()
	if n := int(looked.Load()); n != identity.DefaultLoginPolicy.PerPair {
		t.Fatalf("%d guesses were looked at", n)
	}
	_, _, err := s.SignIn(ctx, "agent1", DemoPassword, "9.9.9.9")
	var blocked *identity.Error
	if !errors.As(err, &blocked) || blocked.Code != identity.CodeTooMany || blocked.RetryAfter <= 0 {
		t.Fatalf("the right password while blocked: %v", err)
	}
	if _, _, err := s.SignIn(ctx, "agent1", DemoPassword, "8.8.8.8"); err != nil {
		t.Fatalf("the person herself, from elsewhere: %v", err)
	}
	c.pass(identity.DefaultLoginPolicy.Window)
	if _, _, err := s.SignIn(ctx, "agent1", DemoPassword, "9.9.9.9"); err != nil {
		t.Fatalf("after the window: %v", err)
	}
	for n := range identity.DefaultLoginPolicy.PerAddress { // one address, many logins
		if _, _, err := s.SignIn(ctx, fmt.Sprint("somebody", n), "guess", "7.7.7.7"); code(err) != identity.CodeBadLogin {
			t.Fatalf("guess %d: %v", n, err)
		}
	}
	if _, _, err := s.SignIn(ctx, "agent1", DemoPassword, "7.7.7.7"); code(err) != identity.CodeTooMany {
		t.Fatalf("an address that guesses: %v", err)
	}
}

func TestDemoAndRealDoNotMix(t *testing.T) {
	s, _ := newStore(t, Options{})
	ctx := t.Context()
	login, password, made, err := s.FirstAdmin(ctx)
	if err != nil || !made {
		t.Fatalf("%v %v", made, err)
	}
	if _, _, err := s.SignIn(ctx, login, password, "1.2.3.4"); err != nil {
		t.Fatal(err)
	}
	if _, _, made, err := s.FirstAdmin(ctx); made || err != nil {
		t.Fatalf("a second first administrator: %v %v", made, err)
	}
	if err := s.SeedDemo(ctx, 1, nil); code(err) != identity.CodeRealData {
		t.Fatalf("demo beside real: %v", err)
	}
	demo, _ := newStore(t, Options{})
	for range 2 { // a second start makes nothing twice
		if err := demo.SeedDemo(ctx, 4, []string{"A", "B"}); err != nil {
			t.Fatal(err)
		}
	}
	agents, err := demo.WithRole(ctx, identity.RoleAgent)
	if err != nil || len(agents) != 4 || agents[1].Languages[1] != "ug" {
		t.Fatalf("%+v %v", agents, err)
	}
	found, err := demo.Find(ctx, []string{agents[0].ID, "unknown"})
	if err != nil || len(found) != 1 || found[agents[0].ID].Login != "agent1" {
		t.Fatalf("%+v %v", found, err)
	}
	if _, _, _, err := demo.FirstAdmin(ctx); code(err) != identity.CodeDemoData {
		t.Fatalf("real service on demo data: %v", err)
	}
}

func TestAccountsAreChecked(t *testing.T) {
	s, _ := newStore(t, Options{})
	ctx := t.Context()
	a := identity.Account{ID: "1", Login: "zhang", Name: "张", Role: identity.RoleAgent}
	if err := s.CreateAccount(ctx, a, "short"); code(err) != identity.CodeWeakPassword {
		t.Fatalf("weak: %v", err)
	}
	if err := s.CreateAccount(ctx, identity.Account{ID: "1", Login: "Z", Name: "张", Role: identity.RoleAgent}, "Good-12345"); code(err) != identity.CodeInvalid {
		t.Fatalf("invalid: %v", err)
	}
	if err := s.CreateAccount(ctx, a, "Good-12345"); err != nil {
		t.Fatal(err)
	}
	a.ID = "2"
	if err := s.CreateAccount(ctx, a, "Good-12345"); code(err) != identity.CodeLoginTaken {
		t.Fatalf("taken: %v", err)
	}
}

func TestAccessLogIsAppendOnly(t *testing.T) {
	s, _ := newStore(t, Options{})
	ctx := t.Context()
	for n := range 5 {
		if err := s.LogAccess(ctx, "a", "recording.listen", fmt.Sprint("call", n), ""); err != nil {
			t.Fatal(err)
		}
	}
	first, err := s.ListAccess(ctx, 0, 3)
	if err != nil || len(first) != 3 || first[0].Subject != "call4" {
		t.Fatalf("%+v %v", first, err)
	}
	rest, err := s.ListAccess(ctx, first[2].ID, 100)
	if err != nil || len(rest) != 2 || rest[1].Subject != "call0" {
		t.Fatalf("%+v %v", rest, err)
	}
	for _, sql := range []string{`DELETE FROM access_log`, `UPDATE access_log SET actor = 'b'`, `TRUNCATE access_log`} {
		if _, err := s.pool.Exec(ctx, sql); err == nil {
			t.Errorf("%s: done", sql)
		}
	}
}
