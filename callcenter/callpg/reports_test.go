package callpg

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
	"hotline12345/callcenter/report"
)

// past is random data of three days and what a report must say of it, worked out from
// the raw rows, slowly, one at a time.
type past struct {
	*rand.Rand
	records   []callcenter.CallRecord
	times     []engine.AgentTime
	callbacks []time.Time // all of queue "main"
}

var midnight = time.Date(2026, 3, 1, 16, 0, 0, 0, time.UTC) // of 2026-03-02 in Beijing

func newPast(seed uint64) *past {
	p := &past{Rand: rand.New(rand.NewPCG(seed, 1))}
	pick := func(causes ...callcenter.Cause) callcenter.Cause { return causes[p.IntN(len(causes))] }
	for n := range 400 {
		r := record(callcenter.CallID(fmt.Sprint("c", n)), 0)
		r.StartedAt = midnight.Add(time.Duration(p.Int64N(int64(72 * time.Hour)))).Truncate(time.Microsecond)
		if p.IntN(8) == 0 {
			r.Kind = callcenter.KindOutbound
		}
		if p.IntN(10) == 0 {
			r.Reason, r.AnsweredAt = callcenter.EndAbandonedEarly, nil
			p.records = append(p.records, r)
			continue
		}
		r.Rating = callcenter.Rating(p.IntN(6))
		at := r.StartedAt
		for i := range 1 + p.IntN(4) {
			c := callcenter.Contact{N: i + 1, Queue: []callcenter.QueueID{"main", "business"}[p.IntN(2)], From: at, Began: pick(callcenter.CauseArrived, callcenter.CauseArrived, callcenter.CauseOverflow, callcenter.CauseTransfer, callcenter.CauseForced, callcenter.CausePageLost)}
			at = at.Add(time.Duration(p.Int64N(int64(40 * time.Second)))).Truncate(time.Microsecond)
			c.To = at
			switch p.IntN(4) {
			case 0, 1:
				c.Kind, c.Ended = callcenter.ContactWait, pick(callcenter.CauseAnswered, callcenter.CauseAnswered, callcenter.CauseLeft, callcenter.CauseCallback, callcenter.CauseOverflow)
				c.Agent = []callcenter.AgentID{"", "", "", "a1"}[p.IntN(4)]
			case 2:
				c.Kind, c.Ended, c.Agent = callcenter.ContactTalk, pick(callcenter.CauseTransfer, callcenter.CauseHandOver, callcenter.CauseLeft), "a1"
				c.TalkMS, c.HoldMS = p.Int64N(60_000), p.Int64N(9000)
			case 3:
				c.Kind, c.Ended, c.Number = callcenter.ContactTalk, callcenter.CauseLeft, phone
			}
			r.Contacts = append(r.Contacts, c)
		}
		p.records = append(p.records, r)
	}
	states := []engine.TimeState{
		engine.TimeReady, engine.TimeNotReady, engine.TimeBreak, engine.TimeOffered, engine.TimeTalking, engine.TimeHeld, engine.TimeWrapUp, engine.TimeMonitoring,
	}
	for _, agent := range []callcenter.AgentID{"a1", "a2"} {
		shift := midnight.Add(time.Duration(p.Int64N(int64(time.Hour)))).Truncate(time.Millisecond)
		for at := shift; at.Before(midnight.Add(70 * time.Hour)); {
			// whole milliseconds: sums of queues are rounded before they are added up
			to := at.Add(time.Second + time.Duration(p.Int64N(int64(engine.MaxStretch-time.Second)))).Truncate(time.Millisecond)
			p.times = append(p.times, engine.AgentTime{
				Agent: agent, Shift: shift, From: at, To: to, State: states[p.IntN(len(states))], Queue: []string{"main", "business"}[p.IntN(2)],
				Kind: []callcenter.Kind{callcenter.KindInbound, callcenter.KindOutbound}[p.IntN(2)],
			})
			at = to
		}
	}
	for range 50 {
		p.callbacks = append(p.callbacks, midnight.Add(time.Duration(p.Int64N(int64(72*time.Hour)))).Truncate(time.Microsecond))
	}
	return p
}

// counts of one interval and queue ("": all), from the raw rows.
func (p *past) counts(from, to time.Time, queue callcenter.QueueID, th report.Thresholds) (n report.Counts) {
	in := func(at time.Time) bool { return !at.Before(from) && at.Before(to) }
	is := func(q callcenter.QueueID) bool { return queue == "" || q == queue }
	for _, r := range p.records {
		if r.Reason == callcenter.EndAbandonedEarly && in(r.StartedAt) && is(r.Queue) {
			n.Early++
		}
		if r.Rating > 0 && in(r.StartedAt) && is(r.Queue) {
			n.Rated++
			if r.Rating > 3 {
				n.BadlyRated++
			}
		}
		for _, c := range r.Contacts {
			if r.Kind == callcenter.KindInbound && in(c.From) && is(c.Queue) {
				p.contact(&n, c, th)
			}
		}
	}
	for _, at := range p.callbacks {
		if in(at) && is("main") {
			n.Callbacks++
		}
	}
	var busyTime, openTime, wrapUp time.Duration
	for _, t := range p.times {
		if t.State == engine.TimeWrapUp && t.Kind == callcenter.KindInbound && in(t.From) && is(callcenter.QueueID(t.Queue)) {
			wrapUp += t.To.Sub(t.From)
		}
		a, b := t.From, t.To
		if a.Before(from) {
			a = from
		}
		if b.After(to) {
			b = to
		}
		if queue != "" || !b.After(a) {
			continue
		}
		switch t.State {
		case engine.TimeTalking, engine.TimeHeld, engine.TimeWrapUp:
			busyTime += b.Sub(a)
		case engine.TimeReady, engine.TimeOffered:
			openTime += b.Sub(a)
		default: // no work with calls
		}
	}
	n.WrapUpMS, n.BusyMS, n.OpenMS = rounded(wrapUp), rounded(busyTime), rounded(openTime)
	return n
}

func rounded(d time.Duration) int64 { return d.Round(time.Millisecond).Milliseconds() }

func (p *past) contact(n *report.Counts, c callcenter.Contact, th report.Thresholds) {
	waited := c.To.Sub(c.From)
	again := c.Began == callcenter.CauseForced || c.Began == callcenter.CausePageLost
	if c.Kind == callcenter.ContactWait && c.Agent == "" && !again {
		switch c.Ended {
		case callcenter.CauseOverflow:
			n.Overflowed++
		case callcenter.CauseAnswered:
			n.Offered++
			n.Answered++
			n.WaitMS += waited.Milliseconds()
			if waited <= th.Within {
				n.AnsweredInTime++
			}
		default:
			n.Offered++
			n.Abandoned++
			if waited <= th.Within {
				n.AbandonedInTime++
			}
			if waited < th.Short && c.Began != callcenter.CauseOverflow {
				n.Short++
			}
		}
	}
	if c.Kind == callcenter.ContactTalk && c.Agent != "" {
		n.Handled++
		n.TalkMS += c.TalkMS
		n.HoldMS += c.HoldMS
		if c.Ended != callcenter.CauseLeft {
			n.Transfers++
		}
	}
}

// TestReportIsTheReference for random data, every step, each queue and all of them.
func TestReportIsTheReference(t *testing.T) {
	for seed := range uint64(3) {
		s, _ := newStore(t)
		p := newPast(seed)
		for _, r := range p.records {
			ok(t, s.WriteRecord(t.Context(), r))
		}
		ok(t, s.WriteAgentTimes(t.Context(), p.times))
		ok(t, s.WriteAgentTimes(t.Context(), p.times[:9])) // a repeat
		for i, at := range p.callbacks {
			ok(t, s.WriteCallback(t.Context(), callcenter.CallID(fmt.Sprint("missed", i)), phone, callcenter.EndAbandoned, "main", at))
		}
		th := report.Thresholds{Within: 15 * time.Second, Short: 5 * time.Second}
		for _, c := range []struct {
			step     report.Step
			from, to time.Duration
			queue    callcenter.QueueID
		}{
			{report.StepQuarter, 0, 24 * time.Hour, ""},
			{report.StepQuarter, 10 * time.Hour, 30 * time.Hour, "business"},
			{report.StepHour, -time.Hour, 72 * time.Hour, ""},
			{report.StepDay, 0, 72 * time.Hour, ""},
			{report.StepDay, 0, 72 * time.Hour, "main"},
		} {
			r, err := report.NewRange(midnight.Add(c.from), midnight.Add(c.to), c.step)
			ok(t, err)
			got := must[[]Interval](t)(s.Report(t.Context(), ReportQuery{Range: r, Thresholds: th, Queue: c.queue}))
			if len(got) != len(r.Starts()) {
				t.Fatalf("%+v: %d intervals", c, len(got))
			}
			var sum report.Counts
			for i, at := range r.Starts() {
				want := Interval{From: at, Queue: c.queue, Counts: p.counts(at, at.Add(c.step.Length()), c.queue, th)}
				if !reflect.DeepEqual(got[i], want) {
					t.Errorf("seed %d, %+v:\n%+v\nwant\n%+v", seed, c, got[i], want)
				}
				sum.Add(got[i].Counts)
			}
			if sum.Offered == 0 || sum.Handled == 0 || (c.queue == "" && sum.BusyMS == 0) {
				t.Errorf("%+v: nothing happened: %+v", c, sum)
			}
		}
		p.splits(t, s, th)
	}
}

// splits: the queues' figures add up to those of all.
func (p *past) splits(t *testing.T, s *Store, th report.Thresholds) {
	t.Helper()
	r, err := report.NewRange(midnight, midnight.Add(72*time.Hour), report.StepDay)
	ok(t, err)
	byQueue := must[[]Interval](t)(s.Report(t.Context(), ReportQuery{Range: r, Thresholds: th, Split: true}))
	if len(byQueue) != 6 || byQueue[0].Queue != "business" || byQueue[3].Queue != "main" {
		t.Fatalf("%+v", byQueue)
	}
	for _, i := range byQueue {
		want := p.counts(i.From, i.From.Add(24*time.Hour), i.Queue, th)
		if i.Counts != want {
			t.Errorf("%s of %s:\n%+v\nwant\n%+v", i.Queue, i.From, i.Counts, want)
		}
	}
}

// TestAPersonCountsOnce, wherever he is sent: main overflows to business, where he is
// answered; a supervisor gives him back to the queue, and he hangs up. The live page says
// the same.
func TestAPersonCountsOnce(t *testing.T) {
	s, _ := newStore(t)
	limits := callcenter.Limits{
		OfferSeconds: 20, MaxWaitSeconds: 600, AgentLostSeconds: 30, DialSeconds: 45, KeySeconds: 8, MaxKeyTries: 3, MaxCallSeconds: 14400,
	}
	business := callcenter.Way{Target: callcenter.Target{Kind: callcenter.TransferQueue, ID: "business"}}
	var call callcenter.Call
	for i, ev := range []callcenter.Event{
		callcenter.CallArrived{Call: "c", Leg: "person", From: phone, To: "12345", Queue: "main", Limits: limits},
		callcenter.PlayDone{Leg: "person", ID: "1"},
		callcenter.Overflowed{Queue: "main", Way: business},
		callcenter.AgentReserved{Agent: "agent1", Leg: "agent", Offer: "o"},
		callcenter.AgentAccepted{Agent: "agent1", Offer: "o"},
		callcenter.ReleaseRequested{Supervisor: "boss", Requeue: true},
		callcenter.LegEnded{Leg: "person", Reason: callcenter.EndCallerHangUp},
	} {
		next, effects, err := callcenter.Apply(call, ev, at(i))
		ok(t, err)
		call = next
		for _, f := range effects {
			if w, ends := f.(callcenter.WriteRecord); ends {
				ok(t, s.WriteRecord(t.Context(), w.Record))
			}
		}
	}
	r, err := report.NewRange(at(0), at(3600), report.StepHour)
	ok(t, err)
	th := report.Thresholds{Within: 15 * time.Second, Short: 5 * time.Second}
	once := report.Counts{Offered: 1, Answered: 1, AnsweredInTime: 1, Handled: 1, WaitMS: 2000, TalkMS: 1000, Overflowed: 1}
	there, left := once, report.Counts{Overflowed: 1}
	there.Overflowed = 0
	for _, split := range []bool{false, true} {
		want := []report.Counts{once}
		if split {
			want = []report.Counts{there, left} // business, main
		}
		var got []report.Counts
		for _, i := range must[[]Interval](t)(s.Report(t.Context(), ReportQuery{Range: r, Thresholds: th, Split: split})) {
			got = append(got, i.Counts)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("split %v:\n%+v\nwant\n%+v", split, got, want)
		}
	}
	if f := must[Figures](t)(s.Figures(t.Context(), at(0), at(3600), nil)); f.Offered != 1 || f.Answered != 1 || f.Abandoned != 0 {
		t.Errorf("the live page says %+v", f)
	}
}

// TestReportOfNow: what calls that run and agents on shift have done so far counts.
func TestReportOfNow(t *testing.T) {
	s, _ := newStore(t)
	r, err := report.NewRange(at(0), at(3600), report.StepHour)
	ok(t, err)
	running := record("runs", 0)
	running.Contacts = chain()[:1]
	going := chain()[1]
	going.Ended, going.To = "", time.Time{}
	running.Contacts = append(running.Contacts, going)
	open := engine.AgentTime{Agent: "agent1", Shift: at(-900), From: at(-60), State: engine.TimeTalking}
	q := ReportQuery{
		Range: r, Thresholds: report.Thresholds{Within: 15 * time.Second}, Running: []callcenter.CallRecord{running}, Open: []engine.AgentTime{open}, Now: at(100),
	}
	got := must[[]Interval](t)(s.Report(t.Context(), q))
	want := report.Counts{Offered: 1, Answered: 1, AnsweredInTime: 1, WaitMS: 4000, BusyMS: 100_000}
	if len(got) != 1 || got[0].Counts != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestTimelines(t *testing.T) {
	s, _ := newStore(t)
	stretch := func(from, to int, state engine.TimeState) engine.AgentTime {
		return engine.AgentTime{Agent: "a", Shift: at(0), From: at(from), To: at(to), State: state}
	}
	ok(t, s.WriteAgentTimes(t.Context(), []engine.AgentTime{
		stretch(0, 900, engine.TimeReady), stretch(900, 1000, engine.TimeReady), stretch(1000, 1100, engine.TimeTalking),
	}))
	open := stretch(1100, 1100, engine.TimeWrapUp)
	open.To = time.Time{}
	got := must[[]engine.AgentTime](t)(s.Timeline(t.Context(), "a", at(100), at(2000), &open))
	if want := []engine.AgentTime{stretch(100, 1000, engine.TimeReady), stretch(1000, 1100, engine.TimeTalking), open}; !slices.Equal(got, want) {
		t.Errorf("%+v\nwant\n%+v", got, want)
	}
	if got := must[[]engine.AgentTime](t)(s.Timeline(t.Context(), "b", at(0), at(2000), nil)); len(got) != 0 {
		t.Errorf("of nobody: %+v", got)
	}
	r := record("c", 1000)
	r.Contacts = []callcenter.Contact{{N: 1, Kind: callcenter.ContactTalk, Agent: "a", From: at(1000), To: at(1100), Ended: callcenter.CauseLeft}}
	ok(t, s.WriteRecord(t.Context(), r))
	days := must[[]AgentDay](t)(s.AgentDays(t.Context(), at(100), at(2000), []engine.AgentTime{open}, at(1150)))
	want := []AgentDay{{
		Agent: "a", From: at(100), To: at(1150), Calls: 1,
		Millis: map[engine.TimeState]int64{engine.TimeReady: 900_000, engine.TimeTalking: 100_000, engine.TimeWrapUp: 50_000},
	}}
	if !reflect.DeepEqual(days, want) {
		t.Errorf("%+v\nwant\n%+v", days, want)
	}
}
