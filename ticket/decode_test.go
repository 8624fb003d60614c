package ticket

import (
	"reflect"
	"testing"
)

func TestDecodeCommand(t *testing.T) {
	for _, c := range []struct {
		name, body string
		version    int
		want       Command
	}{
		{"submit", `{"version":3}`, 3, Submit{}},
		{"answer", `{"text":"答复","told":true}`, 0, AnswerDirectly{Text: "答复", Told: true}},
		{"refuse", `{"reason":"a","rightDoor":"b"}`, 0, Refuse{Reason: "a", RightDoor: "b"}},
		{"dispatch", `{"agency":"CG","opinion":"请办理","version":2}`, 2, Dispatch{[]DispatchTo{{"CG", true, "请办理"}}}},
		{"sign", `{"assignment":"x"}`, 0, Sign{"x"}},
		{"reply", `{"assignment":"x","reply":{"done":"a","publicText":"b","by":"somebody else"}}`, 0, ReplyWith{"x", Reply{Done: "a", PublicText: "b"}}},
		{"approve", `{"assignment":"x"}`, 0, ApproveReply{"x"}},
		{"reject", `{"assignment":"x","reason":"r"}`, 0, RejectReply{"x", "r"}},
		{"told", `{}`, 0, RecordTold{WayAgent}},
		{"told", `{"way":"sms"}`, 0, RecordTold{WaySMS}},
		{"followUp", `{"solved":false,"rating":4}`, 0, FollowUp{no(), 4, WayAgent}},
		{"close", `{"reason":"r"}`, 0, Close{"r"}},
	} {
		cmd, version, err := DecodeCommand(c.name, []byte(c.body))
		if err != nil || version != c.version || !reflect.DeepEqual(cmd, c.want) {
			t.Errorf("%s %s: %#v, version %d, %v", c.name, c.body, cmd, version, err)
		}
	}
	for _, c := range []struct {
		name, body string
		want       Code
	}{
		{"overdue", `{}`, CodeUnknownCommand},
		{"attempt", `{}`, CodeUnknownCommand},
		{"lodge", `{}`, CodeUnknownCommand},
		{"", `{}`, CodeUnknownCommand},
		{"submit", `{"vresion":3}`, CodeInvalid},
		{"submit", `{"version":-1}`, CodeInvalid},
		{"submit", `{"version":"3"}`, CodeInvalid},
		{"submit", ``, CodeInvalid},
		{"submit", `{}{}`, CodeInvalid},
		{"submit", `[]`, CodeInvalid},
	} {
		if cmd, _, err := DecodeCommand(c.name, []byte(c.body)); codeOf(err) != c.want {
			t.Errorf("%s %s: %#v, %v, want %s", c.name, c.body, cmd, err, c.want)
		}
	}
}

func TestDecodeLodge(t *testing.T) {
	lodge, then, err := DecodeLodge([]byte(`{"kind":"complaint","title":"t","requester":{"name":"n","phone":"13800001000"},
		"call":"c","then":{"type":"answer","text":"答复","told":true}}`))
	if err != nil || lodge.Kind != Complaint || lodge.Requester.Phone != "13800001000" || lodge.Number != "" ||
		then != Command(AnswerDirectly{Text: "答复", Told: true}) {
		t.Errorf("%+v, %+v, %v", lodge, then, err)
	}
	if _, then, err := DecodeLodge([]byte(`{}`)); err != nil || then != nil {
		t.Errorf("a draft: %v, %v", then, err)
	}
	for _, body := range []string{`{"then":{"type":"close"}}`, `{"number":"20260101-000001"}`, `{"kind":1}`, `null}`} {
		if _, _, err := DecodeLodge([]byte(body)); codeOf(err) != CodeInvalid {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// FuzzCommand: whatever the body, no crash; what Decide takes keeps the invariants.
func FuzzCommand(f *testing.F) {
	f.Add("submit", []byte(`{"version":1}`), uint8(0), uint8(0))
	f.Add("answer", []byte(`{"text":"答复","told":true}`), uint8(1), uint8(1))
	f.Add("dispatch", []byte(`{"agency":"CG","opinion":"请办理"}`), uint8(2), uint8(2))
	f.Add("reply", []byte(`{"assignment":"20260302-000001-01","reply":{"solved":true,"done":"a","publicText":"b"}}`), uint8(3), uint8(3))
	f.Add("followUp", []byte(`{"solved":true,"rating":1,"way":"call"}`), uint8(4), uint8(4))
	rules := testRules(f)
	everybody := []Actor{agent, dispatcher, agency, head, followUp, supervisor, system}
	tickets := situations(f, rules)
	names := []string{"draft", "toDispatch", "toSign", "inHandling", "replyInReview", "followUp", "told", "refused", "closed"}
	f.Fuzz(func(t *testing.T, name string, body []byte, who, where uint8) {
		if lodge, _, err := DecodeLodge(body); err == nil {
			lodge.Number = "20260302-000002"
			if _, err := Decide(Ticket{}, lodge, agent, rules, monday); err != nil && codeOf(err) == "" {
				t.Fatalf("lodge refused without a code: %v", err)
			}
		}
		cmd, _, err := DecodeCommand(name, body)
		if err != nil {
			if codeOf(err) == "" {
				t.Fatalf("refused without a code: %v", err)
			}
			return
		}
		tk := tickets[names[int(where)%len(names)]]
		events, err := Decide(tk, cmd, everybody[int(who)%len(everybody)], rules, monday)
		if err != nil && codeOf(err) == "" {
			t.Fatalf("refused without a code: %v", err)
		}
		after := tk
		for _, ev := range events {
			after = Evolve(after, ev)
		}
		checkInvariants(t, tk, after)
	})
}
