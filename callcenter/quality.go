package callcenter

// LegQuality is how the sound of a leg was, both ways: In from its party, Out to it, as
// it told itself by RTCP. Not of Apply: media has measured it when the record is written.
type LegQuality struct {
	Leg         LegID   `json:"leg"`
	Role        LegRole `json:"role"`
	Agent       AgentID `json:"agent,omitempty"`
	Codec       string  `json:"codec"`
	In          Flow    `json:"in"`
	Out         Flow    `json:"out"`
	RoundTripMS float64 `json:"roundTripMs,omitempty"` // mean; 0: the party told nothing
}

// Flow is one direction of a leg.
type Flow struct {
	Packets     uint64  `json:"packets"`
	Lost        uint64  `json:"lost"`
	JitterMS    float64 `json:"jitterMs"` // mean
	MaxJitterMS float64 `json:"maxJitterMs"`
	MOS         float64 `json:"mos,omitempty"` // 1 to 4.5, estimated by the E-model (package media); 0: not known
}
