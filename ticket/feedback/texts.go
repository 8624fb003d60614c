package feedback

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"hotline12345/ticket"
)

// Texts are what callers hear and read. Intro has one %s, the ticket's title; SMS
// three: title, ticket number, result.
type Texts struct {
	Intro, End, Solved, Satisfied, Invalid, Thanks, Bye string
	SMS                                                 string
	Sign                                                string // in 【】 before a message
}

// maxSMS is how much of the result a message holds, in characters; the rest is
// told on the phone.
const maxSMS = 300

func (t Texts) check() error {
	for name, text := range map[string]string{
		"intro": t.Intro, "end": t.End, "solved": t.Solved, "satisfied": t.Satisfied,
		"invalid": t.Invalid, "thanks": t.Thanks, "bye": t.Bye, "SMS": t.SMS,
	} {
		if text == "" {
			return fmt.Errorf("feedback: the text %q is missing", name)
		}
	}
	if strings.Count(t.Intro, "%s") != 1 || strings.Count(t.SMS, "%s") != 3 {
		return fmt.Errorf("feedback: the intro needs one %%s, the message three")
	}
	return nil
}

// script speaks what a call about the ticket says. A refused ticket is told only:
// nothing was done that could be rated.
func (s *Service) script(ctx context.Context, t ticket.Ticket, attempt int) (Script, error) {
	script := Script{Ticket: t.Number, Attempt: attempt}
	asks := t.State == ticket.StateFollowUp
	thanks := s.o.Texts.Thanks
	if !asks {
		thanks = s.o.Texts.Bye
	}
	for _, part := range []struct {
		into  *[]string
		wants bool
		texts []string
	}{
		{&script.Tell, true, []string{fmt.Sprintf(s.o.Texts.Intro, t.Title), t.Answer, s.o.Texts.End}},
		{&script.Solved, asks, []string{s.o.Texts.Solved}},
		{&script.Satisfied, asks, []string{s.o.Texts.Satisfied}},
		{&script.Invalid, asks, []string{s.o.Texts.Invalid}},
		{&script.Thanks, true, []string{thanks}},
	} {
		if !part.wants {
			continue
		}
		for _, text := range part.texts {
			source, err := s.speaker.Speak(ctx, text)
			if err != nil {
				return Script{}, fmt.Errorf("speak: %w", err)
			}
			*part.into = append(*part.into, source)
		}
	}
	return script, nil
}

// message is the text that is sent instead of a call.
func (t Texts) message(of ticket.Ticket) string {
	result := strings.Join(strings.Fields(of.Answer), " ")
	if utf8.RuneCountInString(result) > maxSMS {
		result = string([]rune(result)[:maxSMS-1]) + "…"
	}
	text := fmt.Sprintf(t.SMS, of.Title, of.Number, result)
	if t.Sign != "" {
		text = "【" + t.Sign + "】" + text
	}
	return text
}
