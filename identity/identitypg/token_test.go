package identitypg

import (
	"strings"
	"testing"
	"time"

	"hotline12345/identity"
)

func TestTokensOfOtherSystems(t *testing.T) {
	s, c := newStore(t, Options{})
	ctx := t.Context()
	until := c.now().Add(24 * time.Hour)
	made, secret, err := s.AddToken(ctx, identity.Token{Name: "大屏", By: "admin", Until: until})
	if err != nil || secret == "" || made.UsedAt != nil {
		t.Fatalf("%+v, %v", made, err)
	}
	used, err := s.UseToken(ctx, secret)
	if err != nil || used.ID != made.ID || used.Name != "大屏" {
		t.Errorf("used %+v, %v", used, err)
	}
	first := *used.UsedAt
	c.pass(10 * time.Second)
	if used, err = s.UseToken(ctx, secret); err != nil || !used.UsedAt.Equal(first) {
		t.Errorf("within a minute: %+v, %v", used, err)
	}
	c.pass(time.Minute)
	if used, err = s.UseToken(ctx, secret); err != nil || !used.UsedAt.Equal(c.now()) {
		t.Errorf("after a minute: %+v, %v", used, err)
	}
	for _, bad := range []string{"", "x", identity.NewToken()} {
		if _, err := s.UseToken(ctx, bad); code(err) != identity.CodeNotSignedIn {
			t.Errorf("token %q: %v", bad, err)
		}
	}
	var stored string
	if err := s.pool.QueryRow(ctx, `SELECT string_agg(encode(hash, 'escape'), '') FROM api_tokens`).Scan(&stored); err != nil || strings.Contains(stored, secret) {
		t.Errorf("the token itself is stored, %v", err)
	}
	for field, bad := range map[string]identity.Token{
		"name": {Until: until}, "until": {Name: "n", Until: c.now()}, "long": {Name: "n", Until: c.now().Add(identity.MaxToken + time.Second)},
	} {
		if _, _, err := s.AddToken(ctx, bad); code(err) != identity.CodeInvalid {
			t.Errorf("%s: %v", field, err)
		}
	}
	if err := s.RevokeToken(ctx, made.ID, "admin"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.UseToken(ctx, secret); code(err) != identity.CodeNotSignedIn {
		t.Errorf("revoked: %v", err)
	}
	if err := s.RevokeToken(ctx, made.ID, "admin"); code(err) != identity.CodeNoToken {
		t.Errorf("revoked twice: %v", err)
	}
	for range identity.MaxTokens {
		if _, secret, err = s.AddToken(ctx, identity.Token{Name: "n", By: "admin", Until: until}); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := s.AddToken(ctx, identity.Token{Name: "n", By: "admin", Until: until}); code(err) != identity.CodeManyTokens {
		t.Errorf("one too many: %v", err)
	}
	if list, err := s.Tokens(ctx); err != nil || len(list) != identity.MaxTokens {
		t.Errorf("%d tokens, %v", len(list), err)
	}
	c.pass(24 * time.Hour)
	if _, err := s.UseToken(ctx, secret); code(err) != identity.CodeNotSignedIn {
		t.Errorf("over: %v", err)
	}
	if list, err := s.Tokens(ctx); err != nil || len(list) != 0 {
		t.Errorf("over: %d tokens, %v", len(list), err)
	}
}
