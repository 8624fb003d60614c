package ticket

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// commandBody is the union of the bodies of POST /tickets/{number}/{command}.
type commandBody struct {
	Version    int    `json:"version"`
	Text       string `json:"text"`
	Told       bool   `json:"told"`
	Reason     string `json:"reason"`
	RightDoor  string `json:"rightDoor"`
	Agency     string `json:"agency"`
	Opinion    string `json:"opinion"`
	Assignment string `json:"assignment"`
	Reply      Reply  `json:"reply"`
	Way        string `json:"way"`
	Solved     *bool  `json:"solved"`
	Rating     int    `json:"rating"`
}

// DecodeCommand reads a person's command by its name and JSON body, with the version
// of the ticket it was made for (0: any). Commands of the system alone have no
// body. Errors: CodeUnknownCommand, CodeInvalid.
func DecodeCommand(name string, body []byte) (Command, int, error) {
	var b commandBody
	if err := decodeStrict(body, &b); err != nil {
		return nil, 0, err
	}
	if b.Version < 0 {
		return nil, 0, invalid("version", "is negative")
	}
	b.Reply.By = "" // the session says who
	cmd := b.command(name)
	if cmd == nil {
		return nil, 0, &Error{Code: CodeUnknownCommand, Field: "command"}
	}
	return cmd, b.Version, nil
}

func (b commandBody) command(name string) Command {
	switch name {
	case NameSubmit:
		return Submit{}
	case NameAnswer:
		return AnswerDirectly{Text: b.Text, Told: b.Told}
	case NameRefuse:
		return Refuse{Reason: b.Reason, RightDoor: b.RightDoor, Told: b.Told}
	case NameDispatch:
		return Dispatch{Assignments: []DispatchTo{{Agency: b.Agency, Lead: true, Opinion: b.Opinion}}}
	case NameSign:
		return Sign{Assignment: b.Assignment}
	case NameReply:
		return ReplyWith{Assignment: b.Assignment, Reply: b.Reply}
	case NameApprove:
		return ApproveReply{Assignment: b.Assignment}
	case NameReject:
		return RejectReply{Assignment: b.Assignment, Reason: b.Reason}
	case NameTold:
		return RecordTold{Way: orAgent(b.Way)}
	case NameFollowUp:
		return FollowUp{Solved: b.Solved, Rating: b.Rating, Way: orAgent(b.Way)}
	case NameClose:
		return Close{Reason: b.Reason}
	}
	return nil
}

// orAgent: a person who does not say how has called.
func orAgent(way string) string {
	if way == "" {
		return WayAgent
	}
	return way
}

// lodgeBody is the body of POST /tickets.
type lodgeBody struct {
	Kind           Kind      `json:"kind"`
	Urgency        Urgency   `json:"urgency"`
	Channel        string    `json:"channel"`
	Category       string    `json:"category"`
	Region         string    `json:"region"`
	Address        string    `json:"address"`
	Title          string    `json:"title"`
	Content        string    `json:"content"`
	Confidential   bool      `json:"confidential"`
	FollowUpWanted bool      `json:"followUpWanted"`
	Requester      Requester `json:"requester"`
	Call           string    `json:"call"`
	Then           *struct {
		Type string `json:"type"`
		commandBody
	} `json:"then"`
}

// DecodeLodge reads the intake form, and what is to follow in the same write: Submit,
// AnswerDirectly, Refuse, or nil for a draft. Error: CodeInvalid.
func DecodeLodge(body []byte) (Lodge, Command, error) {
	var b lodgeBody
	if err := decodeStrict(body, &b); err != nil {
		return Lodge{}, nil, err
	}
	lodge := Lodge{
		Kind: b.Kind, Urgency: b.Urgency, Channel: b.Channel, Category: b.Category, Region: b.Region,
		Address: b.Address, Title: b.Title, Content: b.Content, Confidential: b.Confidential,
		FollowUpWanted: b.FollowUpWanted, Requester: b.Requester, Call: b.Call,
	}
	if b.Then == nil {
		return lodge, nil, nil
	}
	switch b.Then.Type {
	case NameSubmit, NameAnswer, NameRefuse:
		return lodge, b.Then.command(b.Then.Type), nil
	}
	return Lodge{}, nil, invalid("then.type", "not submit, answer or refuse")
}

// decodeStrict takes one JSON object without unknown keys.
func decodeStrict(body []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		if kind, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return invalid(kind.Field, "has the wrong type")
		}
		return invalid("body", "not the JSON object of this command")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return invalid("body", "has more than one JSON value")
	}
	return nil
}
