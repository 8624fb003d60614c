package feedback

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"unicode"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"hotline12345/ticket"
)

// What is heard of a message.
const (
	statusDelivered = "delivered"
	statusFailed    = "failed"
	statusSilent    = "silent" // nothing, for receiptLimit
)

// receiptArgs is news of one message.
type receiptArgs struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	Detail string `json:"detail,omitempty"`
}

// Kind implements river.JobArgs.
func (receiptArgs) Kind() string { return "sms-receipt" }

// InsertOpts implements river.JobArgsWithInsertOpts.
func (receiptArgs) InsertOpts() river.InsertOpts { return once() }

type receiptWorker struct {
	river.WorkerDefaults[receiptArgs]
	service *Service
}

// Work settles the message.
func (w *receiptWorker) Work(ctx context.Context, job *river.Job[receiptArgs]) error {
	return w.service.settle(ctx, job.Args)
}

// settle ends a message and its telling: delivered tells the caller, all else asks a
// person. The first news counts.
func (s *Service) settle(ctx context.Context, r receiptArgs) error {
	m, err := s.message(ctx, r.ID)
	if errors.Is(err, pgx.ErrNoRows) {
		s.o.Log.WarnContext(ctx, "receipt for a message that is not ours", "message", r.ID)
		return nil
	}
	if err != nil {
		return fmt.Errorf("feedback: receipt %s: %w", r.ID, err)
	}
	if m.State == "delivered" || m.State == "failed" {
		return nil
	}
	t, err := s.tickets.Ticket(ctx, m.Ticket)
	if err != nil {
		return fmt.Errorf("feedback: read %s: %w", m.Ticket, err)
	}
	telling := tellArgs{Ticket: m.Ticket, Seq: m.Seq}
	state := "failed"
	switch {
	case r.Status == statusDelivered:
		state = "delivered"
		err = s.deliver(ctx, t, telling)
	case !waiting(t):
		err = s.end(ctx, telling, endState(t))
	default:
		s.o.Log.WarnContext(ctx, "a message did not arrive: a person must act", "ticket", m.Ticket, "message", r.ID, "status", r.Status)
		failed := ticket.RecordAttempt{Attempt: ticket.Attempt{Way: ticket.WaySMS, Result: "failed"}}
		err = s.unreachable(ctx, t, telling, failed)
	}
	if err != nil {
		return err
	}
	if _, err := s.pool.Exec(ctx, `UPDATE sms_messages SET state = $2, detail = $3, updated_at = $4 WHERE id = $1`,
		r.ID, state, r.Detail, s.o.Now()); err != nil {
		return fmt.Errorf("feedback: receipt %s: %w", r.ID, err)
	}
	return nil
}

// deliver: the message has reached the caller, after no call did.
func (s *Service) deliver(ctx context.Context, t ticket.Ticket, telling tellArgs) error {
	if !waiting(t) {
		return s.end(ctx, telling, endState(t))
	}
	cmds := []ticket.Command{ticket.RecordTold{Way: ticket.WaySMS}}
	if t.State == ticket.StateFollowUp {
		cmds = append(cmds, ticket.Close{Reason: closeNotReached})
	}
	if err := s.tickets.Handle(ctx, t.Number, cmds...); err != nil {
		return fmt.Errorf("feedback: told %s: %w", t.Number, err)
	}
	return s.end(ctx, telling, "told")
}

// Limits of one request with receipts.
const (
	maxReceipts     = 100
	maxReceiptBytes = 64 << 10
	maxDetail       = 200
)

// Receipts takes the gateway's news of messages:
//
//	POST {"receipts":[{"id":"our id","status":"delivered"|"failed","detail":"…"}]}
//
// signed as our own requests are (gateway.go). It answers 204 when all are kept; a
// receipt that is repeated, or of a message that is not ours, does no harm.
func (s *Service) Receipts() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.o.Gateway == nil {
			refuse(w, http.StatusNotFound, "no-gateway", "没有配置短信网关。")
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxReceiptBytes))
		if err != nil {
			refuse(w, http.StatusRequestEntityTooLarge, "too-large", "请求内容过大，请分批发送。")
			return
		}
		if !s.o.Gateway.verify(r, body) {
			refuse(w, http.StatusUnauthorized, "bad-signature", "签名不正确或时间戳超出允许范围，请检查密钥和时钟。")
			return
		}
		receipts, err := decodeReceipts(body)
		if err != nil {
			refuse(w, http.StatusBadRequest, "bad-receipts", "回执格式不正确，请按接口文档发送。")
			return
		}
		for _, args := range receipts {
			if _, err := s.river.Insert(r.Context(), args, nil); err != nil {
				s.o.Log.ErrorContext(r.Context(), "receipts not kept", "error", err)
				refuse(w, http.StatusServiceUnavailable, "try-again", "暂时无法处理，请稍后重发。")
				return
			}
		}
		w.WriteHeader(http.StatusNoContent)
	})
}

func decodeReceipts(body []byte) ([]receiptArgs, error) {
	var request struct {
		Receipts []receiptArgs `json:"receipts"`
	}
	if err := json.Unmarshal(body, &request); err != nil {
		return nil, err
	}
	if len(request.Receipts) > maxReceipts {
		return nil, fmt.Errorf("%d receipts", len(request.Receipts))
	}
	for i, r := range request.Receipts {
		id, err := uuid.Parse(r.ID)
		if err != nil || (r.Status != statusDelivered && r.Status != statusFailed) {
			return nil, errors.New("not a receipt")
		}
		request.Receipts[i].ID = id.String()
		request.Receipts[i].Detail = printable(r.Detail)
	}
	return request.Receipts, nil
}

// longNumber is what may be a telephone number: a gateway's text may name whom it did not
// reach, and jobs and rows of this package hold no personal data.
var longNumber = regexp.MustCompile(`[0-9][0-9 -]{4,}[0-9]`)

// printable shortens a text to maxDetail characters, with long numbers masked and without
// control characters, which Postgres would not all take.
func printable(text string) string {
	text = longNumber.ReplaceAllString(text, "***")
	kept := []rune(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "")))
	return string(kept[:min(len(kept), maxDetail)])
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	// A client that is gone reads nothing: there is no one to tell.
	_ = json.NewEncoder(w).Encode(map[string]string{"code": code, "message": message})
}
