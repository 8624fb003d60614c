package media

// The quality of a flow as a person would judge it, by the E-model (ITU-T G.107), whose
// inputs we do not know being left at their defaults:
//
//	R     = 93.2 - Id - Ie,eff
//	Id    = 0.024 d + 0.11 (d - 177.3) if d > 177.3, d the delay one way in ms: the
//	        approximation of R. G. Cole and J. H. Rosenbluth, "Voice over IP performance
//	        monitoring", ACM SIGCOMM CCR 31(2), 2001
//	Ie,eff = 95 Ppl / (Ppl + Bpl) for G.711 (Ie = 0), Ppl the loss in per cent, taken as
//	        random, Bpl = 25.1 with loss concealment (ITU-T G.113 appendix I)
//	MOS   = 1 + 0.035 R + R (R - 60) (100 - R) 7e-6   (ITU-T G.107 annex B)
//
// d is half of the round trip, a buffer of twice the jitter, and the packet itself.

const (
	bestRating     = 93.2
	lossRobustness = 25.1
	packetDelayMS  = 20
	// leastPackets: of less than a second nobody judges.
	leastPackets = 50
)

// meanOpinion is the MOS, 1 to 4.5, of a flow with that round trip; 0: not known.
func meanOpinion(f Flow, roundTripMS float64) float64 {
	total := float64(f.Packets + f.Lost)
	if total < leastPackets {
		return 0
	}
	loss := 100 * float64(f.Lost) / total
	delay := roundTripMS/2 + 2*f.JitterMS + packetDelayMS
	r := bestRating - 0.024*delay - 95*loss/(loss+lossRobustness)
	if over := delay - 177.3; over > 0 {
		r -= 0.11 * over
	}
	if r <= 0 {
		return 1
	}
	return max(1, 1+0.035*r+r*(r-60)*(100-r)*7e-6)
}

// stats are the leg's figures.
func (l *leg) stats() LegStats {
	stats := LegStats{Codec: codecName(payloadPCMA), In: l.reception.flow(), LastIn: l.heardAt()}
	if l.trunk != nil {
		codec, _, _ := l.trunk.types()
		stats.Codec = codecName(codec)
	} else if l.ridesWide() {
		stats.Codec = codecName(payloadG722)
	}
	stats.Out, stats.RoundTripMS = l.told.flow(l.packetsOut())
	stats.In.MOS = meanOpinion(stats.In, stats.RoundTripMS)
	if stats.Out.Reports > 0 {
		// What was lost is among what was sent.
		arrived := stats.Out
		arrived.Packets -= min(arrived.Packets, arrived.Lost)
		stats.Out.MOS = meanOpinion(arrived, stats.RoundTripMS)
	}
	return stats
}

// ridesWide says whether the leg's page sends G.722.
func (l *leg) ridesWide() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.transport != nil && l.transport.wide
}
