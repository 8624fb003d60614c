package identitypg

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"hotline12345/identity"
)

// DemoPassword of every demo account.
const DemoPassword = "Demo-12345"

// agentLanguages of the first demo agents; the others speak Mandarin.
var agentLanguages = [][]string{{"zh"}, {"zh", "ug"}, {"zh", "kk"}, {"zh"}}

// demoAccounts are agent1 to agentN, one of each office role, and an account for
// each agency.
func demoAccounts(agents int, agencies []string) []identity.Account {
	var list []identity.Account
	add := func(login, name string, role identity.Role, change func(*identity.Account)) {
		a := identity.Account{ID: uuid.Must(uuid.NewV7()).String(), Login: login, Name: name, Role: role, Demo: true, Languages: []string{"zh"}}
		if change != nil {
			change(&a)
		}
		list = append(list, a)
	}
	for n := 1; n <= agents; n++ {
		add(fmt.Sprintf("agent%d", n), fmt.Sprintf("话务员%d", n), identity.RoleAgent, func(a *identity.Account) {
			a.Number = fmt.Sprintf("%d", 1000+n)
			if n <= len(agentLanguages) {
				a.Languages = agentLanguages[n-1]
			}
		})
	}
	add("dispatcher", "派单员", identity.RoleDispatcher, nil)
	add("followup", "回访员", identity.RoleFollowUp, nil)
	add("supervisor", "班长", identity.RoleSupervisor, func(a *identity.Account) { a.Number = "8001" })
	add("reviewer", "质检员", identity.RoleReviewer, nil)
	add("admin", "管理员", identity.RoleAdmin, nil)
	for n, agency := range agencies {
		add(fmt.Sprintf("agency%d", n+1), fmt.Sprintf("承办员%d", n+1), identity.RoleAgency, func(a *identity.Account) { a.Agency = agency })
	}
	return list
}

// SeedDemo makes the demo accounts that are missing. Refused with CodeRealData when
// there is an account that is none of them: a public password has no place beside
// real people.
func (s *Store) SeedDemo(ctx context.Context, agents int, agencies []string) error {
	hash := identity.HashPassword(DemoPassword)
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		var real int
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM accounts WHERE NOT demo`).Scan(&real); err != nil {
			return err
		}
		if real > 0 {
			return &identity.Error{Code: identity.CodeRealData}
		}
		rows, err := tx.Query(ctx, `SELECT login FROM accounts`)
		if err != nil {
			return err
		}
		logins, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		there := map[string]bool{}
		for _, login := range logins {
			there[login] = true
		}
		for _, a := range demoAccounts(agents, agencies) {
			if there[a.Login] {
				continue
			}
			if err := s.insert(ctx, tx, a, hash); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("identitypg: demo accounts: %w", err)
	}
	return nil
}

// FirstAdmin makes the first administrator of a hotline without accounts, and tells
// the password, which nobody can read again. Refused with CodeDemoData when there
// are demo accounts: real service must not stand open to a public password.
func (s *Store) FirstAdmin(ctx context.Context) (login, password string, made bool, err error) {
	var all, demo int
	if err := s.pool.QueryRow(ctx, `SELECT count(*), count(*) FILTER (WHERE demo) FROM accounts`).Scan(&all, &demo); err != nil {
		return "", "", false, fmt.Errorf("identitypg: first administrator: %w", err)
	}
	if demo > 0 {
		return "", "", false, &identity.Error{Code: identity.CodeDemoData}
	}
	if all > 0 {
		return "", "", false, nil
	}
	password = identity.NewPassword()
	a := identity.Account{ID: uuid.Must(uuid.NewV7()).String(), Login: "admin", Name: "管理员", Role: identity.RoleAdmin}
	if err := s.CreateAccount(ctx, a, password); err != nil {
		return "", "", false, fmt.Errorf("identitypg: first administrator: %w", err)
	}
	return a.Login, password, true, nil
}
