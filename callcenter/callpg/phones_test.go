package callpg

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
)

// TestPhones: an agent has one account, its secrets are sealed and bound to it, and the
// demo's are there only while it wants them.
func TestPhones(t *testing.T) {
	s, pool := newStore(t)
	ask := Phone{User: "desk1", Account: "a", Secrets: PhoneSecrets{MD5: "0123md5", SHA256: "4567sha"}, Digest: "both", SRTP: true}
	want := ask
	want.Enabled, want.MadeAt, want.MadeBy, want.ChangedAt, want.ChangedBy = true, at(0), "admin", at(0), "admin"
	if got := must[Phone](t)(s.AddPhone(t.Context(), ask, "admin", at(0))); got != want {
		t.Errorf("made %+v, want %+v", got, want)
	}
	if _, err := s.AddPhone(t.Context(), Phone{User: "desk1", Account: "b", Digest: "md5"}, "admin", at(0)); !errors.Is(err, ErrPhoneUser) {
		t.Errorf("a user twice: %v", err)
	}
	if _, err := s.AddPhone(t.Context(), Phone{User: "desk2", Account: "a", Digest: "md5"}, "admin", at(0)); !errors.Is(err, ErrPhoneAgent) {
		t.Errorf("two phones of one agent: %v", err)
	}
	want.Digest, want.SRTP, want.Seat, want.Enabled, want.ChangedAt, want.ChangedBy = "md5", false, true, false, at(1), "other"
	if got := must[Phone](t)(s.SavePhone(t.Context(), Phone{User: "desk1", Digest: "md5", Seat: true}, "other", at(1))); got != want {
		t.Errorf("changed %+v, want %+v", got, want)
	}
	want.Secrets, want.ChangedAt = PhoneSecrets{MD5: "x", SHA256: "y"}, at(2)
	if got := must[Phone](t)(s.ResetPhone(t.Context(), "desk1", want.Secrets, "other", at(2))); got != want {
		t.Errorf("reset %+v, want %+v", got, want)
	}
	var kept []byte
	ok(t, pool.QueryRow(t.Context(), `SELECT secrets FROM phone_accounts`).Scan(&kept))
	if bytes.Contains(kept, []byte(`"x"`)) {
		t.Error("the secrets are readable")
	}
	demo := []Phone{
		{User: "agent1", Account: "b", Secrets: PhoneSecrets{MD5: "d"}, Digest: "md5", Seat: true},
		{User: "agent2", Account: "a", Digest: "md5"}, // has one of his own
	}
	users := func() (users []string) {
		for _, p := range must[[]Phone](t)(s.Phones(t.Context())) {
			users = append(users, p.User)
		}
		return users
	}
	for range 2 {
		ok(t, s.SeedPhones(t.Context(), demo, "", at(3)))
		if got := users(); !reflect.DeepEqual(got, []string{"agent1", "desk1"}) {
			t.Errorf("with a demo: %v", got)
		}
	}
	ok(t, s.SeedPhones(t.Context(), nil, "", at(3)))
	if got := users(); !reflect.DeepEqual(got, []string{"desk1"}) {
		t.Errorf("without: %v", got)
	}
	ok(t, s.RemovePhone(t.Context(), "desk1"))
	for what, err := range map[string]error{
		"remove": s.RemovePhone(t.Context(), "desk1"),
		"reset":  second(s.ResetPhone(t.Context(), "desk1", PhoneSecrets{}, "x", at(4))),
		"change": second(s.SavePhone(t.Context(), Phone{User: "desk1", Digest: "md5"}, "x", at(4))),
	} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("%s what is not there: %v", what, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }
