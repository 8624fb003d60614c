package identity

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func codeOf(err error) string {
	if coded, ok := errors.AsType[*Error](err); ok {
		return strings.TrimSpace(coded.ErrorCode() + " " + coded.Field)
	}
	return ""
}

// TestGrants is the table written a second time, by permission: a change must be made twice.
func TestGrants(t *testing.T) {
	want := map[Permission]string{
		ManageSession:  "agent dispatcher agency followUp supervisor reviewer admin",
		UsePhone:       "agent supervisor",
		WorkCallbacks:  "agent supervisor",
		WorkLists:      "agent supervisor",
		DialNumbers:    "agent supervisor",
		ManageLists:    "supervisor",
		ReadCalls:      "agent supervisor reviewer admin",
		HearRecordings: "agent supervisor reviewer",
		HoldRecordings: "supervisor admin", ForkCalls: "supervisor admin", ManageRouting: "supervisor admin", ReadReports: "supervisor admin",
		WorkBadRatings: "supervisor", ManageWebhooks: "admin", ReadEvents: "admin", ManagePhones: "admin",
		LodgeTickets:  "agent supervisor",
		ReadTickets:   "agent dispatcher agency followUp supervisor reviewer admin",
		RevealPersons: "agent dispatcher agency followUp supervisor",
		WorkTickets:   "agent dispatcher agency followUp supervisor",
		WatchLive:     "supervisor admin", SuperviseCalls: "supervisor admin",
		ReadAccessLog: "reviewer admin",
	}
	if len(want) != len(Permissions) {
		t.Fatalf("%d permissions, the table here has %d", len(Permissions), len(want))
	}
	for _, p := range Permissions {
		for _, r := range Roles {
			if got := r.May(p); got != slices.Contains(strings.Fields(want[p]), string(r)) {
				t.Errorf("%s may %s: %v", r, p, got)
			}
		}
		if Role("").May(p) || Role("system").May(p) {
			t.Errorf("an unknown role may %s", p)
		}
	}
}

func TestAccountCheck(t *testing.T) {
	good := Account{Login: "zhang.san-1", Name: "张三", Role: RoleAgency, Agency: "CSGL"}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*Account){
		"invalid login":  func(a *Account) { a.Login = "Zhang" },
		"invalid name":   func(a *Account) { a.Name = "" },
		"invalid role":   func(a *Account) { a.Role = "system" },
		"invalid agency": func(a *Account) { a.Role = RoleAdmin },
	} {
		a := good
		change(&a)
		if err := a.Check(); codeOf(err) != want {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestPasswordRules(t *testing.T) {
	for password, want := range map[string]string{
		"Demo-12345":              "",
		"热线服务一二三四A1":              "",
		"Demo-1234":               "weak-password length",
		strings.Repeat("aA1", 70): "weak-password length",
		"alllowercase123":         "weak-password classes",
		"1234567890":              "weak-password classes",
		"AGENT1-abc99":            "weak-password login",
		"Abc-12345\xff\xff":       "weak-password length",
	} {
		if got := codeOf(CheckPassword(password, "agent1")); got != want {
			t.Errorf("%q: %q, want %q", password, got, want)
		}
	}
}

func TestPasswordHash(t *testing.T) {
	hash := HashPassword("Demo-12345")
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") || hash == HashPassword("Demo-12345") {
		t.Fatalf("hash %s", hash)
	}
	for password, want := range map[string]bool{"Demo-12345": true, "Demo-12346": false, "": false} {
		if got, err := MatchPassword(hash, password); got != want || err != nil {
			t.Errorf("%q: %v, %v", password, got, err)
		}
	}
	for _, bad := range []string{
		"", "plain", strings.Replace(hash, "argon2id", "argon2i", 1), strings.Replace(hash, "m=19456", "m=4000000", 1),
		strings.Replace(hash, "t=2", "t=0", 1), hash + "$", hash[:len(hash)-40],
	} {
		if got, err := MatchPassword(bad, "Demo-12345"); got || err == nil {
			t.Errorf("hash %q: %v, %v", bad, got, err)
		}
	}
}

func TestNewPassword(t *testing.T) {
	seen := map[string]bool{}
	for range 50 {
		p := NewPassword()
		if CheckPassword(p, "admin") != nil || len(p) != 24 || seen[p] {
			t.Fatalf("password %q", p)
		}
		seen[p] = true
	}
}

func TestTokens(t *testing.T) {
	a, b := NewToken(), NewToken()
	if a == b || len(TokenHash(a)) != 32 || slices.Equal(TokenHash(a), TokenHash(b)) {
		t.Fatal("tokens are alike")
	}
	for _, bad := range []string{"", "x", a + "x", a[1:], strings.Repeat("*", 43)} {
		if TokenHash(bad) != nil {
			t.Errorf("%q has a hash", bad)
		}
	}
	if !MatchCSRF(a, CSRF(a)) || MatchCSRF(a, CSRF(b)) || MatchCSRF(a, "") || CSRF(a) == a {
		t.Error("csrf")
	}
}

func TestSessionPolicy(t *testing.T) {
	p := SessionPolicy{Idle: time.Hour, Max: 3 * time.Hour}
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		age, idle time.Duration
		want      bool
	}{
		{0, 0, true}, {2 * time.Hour, time.Hour - 1, true}, {2 * time.Hour, time.Hour, false}, {3 * time.Hour, 0, false},
	} {
		if got := p.Alive(now.Add(-c.age), now.Add(-c.idle), now); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

func TestLoginPolicy(t *testing.T) {
	p := LoginPolicy{Window: 15 * time.Minute, PerPair: 5, PerLogin: 50, PerAddress: 60}
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	for _, c := range []struct {
		failures Failures
		want     time.Duration
	}{
		{Failures{}, 0},
		{Failures{Pair: 4, OldestPair: ago(time.Minute), Login: 49, OldestLogin: ago(time.Minute), Address: 59, OldestAddress: ago(time.Minute)}, 0},
		{Failures{Pair: 5, OldestPair: ago(5 * time.Minute)}, 10 * time.Minute},
		{Failures{Login: 50, OldestLogin: ago(14 * time.Minute)}, time.Minute},
		{Failures{Address: 60, OldestAddress: ago(15 * time.Minute)}, time.Second},
		{Failures{Pair: 5, OldestPair: ago(5 * time.Minute), Address: 61, OldestAddress: ago(time.Minute)}, 14 * time.Minute},
	} {
		if got := p.Blocked(c.failures, now); got != c.want {
			t.Errorf("%+v: %s, want %s", c.failures, got, c.want)
		}
	}
}
