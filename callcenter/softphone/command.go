package softphone

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
)

// Limits of one message. An SDP offer of a browser with one audio line is 2..6 KiB.
const (
	maxMessage = 72 << 10 // bytes, whole message
	maxSDP     = 64 << 10 // bytes
	maxID      = 64       // bytes, any identifier
	maxNumber  = 32       // characters, as dialled
	maxKeys    = 32       // characters, one sending of DTMF
	maxLabel   = 200      // bytes, name of a microphone or a speaker
)

// TargetDirectory is a target that only a page names: an entry of the directory, by its
// id. Whoever stands before the engine makes an outside number of it.
const TargetDirectory callcenter.TransferKind = "directory"

// command is one message from a page, checked.
type command interface {
	meta() envelope
	check() error
	// run acts for the agent; sdp is the answer of "negotiate" and else empty.
	run(desk Desk, agent callcenter.AgentID) (sdp string, err error)
}

// envelope is what every message carries.
type envelope struct {
	ID   string `json:"id"` // chosen by the page, comes back in the reply
	Type string `json:"type"`
}

func (e envelope) meta() envelope { return e }

type (
	startCommand     struct{ envelope }
	pingCommand      struct{ envelope }
	holdCommand      struct{ envelope }
	resumeCommand    struct{ envelope }
	hangUpCommand    struct{ envelope }
	endWrapUpCommand struct{ envelope }
	endShiftCommand  struct{ envelope }
	// pauseRecordingCommand is for sensitive data; it ends by itself (pausedUntil).
	pauseRecordingCommand  struct{ envelope }
	resumeRecordingCommand struct{ envelope }
	negotiateCommand       struct {
		envelope
		SDP string `json:"sdp"`
	}
	// usePhoneCommand makes the desk phone the sound of the shift, or the page again.
	usePhoneCommand struct {
		envelope
		Use *bool `json:"use"`
	}
	statusCommand struct {
		envelope
		Status engine.AgentStatus `json:"status"`
		Reason string             `json:"reason"` // key of a break reason
	}
	acceptCommand struct {
		envelope
		Offer string `json:"offer"`
	}
	declineCommand struct {
		envelope
		Offer string `json:"offer"`
	}
	muteCommand struct {
		envelope
		Muted *bool `json:"muted"`
	}
	keysCommand struct {
		envelope
		Keys string `json:"keys"`
	}
	transferCommand struct {
		envelope
		Target callcenter.Target `json:"target"`
	}
	consultCommand struct {
		envelope
		Target callcenter.Target `json:"target"`
	}
	swapCommand       struct{ envelope }
	conferenceCommand struct{ envelope }
	completeCommand   struct{ envelope }
	cancelCommand     struct{ envelope }
	dialCommand       struct {
		envelope
		Callback string `json:"callback"` // id of a callback task
		Entry    string `json:"entry"`    // of a call list, which the agent has
		Ticket   string `json:"ticket"`   // whose requester is called, or with a number: that it is about
		Call     string `json:"call"`     // likewise, an earlier call
		Number   string `json:"number"`
	}
	// devicesCommand reports what the page uses, for the log of bad sound.
	devicesCommand struct {
		envelope
		Microphone string `json:"microphone"`
		Speaker    string `json:"speaker"`
	}
)

var commands = map[string]func() command{
	"start":     func() command { return &startCommand{} },
	"ping":      func() command { return &pingCommand{} },
	"hold":      func() command { return &holdCommand{} },
	"resume":    func() command { return &resumeCommand{} },
	"hangUp":    func() command { return &hangUpCommand{} },
	"endWrapUp": func() command { return &endWrapUpCommand{} },
	"endShift":  func() command { return &endShiftCommand{} },
	"negotiate": func() command { return &negotiateCommand{} },
	"usePhone":  func() command { return &usePhoneCommand{} },
	"status":    func() command { return &statusCommand{} },
	"accept":    func() command { return &acceptCommand{} },
	"decline":   func() command { return &declineCommand{} },
	"mute":      func() command { return &muteCommand{} },
	"keys":      func() command { return &keysCommand{} },
	"transfer":  func() command { return &transferCommand{} },
	"dial":      func() command { return &dialCommand{} },
	"devices":   func() command { return &devicesCommand{} },

	"consult":         func() command { return &consultCommand{} },
	"swap":            func() command { return &swapCommand{} },
	"conference":      func() command { return &conferenceCommand{} },
	"complete":        func() command { return &completeCommand{} },
	"cancel":          func() command { return &cancelCommand{} },
	"pauseRecording":  func() command { return &pauseRecordingCommand{} },
	"resumeRecording": func() command { return &resumeRecordingCommand{} },
}

// decode reads one message strictly: one JSON object, known type, only the fields of
// that type, all within limits. The envelope is returned even with an error as far as
// it could be read, so that the page learns which of its commands failed.
func decode(message []byte) (command, envelope, error) {
	if len(message) > maxMessage {
		return nil, envelope{}, Error{"bad-command", "message too long"}
	}
	var env envelope // Unmarshal also refuses anything after the object
	if err := json.Unmarshal(message, &env); err != nil {
		return nil, envelope{}, Error{"bad-command", "not a command object"}
	}
	if env.ID == "" || len(env.ID) > maxID {
		return nil, envelope{}, Error{"bad-command", "id missing or too long"}
	}
	blank, known := commands[env.Type]
	if !known {
		return nil, env, Error{"unknown-command", fmt.Sprintf("%.32q", env.Type)}
	}
	c := blank()
	d := json.NewDecoder(bytes.NewReader(message))
	d.DisallowUnknownFields()
	if err := d.Decode(c); err != nil {
		return nil, env, Error{"bad-command", "wrong fields for " + env.Type}
	}
	if err := c.check(); err != nil {
		return nil, env, err
	}
	return c, env, nil
}

func (envelope) check() error { return nil }

func (c *negotiateCommand) check() error {
	if c.SDP == "" || len(c.SDP) > maxSDP {
		return Error{"bad-command", "sdp missing or too long"}
	}
	return nil
}

func (c *usePhoneCommand) check() error {
	if c.Use == nil {
		return Error{"bad-command", "use missing"}
	}
	return nil
}

func (c *statusCommand) check() error {
	ok := c.Status == engine.StatusAvailable && c.Reason == "" ||
		c.Status == engine.StatusBreak && c.Reason != "" && len(c.Reason) <= maxID
	if !ok {
		return Error{"bad-status", fmt.Sprintf("%.32q", string(c.Status))}
	}
	return nil
}

func (c *acceptCommand) check() error  { return checkID("offer", c.Offer) }
func (c *declineCommand) check() error { return checkID("offer", c.Offer) }

func (c *muteCommand) check() error {
	if c.Muted == nil {
		return Error{"bad-command", "muted missing"}
	}
	return nil
}

func (c *keysCommand) check() error {
	if c.Keys == "" || len(c.Keys) > maxKeys || strings.Trim(c.Keys, "0123456789*#") != "" {
		return Error{Code: "bad-keys"}
	}
	return nil
}

func (c *transferCommand) check() error { return checkTarget(c.Target) }
func (c *consultCommand) check() error  { return checkTarget(c.Target) }

func (c *dialCommand) check() error {
	named := 0
	for _, id := range []string{c.Callback, c.Entry, c.Ticket, c.Call} {
		if len(id) > maxID {
			return Error{"bad-command", "an id is too long"}
		}
		if id != "" {
			named++
		}
	}
	switch {
	case named > 1:
		return Error{"bad-command", "a call is made for one thing"}
	case named == 1 && c.Number == "":
		return nil // the desk looks the number up
	}
	return checkNumber(c.Number)
}

func (c *devicesCommand) check() error {
	if len(c.Microphone) > maxLabel || len(c.Speaker) > maxLabel {
		return Error{"bad-command", "device name too long"}
	}
	return nil
}

func checkID(field, id string) error {
	if id == "" || len(id) > maxID {
		return Error{"bad-command", field + " missing or too long"}
	}
	return nil
}

func checkTarget(target callcenter.Target) error {
	if target.Name != "" {
		return Error{"bad-command", "a page gives no name"}
	}
	switch target.Kind {
	case callcenter.TransferAgent, callcenter.TransferQueue, TargetDirectory:
		if checkID("target", target.ID) != nil {
			return Error{Code: "bad-target"}
		}
	case callcenter.TransferOutside:
		return checkNumber(target.ID)
	default:
		return Error{Code: "bad-target"}
	}
	return nil
}

// checkNumber takes what a person types: digits, with + in front at most.
func checkNumber(number string) error {
	digits := strings.TrimPrefix(number, "+")
	if digits == "" || len(number) > maxNumber || strings.Trim(digits, "0123456789") != "" {
		return Error{Code: "bad-number"}
	}
	return nil
}

// The session itself answers start, ping and devices; they never reach the worker.

func (envelope) run(Desk, callcenter.AgentID) (string, error) { return "", nil }

func (c *negotiateCommand) run(d Desk, a callcenter.AgentID) (string, error) {
	return d.Negotiate(a, c.SDP)
}

func (c *usePhoneCommand) run(d Desk, a callcenter.AgentID) (string, error) {
	return "", d.UsePhone(a, *c.Use)
}

func (c *statusCommand) run(d Desk, a callcenter.AgentID) (string, error) {
	return "", d.SetStatus(a, c.Status, c.Reason)
}

func (c *acceptCommand) run(d Desk, a callcenter.AgentID) (string, error) {
	return "", d.Accept(a, c.Offer)
}

func (c *declineCommand) run(d Desk, a callcenter.AgentID) (string, error) {
	return "", d.Decline(a, c.Offer)
}

func (*holdCommand) run(d Desk, a callcenter.AgentID) (string, error)   { return "", d.Hold(a) }
func (*resumeCommand) run(d Desk, a callcenter.AgentID) (string, error) { return "", d.Resume(a) }
func (*hangUpCommand) run(d Desk, a callcenter.AgentID) (string, error) { return "", d.HangUp(a) }

func (c *muteCommand) run(d Desk, a callcenter.AgentID) (string, error) {
	return "", d.Mute(a, *c.Muted)
}

func (c *keysCommand) run(d Desk, a callcenter.AgentID) (string, error) {
	return "", d.SendKeys(a, c.Keys)
}

func (c *transferCommand) run(d Desk, a callcenter.AgentID) (string, error) {
	return "", d.Transfer(a, c.Target)
}

func (c *consultCommand) run(d Desk, a callcenter.AgentID) (string, error) {
	return "", d.Consult(a, c.Target)
}

func (*swapCommand) run(d Desk, a callcenter.AgentID) (string, error) { return "", d.Swap(a) }

func (*conferenceCommand) run(d Desk, a callcenter.AgentID) (string, error) {
	return "", d.Conference(a)
}

func (*completeCommand) run(d Desk, a callcenter.AgentID) (string, error) { return "", d.Complete(a) }

func (*cancelCommand) run(d Desk, a callcenter.AgentID) (string, error) {
	return "", d.CancelConsult(a)
}

func (*endWrapUpCommand) run(d Desk, a callcenter.AgentID) (string, error) {
	return "", d.EndWrapUp(a)
}

func (c *dialCommand) run(d Desk, a callcenter.AgentID) (string, error) {
	_, err := d.DialOut(a, engine.Dial{To: c.Number, Callback: c.Callback, Entry: c.Entry, Ticket: c.Ticket, About: callcenter.CallID(c.Call)})
	return "", err
}

func (*pauseRecordingCommand) run(d Desk, a callcenter.AgentID) (string, error) {
	return "", d.PauseRecording(a)
}

func (*resumeRecordingCommand) run(d Desk, a callcenter.AgentID) (string, error) {
	return "", d.ResumeRecording(a)
}

func (*endShiftCommand) run(d Desk, a callcenter.AgentID) (string, error) {
	return "", d.EndShift(a)
}
