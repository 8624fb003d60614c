package callpg

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"hotline12345/callcenter"
)

// Phone is the account of an agent's desk phone.
type Phone struct {
	User      string // in SIP; lower case
	Account   callcenter.AgentID
	Secrets   PhoneSecrets
	Digest    string // md5, sha-256 or both
	SRTP      bool   // encrypted sound alone
	Seat      bool   // on duty while it is registered, without a page
	Enabled   bool
	Demo      bool // its password stands in the configuration
	MadeAt    time.Time
	MadeBy    string // account id
	ChangedAt time.Time
	ChangedBy string
}

// PhoneSecrets are the digest hashes of the password (callcenter/sipua, PhoneSecrets),
// which is kept nowhere.
type PhoneSecrets struct {
	MD5    string `json:"md5"`
	SHA256 string `json:"sha256"`
}

var (
	// ErrPhoneUser: another account has this SIP user.
	ErrPhoneUser = errors.New("callpg: the SIP user is taken")
	// ErrPhoneAgent: the agent has a phone account.
	ErrPhoneAgent = errors.New("callpg: the agent has a phone account")
	// ErrManyPhones: there are maxPhones.
	ErrManyPhones = errors.New("callpg: too many phone accounts")
)

const maxPhones = 20000

const phoneColumns = `sip_user, account, secrets, digest, srtp, seat, enabled, demo, made_at, made_by, changed_at, changed_by`

func placeOfPhone(user string) string { return "phone:" + user }

// Phones lists all of them, by user.
func (s *Store) Phones(ctx context.Context) ([]Phone, error) {
	return list(ctx, s.pool, s.scanPhone, `SELECT `+phoneColumns+` FROM phone_accounts ORDER BY sip_user`)
}

func (s *Store) scanPhone(row pgx.CollectableRow) (Phone, error) {
	var p Phone
	var sealed []byte
	err := row.Scan(&p.User, &p.Account, &sealed, &p.Digest, &p.SRTP, &p.Seat, &p.Enabled, &p.Demo, &p.MadeAt, &p.MadeBy, &p.ChangedAt, &p.ChangedBy)
	if err != nil {
		return p, err
	}
	p.MadeAt, p.ChangedAt = p.MadeAt.UTC(), p.ChangedAt.UTC()
	plain, err := s.keys.Open(sealed, placeOfPhone(p.User))
	if err == nil {
		err = json.Unmarshal(plain, &p.Secrets)
	}
	if err != nil {
		return p, fmt.Errorf("secrets of phone %s: %w", p.User, err)
	}
	return p, nil
}

func (s *Store) sealPhone(p Phone) []byte {
	text, _ := json.Marshal(p.Secrets) // two strings always have a JSON form
	return s.keys.Seal(text, placeOfPhone(p.User))
}

// AddPhone makes an enabled account. Errors: ErrPhoneUser, ErrPhoneAgent, ErrManyPhones.
func (s *Store) AddPhone(ctx context.Context, p Phone, by string, now time.Time) (Phone, error) {
	added, err := s.changePhone(ctx, p.User, `INSERT INTO phone_accounts (`+phoneColumns+`)
		SELECT $1, $2, $3, $4, $5, $6, true, $7, $8, $9, $8, $9 WHERE (SELECT count(*) FROM phone_accounts) < $10 RETURNING `+phoneColumns,
		p.User, p.Account, s.sealPhone(p), p.Digest, p.SRTP, p.Seat, p.Demo, now, by, maxPhones)
	switch refused, ok := errors.AsType[*pgconn.PgError](err); {
	case errors.Is(err, ErrNotFound):
		return Phone{}, ErrManyPhones
	case ok && refused.ConstraintName == "phone_accounts_pkey":
		return Phone{}, ErrPhoneUser
	case ok && refused.ConstraintName == "phone_accounts_account_key":
		return Phone{}, ErrPhoneAgent
	}
	return added, err
}

// SavePhone changes everything but whose account it is and its password. Error:
// ErrNotFound.
func (s *Store) SavePhone(ctx context.Context, p Phone, by string, now time.Time) (Phone, error) {
	return s.changePhone(ctx, p.User, `UPDATE phone_accounts SET digest = $2, srtp = $3, seat = $4, enabled = $5, changed_at = $6, changed_by = $7
		WHERE sip_user = $1 RETURNING `+phoneColumns, p.User, p.Digest, p.SRTP, p.Seat, p.Enabled, now, by)
}

// ResetPhone gives an account another password. Error: ErrNotFound.
func (s *Store) ResetPhone(ctx context.Context, user string, secrets PhoneSecrets, by string, now time.Time) (Phone, error) {
	return s.changePhone(ctx, user, `UPDATE phone_accounts SET secrets = $2, demo = false, changed_at = $3, changed_by = $4
		WHERE sip_user = $1 RETURNING `+phoneColumns, user, s.sealPhone(Phone{User: user, Secrets: secrets}), now, by)
}

// RemovePhone forgets an account. Error: ErrNotFound.
func (s *Store) RemovePhone(ctx context.Context, user string) error {
	_, err := s.changePhone(ctx, user, `DELETE FROM phone_accounts WHERE sip_user = $1 RETURNING `+phoneColumns, user)
	return err
}

func (s *Store) changePhone(ctx context.Context, user, sql string, args ...any) (p Phone, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		found, err := list(ctx, tx, s.scanPhone, sql, args...)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return ErrNotFound
		}
		p = found[0]
		return changed(ctx, tx, TopicPhones)
	})
	if err != nil {
		return Phone{}, fmt.Errorf("callpg: phone %s: %w", user, err)
	}
	return p, nil
}

// SeedPhones makes these the demo's accounts, and takes away others that were: none stays
// with a password that stood in a configuration. An account of somebody's own is left.
func (s *Store) SeedPhones(ctx context.Context, phones []Phone, by string, now time.Time) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM phone_accounts WHERE demo`); err != nil {
			return err
		}
		for _, p := range phones {
			_, err := tx.Exec(ctx, `INSERT INTO phone_accounts (`+phoneColumns+`)
				VALUES ($1, $2, $3, $4, $5, $6, true, true, $7, $8, $7, $8) ON CONFLICT DO NOTHING`,
				p.User, p.Account, s.sealPhone(p), p.Digest, p.SRTP, p.Seat, now, by)
			if err != nil {
				return err
			}
		}
		return changed(ctx, tx, TopicPhones)
	})
	if err != nil {
		return fmt.Errorf("callpg: phones of the demo: %w", err)
	}
	return nil
}
