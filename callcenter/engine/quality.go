package engine

import (
	"math"

	"hotline12345/callcenter"
	"hotline12345/media"
)

// maxQualities bounds what a record keeps: a call that is handed on again and again has
// more legs than anybody reads of.
const maxQualities = 32

// measure takes the figures of the legs that an event has ended, before its effects write
// the record.
func (a *actor) measure(before callcenter.Call) {
	for _, l := range a.ended(before) {
		q, ok := a.e.o.Media.Stats(string(l.ID))
		if !ok {
			continue
		}
		a.log.Info("a leg has ended", "leg", l.ID, "role", l.Role, "codec", q.Codec,
			"packets_in", q.In.Packets, "packets_out", q.Out.Packets, "lost", q.In.Lost, "jitter_ms", tenth(q.In.JitterMS),
			"lost_out", q.Out.Lost, "jitter_out_ms", tenth(q.Out.JitterMS), "round_trip_ms", tenth(q.RoundTripMS),
			"mos", tenth(q.In.MOS), "mos_out", tenth(q.Out.MOS))
		if len(a.quality) < maxQualities && (q.In.Packets > 0 || q.Out.Packets > 0) {
			a.quality = append(a.quality, callcenter.LegQuality{
				Leg: l.ID, Role: l.Role, Agent: l.Agent, Codec: q.Codec, In: flowOf(q.In), Out: flowOf(q.Out), RoundTripMS: tenth(q.RoundTripMS),
			})
		}
	}
}

func flowOf(f media.Flow) callcenter.Flow {
	return callcenter.Flow{
		Packets: f.Packets, Lost: f.Lost, JitterMS: tenth(f.JitterMS), MaxJitterMS: tenth(f.MaxJitterMS), MOS: math.Round(100*f.MOS) / 100,
	}
}

func tenth(ms float64) float64 { return math.Round(10*ms) / 10 }

// ended are the legs that live no more and did before.
func (a *actor) ended(before callcenter.Call) (legs []callcenter.Leg) {
	lived := map[callcenter.LegID]bool{}
	for _, l := range before.Legs {
		lived[l.ID] = l.EndedAt == nil
	}
	for _, l := range a.c.Legs {
		if was, known := lived[l.ID]; l.EndedAt != nil && (was || !known) {
			legs = append(legs, l)
		}
	}
	return legs
}
