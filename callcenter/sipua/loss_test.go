package sipua

import (
	"fmt"
	"testing"

	"hotline12345/callcenter"
	"hotline12345/callcenter/engine"
)

// Two of us call each other, and each loses a tenth of what it sends and of what it gets:
// every call is answered, or refused, and its end heard.
func TestLossBothWays(t *testing.T) {
	for _, end := range []string{"caller", "called", "refused", "cancelled"} {
		t.Run(end, func(t *testing.T) {
			t.Parallel()
			far := openBench(t, nil, true)
			near := openBench(t, func(o *Options) { o.Trunks[0].Outbound = far.addr }, true)
			far.eng.onArrival(func(in engine.Inbound) error {
				switch end {
				case "refused":
					return engine.StatusError{Code: 486, Reason: "busy"}
				case "cancelled":
					return nil
				}
				return far.ua.Answer(in.Leg, []byte(theirSDP))
			})
			const calls = 20
			for i := range calls {
				if err := near.ua.Dial(t.Context(), callcenter.LegID(fmt.Sprint("leg-", i)), "13800001000", []byte(ourSDP)); err != nil {
					t.Fatal(err)
				}
			}
			switch end {
			case "caller":
				for range calls {
					_ = near.ua.HangUp(answeredLeg(t, near))
				}
				endedAll(t, far, calls)
			case "called":
				for range calls {
					_ = far.ua.HangUp(far.eng.arrived(t).Leg)
				}
				endedAll(t, near, calls)
			case "refused":
				for range calls {
					if ev, ok := near.eng.event(t, "the refusal").(callcenter.LegFailed); !ok || ev.Reason != callcenter.EndBusy {
						t.Errorf("event %#v", ev)
					}
				}
			case "cancelled":
				for i := range calls {
					far.eng.arrived(t)
					_ = near.ua.HangUp(callcenter.LegID(fmt.Sprint("leg-", i)))
				}
				endedAll(t, far, calls)
			}
			near.settled(t)
			far.settled(t)
		})
	}
}

// answeredLeg is the next of our calls that was answered.
func answeredLeg(t *testing.T, b *bench) callcenter.LegID {
	t.Helper()
	for {
		switch ev := b.eng.event(t, "an answer").(type) {
		case callcenter.LegAnswered:
			return ev.Leg
		case callcenter.LegRinging:
		default:
			t.Fatalf("event %#v", ev)
		}
	}
}

func endedAll(t *testing.T, b *bench, calls int) {
	t.Helper()
	for calls > 0 {
		switch ev := b.eng.event(t, "an end").(type) {
		case callcenter.LegEnded:
			if ev.Reason != callcenter.EndCallerHangUp {
				t.Errorf("ended with %+v", ev)
			}
			calls--
		case callcenter.LegAnswered, callcenter.LegRinging:
		default:
			t.Fatalf("event %#v", ev)
		}
	}
}
