package ticketpg

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"hotline12345/privacy"
	"hotline12345/ticket"
)

// Box is a work list.
type Box string

const (
	BoxMine       Box = "mine"       // lodged by the agent, newest first
	BoxToDispatch Box = "toDispatch" // 待派单: most urgent first, then oldest
	BoxToSign     Box = "toSign"     // 待签收 of the agency, by deadline
	BoxInHandling Box = "inHandling" // 办理中 of the agency, by deadline
	BoxDone       Box = "done"       // replied by the agency, newest first
	BoxFollowUp   Box = "followUp"   // to tell and to ask; those no call or message reached first
	BoxAll        Box = "all"        // newest first
)

// box says how a work list is read. rank orders it, ascending, before the number; without
// one it goes by number, newest first.
type box struct {
	roles  []ticket.Role
	from   string
	where  string
	rank   string
	argues bool // where has the actor's id or agency as $1
}

const ofAgency = ` FROM tickets t JOIN assignments a ON a.ticket = t.number`

var boxes = map[Box]box{
	BoxMine:       {roles: []ticket.Role{ticket.RoleAgent, ticket.RoleSupervisor}, where: `t.lodged_by = $1`, argues: true},
	BoxToDispatch: {roles: []ticket.Role{ticket.RoleDispatcher, ticket.RoleSupervisor}, where: `t.state = 'toDispatch'`, rank: `t.urgency_rank`},
	BoxToSign: {
		roles: []ticket.Role{ticket.RoleAgency}, from: ofAgency, where: `a.agency = $1 AND a.state = 'toSign'`,
		rank: micros(`a.due`), argues: true,
	},
	BoxInHandling: {
		roles: []ticket.Role{ticket.RoleAgency}, from: ofAgency,
		where: `a.agency = $1 AND a.state IN ('inHandling', 'replyInReview')`, rank: micros(`a.due`), argues: true,
	},
	BoxDone: {roles: []ticket.Role{ticket.RoleAgency}, argues: true, where: `EXISTS (SELECT FROM assignments a
		WHERE a.ticket = t.number AND a.agency = $1 AND a.state = 'replied')`},
	BoxFollowUp: {
		roles: []ticket.Role{ticket.RoleFollowUp, ticket.RoleSupervisor}, where: `t.state IN ('followUp', 'refused')`,
		rank: `(CASE WHEN t.unreachable THEN 0 ELSE 1 END)`,
	},
	BoxAll: {roles: []ticket.Role{ticket.RoleDispatcher, ticket.RoleSupervisor, ticket.RoleReviewer, ticket.RoleAdmin}, where: `true`},
}

func micros(column string) string { return `(extract(epoch FROM ` + column + `) * 1000000)::bigint` }

// Limits of a page.
const (
	maxPage     = 100
	defaultPage = 30
	maxQuery    = 60 // characters
)

// shortWindow bounds a search that no index helps: one of single characters only.
const shortWindow = 30 * 24 * time.Hour

// Query asks for a page of a work list.
type Query struct {
	Box     Box
	After   string // Page.Next of the page before; "" for the first
	Limit   int    // 1 to 100; 0: 30
	Q       string // a ticket number, a telephone number, or words; ≤ 60 characters
	State   ticket.State
	Agency  string
	Overdue bool // only those with an assignment past its deadline now
}

// Page of tickets, redacted, without requester and content.
type Page struct {
	Items []ticket.Ticket `json:"items"`
	Next  string          `json:"next,omitempty"`
}

// cursor is the place of the last row of a page.
type cursor struct {
	Rank   int64  `json:"r,omitempty"`
	Number string `json:"n"`
}

// List reads a page; a search by telephone number is logged. Errors: ticket.CodeForbidden when the role has no such box,
// ticket.CodeInvalid for a bad cursor, limit or search.
func (s *Store) List(ctx context.Context, by ticket.Actor, q Query) (Page, error) {
	b, known := boxes[q.Box]
	if !known {
		return Page{}, badQuery("box", "unknown work list")
	}
	if !slices.Contains(b.roles, by.Role) {
		return Page{}, &ticket.Error{Code: ticket.CodeForbidden, Detail: string(by.Role) + " has no box " + string(q.Box)}
	}
	if q.Limit == 0 {
		q.Limit = defaultPage
	}
	if q.Limit < 1 || q.Limit > maxPage {
		return Page{}, badQuery("limit", "not between 1 and 100")
	}
	if utf8.RuneCountInString(q.Q) > maxQuery || !utf8.ValidString(q.Q) {
		return Page{}, badQuery("q", "longer than 60 characters")
	}
	st := statement{}
	if err := s.conditions(&st, b, by, q); err != nil {
		return Page{}, err
	}
	if isPhone(q.Q, by) { // whose tickets these are is told by the answer: a read of her data
		if err := s.logAccess(ctx, s.pool, by, ActionSearch, privacy.MaskPhone(q.Q), ""); err != nil {
			return Page{}, err
		}
	}
	rows, err := s.pool.Query(ctx, st.list(b, q.Limit+1), st.args...)
	if err != nil {
		return Page{}, fmt.Errorf("ticketpg: list %s: %w", q.Box, err)
	}
	return collectPage(rows, by, q)
}

// collectPage takes one row more than fits: it tells whether there is a next page.
func collectPage(rows pgx.Rows, by ticket.Actor, q Query) (Page, error) {
	type row struct {
		Doc    ticket.Ticket
		Rank   int64
		Number string
	}
	got, err := pgx.CollectRows(rows, pgx.RowToStructByPos[row])
	if err != nil {
		return Page{}, fmt.Errorf("ticketpg: list %s: %w", q.Box, err)
	}
	page := Page{Items: []ticket.Ticket{}}
	if len(got) > q.Limit {
		got = got[:q.Limit]
		last := got[q.Limit-1]
		page.Next = cursor{Rank: last.Rank, Number: last.Number}.encode()
	}
	for _, r := range got {
		t := ticket.Redact(r.Doc, by)
		t.Content, t.Answer = "", ""
		page.Items = append(page.Items, t)
	}
	return page, nil
}

// statement gathers conditions and their arguments.
type statement struct {
	where []string
	args  []any
}

// arg adds an argument and returns its placeholder.
func (st *statement) arg(value any) string {
	st.args = append(st.args, value)
	return fmt.Sprintf("$%d", len(st.args))
}

func (st *statement) and(condition string) { st.where = append(st.where, condition) }

func (st *statement) list(b box, limit int) string {
	from, rank, order := b.from, b.rank, ` ORDER BY 2, t.number`
	if from == "" {
		from = ` FROM tickets t`
	}
	if rank == "" {
		rank, order = `0::bigint`, ` ORDER BY t.number DESC`
	}
	return `SELECT t.doc, ` + rank + `, t.number` + from + ` WHERE ` + strings.Join(st.where, ` AND `) + order + ` LIMIT ` + st.arg(limit)
}

func (s *Store) conditions(st *statement, b box, by ticket.Actor, q Query) error {
	if b.argues {
		who := by.ID
		if by.Role == ticket.RoleAgency {
			who = by.Agency
		}
		st.arg(who)
	}
	st.and(b.where)
	if q.After != "" {
		after, err := decodeCursor(q.After)
		if err != nil {
			return err
		}
		if b.rank == "" {
			st.and(`t.number < ` + st.arg(after.Number))
		} else {
			st.and(`(` + b.rank + `, t.number) > (` + st.arg(after.Rank) + `::bigint, ` + st.arg(after.Number) + `)`)
		}
	}
	if q.State != "" {
		st.and(`t.state = ` + st.arg(q.State))
	}
	if q.Agency != "" {
		st.and(`EXISTS (SELECT FROM assignments x WHERE x.ticket = t.number AND x.agency = ` + st.arg(q.Agency) + `)`)
	}
	if q.Overdue {
		st.and(`EXISTS (SELECT FROM assignments x WHERE x.ticket = t.number AND x.due < ` + st.arg(s.now()) +
			` AND x.state IN ('toSign', 'inHandling', 'replyInReview'))`)
	}
	s.search(st, by, q.Q)
	return nil
}

var (
	ticketNumber = regexp.MustCompile(`^[0-9]{8}-[0-9]{6}$`)
	phoneNumber  = regexp.MustCompile(`^\+?[0-9][0-9 -]{5,18}[0-9]$`)
)

// isPhone tells whether q looks for a telephone number. Only roles that tell callers about
// their tickets search by one: for others it would tell who has one.
func isPhone(q string, by ticket.Actor) bool {
	q = strings.TrimSpace(q)
	return !ticketNumber.MatchString(q) && phoneNumber.MatchString(q) &&
		slices.Contains([]ticket.Role{ticket.RoleAgent, ticket.RoleFollowUp, ticket.RoleSupervisor}, by.Role)
}

// search adds what q asks for.
func (s *Store) search(st *statement, by ticket.Actor, q string) {
	q = strings.TrimSpace(q)
	switch {
	case q == "":
		return
	case ticketNumber.MatchString(q):
		st.and(`t.number = ` + st.arg(q))
		return
	case isPhone(q, by):
		st.and(`t.phone_hash = ` + st.arg(s.keys.HashPhone(q)))
		return
	}
	pairs := []int32{}
	for _, term := range terms(q) {
		pairs = append(pairs, bigrams(term)...)
		st.and(`t.search_text LIKE ` + st.arg(likePattern(term)))
	}
	if len(pairs) > 0 {
		st.and(`t.search @> ` + st.arg(pairs) + `::int[]`)
	} else {
		st.and(`t.number >= ` + st.arg(s.now().Add(-shortWindow).In(ticket.Beijing).Format("20060102")))
	}
}

func (c cursor) encode() string {
	text, err := json.Marshal(c)
	if err != nil {
		panic(err) // a number and a string always marshal
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

func decodeCursor(text string) (cursor, error) {
	var c cursor
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(raw, &c)
	}
	if err != nil || !ticketNumber.MatchString(c.Number) {
		return cursor{}, badQuery("after", "not a cursor of this list")
	}
	return c, nil
}

func badQuery(field, detail string) error {
	return &ticket.Error{Code: ticket.CodeInvalid, Field: field, Detail: detail}
}

// maxOfCall bounds the tickets lodged from one call.
const maxOfCall = 20

// OfCall lists the numbers of the tickets lodged from a call, in order.
func (s *Store) OfCall(ctx context.Context, call string) ([]string, error) {
	if call == "" {
		return nil, nil
	}
	rows, err := s.pool.Query(ctx, `SELECT number FROM tickets WHERE call = $1 ORDER BY number LIMIT $2`, call, maxOfCall)
	if err != nil {
		return nil, fmt.Errorf("ticketpg: tickets of a call: %w", err)
	}
	numbers, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("ticketpg: tickets of a call: %w", err)
	}
	return numbers, nil
}
