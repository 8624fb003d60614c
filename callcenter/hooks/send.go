package hooks

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
)

// sendArgs is one event for one address.
type sendArgs struct {
	Hook  string `json:"hook"`
	Event Event  `json:"event"`
}

// Kind implements river.JobArgs.
func (sendArgs) Kind() string { return "webhook" }

// InsertOpts implements river.JobArgsWithInsertOpts.
func (a sendArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: queueOf(a.Hook), MaxAttempts: maxTries}
}

type sendWorker struct {
	river.WorkerDefaults[sendArgs]
	service *Service
}

// KnowJobs lets another River client of the database know the jobs of this package, as its
// leader has to: it tries those of a process that died again. It runs none itself.
func KnowJobs(workers *river.Workers) { river.AddWorker(workers, &knownWorker{}) }

type knownWorker struct{ river.WorkerDefaults[sendArgs] }

// Work implements river.Worker.
func (*knownWorker) Work(context.Context, *river.Job[sendArgs]) error {
	return errors.New("hooks: this client sends nothing")
}

// NextRetry implements river.Worker.
func (w *sendWorker) NextRetry(job *river.Job[sendArgs]) time.Time {
	return w.service.o.Now().Add(w.service.pause(job.Attempt + 1))
}

// Work sends the event once. An address that is gone or disabled is sent nothing more.
func (w *sendWorker) Work(ctx context.Context, job *river.Job[sendArgs]) error {
	s, a := w.service, job.Args
	var address string
	var sealed []byte
	var enabled bool
	err := s.pool.QueryRow(ctx, `SELECT url, secret, enabled FROM webhooks WHERE id = $1`, a.Hook).Scan(&address, &sealed, &enabled)
	switch {
	case errors.Is(err, pgx.ErrNoRows), err == nil && !enabled:
		return river.JobCancel(errors.New("hooks: not wanted any more"))
	case err != nil:
		return fmt.Errorf("hooks: read %s: %w", a.Hook, err)
	}
	secret, err := s.keys.Open(sealed, place(a.Hook))
	if err != nil {
		return fmt.Errorf("hooks: secret of %s: %w", a.Hook, err)
	}
	failure := s.post(ctx, address, string(secret), a.Event)
	return errors.Join(failure, s.note(ctx, a.Hook, failure))
}

// maxAnswer bounds what is read of an answer, so that the connection can be used again.
const maxAnswer = 4 << 10

func (s *Service) post(ctx context.Context, address, secret string, e Event) error {
	body, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("hooks: marshal: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("hooks: %w", withoutURL(err))
	}
	now := s.o.Now()
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "hotline12345")
	req.Header.Set("X-Hotline-Event", e.Type)
	req.Header.Set("X-Hotline-Id", e.ID)
	req.Header.Set("X-Hotline-Timestamp", strconv.FormatInt(now.Unix(), 10))
	req.Header.Set("X-Hotline-Signature", Sign(secret, now, body))
	client := s.clients[req.URL.Scheme]
	if client == nil {
		return fmt.Errorf("hooks: neither http nor https: %s", req.URL.Scheme)
	}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("hooks: %w", withoutURL(err))
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	_, _ = io.CopyN(io.Discard, resp.Body, maxAnswer)
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("hooks: answered %d", resp.StatusCode)
	}
	return nil
}

// withoutURL is a fault of net/http without the address that it names: the query of one is
// often a secret, and a fault is logged and kept.
func withoutURL(err error) error {
	if named, ok := errors.AsType[*url.Error](err); ok {
		return named.Err
	}
	return err
}

// maxFault bounds what is kept of a fault, in bytes.
const maxFault = 300

// shortened cuts between characters: Postgres takes no half of one.
func shortened(text string) string { return strings.ToValidUTF8(text[:min(len(text), maxFault)], "") }

// note remembers whether the address takes events, and disables one that took none for long.
func (s *Service) note(ctx context.Context, id string, failure error) error {
	if failure == nil {
		_, err := s.pool.Exec(ctx, `UPDATE webhooks SET failing_since = NULL, last_error = '' WHERE id = $1 AND failing_since IS NOT NULL`, id)
		return err
	}
	now := s.o.Now()
	var disabled bool
	err := s.pool.QueryRow(ctx, `UPDATE webhooks SET failing_since = coalesce(failing_since, $2), last_error = $3,
			enabled = coalesce(failing_since, $2) > $4, disabled_at = CASE WHEN coalesce(failing_since, $2) > $4 THEN NULL ELSE $2 END
		WHERE id = $1 AND enabled RETURNING NOT enabled`, id, now, shortened(failure.Error()), now.Add(-s.o.DisableAfter)).Scan(&disabled)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil // disabled or removed meanwhile
	}
	if err == nil && disabled {
		s.forget()
		s.o.Log.ErrorContext(ctx, "a webhook took nothing for too long and is disabled", "webhook", id, "error", failure)
	}
	return err
}
