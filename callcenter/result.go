package callcenter

import "slices"

// dialResult is the system's own call.
func (t *turn) dialResult(e ResultRequested) {
	t.c = Call{
		ID: e.Call, Kind: KindResult, To: e.To, Limits: e.Limits, Caller: e.Leg, Script: e.Script, State: StateDialing,
		Record: CallRecord{Call: e.Call, Kind: KindResult, To: e.To, Ticket: e.Script.Ticket, StartedAt: t.now},
	}
	t.addLeg(Leg{ID: e.Leg, Role: RoleCaller, Number: e.To})
	t.setTimer(TimerMaxCall, e.Limits.MaxCallSeconds)
	t.setTimer(TimerDial, e.Limits.DialSeconds)
	t.do(DialLeg{Leg: e.Leg, To: e.To})
}

// Answering machines. A person who picks up says a word or two and listens; a machine says
// its greeting, for seconds and without a pause. Who speaks on like that right after the
// answer and presses no key counts as a machine: what was read to it was told to nobody
// (Art. 46), and the call as one that nobody answered, to be tried at another time. Any key
// shows a person, whatever was heard before.

// spoke: it may be a machine.
func (t *turn) spoke(e Spoke) {
	if t.c.Kind == KindResult && e.Leg == t.c.Caller && t.c.Keys == "" {
		t.c.Outcome.Machine = true
		t.reckon()
	}
}

// reckon says whether the result has been told.
func (t *turn) reckon() { t.c.Outcome.Told = t.c.Read && !t.c.Outcome.Machine }

const (
	keyYes    = "1"
	keyNo     = "2"
	keyRepeat = "9"
)

func (t *turn) tell() {
	t.c.State = StateTelling
	t.say(tellLimit, t.c.Script.Tell...)
}

// told: the result was read to its end, which alone counts as told (Art. 46).
func (t *turn) told() {
	t.c.Read = true
	t.reckon()
	t.next(StateSolved)
}

// next asks the next question that the script has; one that has none (a refused
// ticket has nothing to be solved) is done.
func (t *turn) next(state State) {
	t.c.Tries = 0
	switch {
	case state == StateSolved && len(t.c.Script.Solved) > 0:
		t.ask(StateSolved)
	case len(t.c.Script.Satisfied) > 0:
		t.ask(StateSatisfied)
	default:
		t.thank(EndDone)
	}
}

func (t *turn) ask(state State, before ...string) {
	t.c.State = state
	sources := t.c.Script.Solved
	if state == StateSatisfied {
		sources = t.c.Script.Satisfied
	}
	t.do(CancelTimer{TimerKeys})
	t.say(sayLimit, slices.Concat(before, sources)...)
}

func (t *turn) resultKey(key string) {
	t.c.Outcome.Machine = false
	t.reckon()
	switch {
	case t.c.State == StateTelling:
		if key == keyRepeat {
			t.tell()
		}
	case key == keyRepeat:
		t.ask(t.c.State)
	case t.c.State == StateSolved && (key == keyYes || key == keyNo):
		solved := key == keyYes
		t.c.Outcome.Solved = &solved
		t.next(StateSatisfied)
	case t.c.State == StateSatisfied && RatingOfKey(key) != 0:
		t.c.Outcome.Rating = RatingOfKey(key)
		t.thank(EndDone)
	default:
		t.askAgain(t.c.Script.Invalid...)
	}
}

// RatingOfKey: five keys like five stars, 5 very satisfied (level 1) … 1 very
// dissatisfied (level 5); 0 for any other key.
func RatingOfKey(key string) Rating {
	if len(key) != 1 || key[0] < '1' || key[0] > '5' {
		return 0
	}
	return Rating(6 - int(key[0]-'0'))
}

func (t *turn) keysTimeOut() {
	if t.c.State == StateSurvey {
		t.askRatingAgain()
	}
	if t.c.State == StateSolved || t.c.State == StateSatisfied {
		t.askAgain()
	}
}

// askAgain asks a bounded number of times, then thanks and ends.
func (t *turn) askAgain(before ...string) {
	t.c.Tries++
	if t.c.Tries >= t.c.Limits.MaxKeyTries {
		t.thank(EndNoKeys)
		return
	}
	t.ask(t.c.State, before...)
}

func (t *turn) thank(reason EndReason) { t.goodbye(reason, t.c.Script.Thanks...) }
