package callpg

import (
	"testing"
	"time"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
)

func moment(seconds int) *time.Time { m := at(seconds); return &m }

// record of an answered inbound call that began after some seconds: 5 s of notice,
// 4 s of waiting, a minute of talk.
func record(call callcenter.CallID, begun int) callcenter.CallRecord {
	return callcenter.CallRecord{
		Call: call, Kind: callcenter.KindInbound, From: phone, To: "12345", Trunk: "t", Queue: "main",
		Agents: []callcenter.AgentID{"agent1"}, StartedAt: at(begun), QueuedAt: moment(begun + 5), OfferedAt: moment(begun + 6),
		AnsweredAt: moment(begun + 9), EndedAt: at(begun + 69), WaitMS: 4000, TalkMS: 60_000, HoldMS: 1000,
		Offers: 1, Transfers: 2, Segments: 1, Reason: callcenter.EndCallerHangUp,
	}
}

func TestRecordingsComeTwice(t *testing.T) {
	s, pool := newStore(t)
	cut := engine.RecordingRow{Call: "a", Segment: 1, Path: "a/1", StartedAt: at(0), Millis: 1000, Bytes: 8000, SHA256: "x"}
	whole := cut
	whole.Millis, whole.Complete = 2000, true
	for _, r := range []engine.RecordingRow{cut, whole, whole, cut} {
		ok(t, s.WriteRecording(t.Context(), r))
	}
	var ms int
	var complete bool
	ok(t, pool.QueryRow(t.Context(), `SELECT ms, complete FROM recordings`).Scan(&ms, &complete))
	if ms != 2000 || !complete {
		t.Errorf("%d ms, complete %v", ms, complete)
	}
}

func TestFirstRecordStays(t *testing.T) {
	s, pool := newStore(t)
	ok(t, s.WriteRecord(t.Context(), record("a", 0)))
	again := record("a", 0)
	again.Reason = callcenter.EndNodeLost
	ok(t, s.WriteRecord(t.Context(), again))
	var reason string
	var talk int
	ok(t, pool.QueryRow(t.Context(), `SELECT reason, talk_ms FROM call_records WHERE call_id = 'a'`).Scan(&reason, &talk))
	if reason != "caller-hangup" || talk != 60_000 {
		t.Errorf("%s, %d ms", reason, talk)
	}
}
