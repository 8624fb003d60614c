package callcenter

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"
)

// eventTypes are the journal's names of the events. A name that has once been
// written stays readable for as long as journals are kept.
var eventTypes = map[string]reflect.Type{
	"arrived":           reflect.TypeFor[CallArrived](),
	"dialRequested":     reflect.TypeFor[DialRequested](),
	"callbackDue":       reflect.TypeFor[CallbackDue](),
	"callbackBooked":    reflect.TypeFor[CallbackBooked](),
	"resultRequested":   reflect.TypeFor[ResultRequested](),
	"legRinging":        reflect.TypeFor[LegRinging](),
	"legAnswered":       reflect.TypeFor[LegAnswered](),
	"legFailed":         reflect.TypeFor[LegFailed](),
	"legEnded":          reflect.TypeFor[LegEnded](),
	"legHold":           reflect.TypeFor[LegHold](),
	"keyPressed":        reflect.TypeFor[KeyPressed](),
	"playDone":          reflect.TypeFor[PlayDone](),
	"playFailed":        reflect.TypeFor[PlayFailed](),
	"mediaLost":         reflect.TypeFor[MediaLost](),
	"spoke":             reflect.TypeFor[Spoke](),
	"timerFired":        reflect.TypeFor[TimerFired](),
	"callerKnown":       reflect.TypeFor[CallerKnown](),
	"positionChanged":   reflect.TypeFor[PositionChanged](),
	"overflowed":        reflect.TypeFor[Overflowed](),
	"agentReserved":     reflect.TypeFor[AgentReserved](),
	"agentAccepted":     reflect.TypeFor[AgentAccepted](),
	"agentRefused":      reflect.TypeFor[AgentRefused](),
	"agentLost":         reflect.TypeFor[AgentLost](),
	"agentBack":         reflect.TypeFor[AgentBack](),
	"holdRequested":     reflect.TypeFor[HoldRequested](),
	"resumeRequested":   reflect.TypeFor[ResumeRequested](),
	"keysRequested":     reflect.TypeFor[KeysRequested](),
	"transferRequested": reflect.TypeFor[TransferRequested](),
	"hangUpRequested":   reflect.TypeFor[HangUpRequested](),
	"endRequested":      reflect.TypeFor[EndRequested](),

	"consultRequested":    reflect.TypeFor[ConsultRequested](),
	"swapRequested":       reflect.TypeFor[SwapRequested](),
	"conferenceRequested": reflect.TypeFor[ConferenceRequested](),
	"completeRequested":   reflect.TypeFor[CompleteRequested](),
	"cancelRequested":     reflect.TypeFor[CancelRequested](),
	"superviseRequested":  reflect.TypeFor[SuperviseRequested](),
	"takeOverRequested":   reflect.TypeFor[TakeOverRequested](),
	"releaseRequested":    reflect.TypeFor[ReleaseRequested](),

	"recordingPauseRequested":  reflect.TypeFor[RecordingPauseRequested](),
	"recordingResumeRequested": reflect.TypeFor[RecordingResumeRequested](),
}

var eventNames = func() map[reflect.Type]string {
	names := make(map[reflect.Type]string, len(eventTypes))
	for name, t := range eventTypes {
		names[t] = name
	}
	return names
}()

// EncodeEvent gives an event's journal name and its JSON.
func EncodeEvent(ev Event) (kind string, data []byte, err error) {
	kind, known := eventNames[reflect.TypeOf(ev)]
	if !known {
		return "", nil, fmt.Errorf("callcenter: event %T has no journal name", ev)
	}
	data, err = json.Marshal(ev)
	if err != nil {
		return "", nil, fmt.Errorf("callcenter: encode %s: %w", kind, err)
	}
	return kind, data, nil
}

// DecodeEvent reads what EncodeEvent wrote.
func DecodeEvent(kind string, data []byte) (Event, error) {
	t, known := eventTypes[kind]
	if !known {
		return nil, fmt.Errorf("callcenter: unknown event %q in the journal", kind)
	}
	v := reflect.New(t)
	if err := json.Unmarshal(data, v.Interface()); err != nil {
		return nil, fmt.Errorf("callcenter: decode %s: %w", kind, err)
	}
	return v.Elem().Interface().(Event), nil
}

// Stamped is an event and when it happened.
type Stamped struct {
	At    time.Time
	Event Event
}

// Replay folds a journal into the call it tells of. Events that were refused
// when they came are not in a journal, so a refusal here is a damaged journal.
func Replay(journal []Stamped) (Call, error) {
	var c Call
	for i, row := range journal {
		next, _, err := Apply(c, row.Event, row.At)
		if err != nil {
			return c, fmt.Errorf("callcenter: journal row %d: %w", i+1, err)
		}
		c = next
	}
	return c, nil
}
