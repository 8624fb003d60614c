package ticketpg

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline12345/ticket"
)

// columns are what work lists, searches and figures read of a ticket's row. They say
// again what its events say; an edit of them alone would hide a ticket or its delay.
type columns struct {
	Number                           string
	Kind, Urgency, Category, Region  string
	Confidential                     bool
	LodgedBy, Call                   string
	LodgedAt                         time.Time
	ToldAt, ClosedAt                 *time.Time
	Solved                           *bool
	FirstRating, FinalRating, Redone int
	Overdue, Unreachable, Overseen   bool
	PhoneHash                        []byte
	SearchText                       string
}

// assignmentRow is a row of assignments.
type assignmentRow struct {
	Ticket, ID, Agency             string
	Lead                           bool
	State                          ticket.AssignmentState
	DispatchedAt, SignBy, Due      time.Time
	SignedAt, RepliedAt, OverdueAt *time.Time
}

// derived are the rows of some tickets beside their documents, by number.
type derived struct {
	columns     map[string]columns
	assignments map[string][]assignmentRow
}

func readDerived(ctx context.Context, tx pgx.Tx, numbers []string) (derived, error) {
	d := derived{columns: map[string]columns{}, assignments: map[string][]assignmentRow{}}
	rows, err := tx.Query(ctx, `SELECT number, kind, urgency, category, region, confidential, lodged_by, call, lodged_at, told_at, closed_at,
		solved, first_rating, final_rating, redone, overdue, unreachable, overseen, phone_hash, search_text
		FROM tickets WHERE number = ANY($1)`, numbers)
	if err != nil {
		return d, err
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[columns])
	if err != nil {
		return d, err
	}
	for _, c := range list {
		d.columns[c.Number] = c
	}
	rows, err = tx.Query(ctx, `SELECT ticket, id, agency, lead, state, dispatched_at, sign_by, due, signed_at, replied_at, overdue_at
		FROM assignments WHERE ticket = ANY($1) ORDER BY id`, numbers)
	if err != nil {
		return d, err
	}
	assignments, err := pgx.CollectRows(rows, pgx.RowToStructByPos[assignmentRow])
	for _, a := range assignments {
		d.assignments[a.Ticket] = append(d.assignments[a.Ticket], a)
	}
	return d, err
}

// check compares the rows with the ticket that the events make.
func (d derived) check(s *Store, t ticket.Ticket) error {
	want := columns{
		Number: t.Number, Kind: string(t.Kind), Urgency: string(t.Urgency), Category: t.Category, Region: t.Region,
		Confidential: t.Confidential, LodgedBy: t.LodgedBy, Call: t.Call, LodgedAt: t.LodgedAt, ClosedAt: t.ClosedAt,
		Solved: t.Solved, FirstRating: t.FirstRating, FinalRating: t.FinalRating, Redone: t.Redone,
		Overdue: t.Flags.Overdue, Unreachable: t.Flags.Unreachable, Overseen: t.Flags.Overseen,
		PhoneHash: s.keys.HashPhone(t.Requester.Phone), SearchText: searchText(t),
	}
	if t.Told != nil {
		want.ToldAt = &t.Told.At
	}
	got := d.columns[t.Number]
	got.LodgedAt, got.ToldAt, got.ClosedAt = got.LodgedAt.UTC(), utc(got.ToldAt), utc(got.ClosedAt)
	if !alike(got, want) {
		return errors.New("columns differ from the events")
	}
	var wanted []assignmentRow
	for _, a := range t.Assignments {
		wanted = append(wanted, assignmentRow{
			Ticket: t.Number, ID: a.ID, Agency: a.Agency, Lead: a.Lead, State: a.State, DispatchedAt: a.DispatchedAt, SignBy: a.SignBy, Due: a.Due,
			SignedAt: a.SignedAt, RepliedAt: a.RepliedAt, OverdueAt: a.OverdueAt,
		})
	}
	slices.SortFunc(wanted, func(a, b assignmentRow) int { return cmp.Compare(a.ID, b.ID) })
	rows := slices.Clone(d.assignments[t.Number])
	for i := range rows {
		a := &rows[i]
		a.DispatchedAt, a.SignBy, a.Due = a.DispatchedAt.UTC(), a.SignBy.UTC(), a.Due.UTC()
		a.SignedAt, a.RepliedAt, a.OverdueAt = utc(a.SignedAt), utc(a.RepliedAt), utc(a.OverdueAt)
	}
	if !alike(rows, wanted) {
		return errors.New("assignments differ from the events")
	}
	return nil
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	in := t.UTC()
	return &in
}

// alike compares by value: two times of one moment differ in Go.
func alike(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}
