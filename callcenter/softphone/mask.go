package softphone

import (
	"strings"

	"hotline12345/callcenter/engine"
)

// maskNumber hides the middle of a telephone number: at most the first three and the
// last four characters stay, and never more than half of a short number. The form is
// the one people know from printed bills: 138****1000.
func maskNumber(number string) string {
	const head, tail = 3, 4
	n := len(number)
	switch {
	case n == 0:
		return ""
	case n > head+tail:
		return number[:head] + "****" + number[n-tail:]
	default:
		keep := n / 2
		return strings.Repeat("*", n-keep) + number[n-keep:]
	}
}

// maskDesk returns a copy of v whose numbers are masked; v and what it points to stay
// untouched, since the engine may still share them.
func maskDesk(v engine.DeskView) engine.DeskView {
	if v.Offer != nil {
		offer := *v.Offer
		offer.Number = maskNumber(offer.Number)
		v.Offer = &offer
	}
	if v.Call != nil {
		call := *v.Call
		call.Number = maskNumber(call.Number)
		// Who dialled a number has typed it, unless it was chosen by name.
		if call.Consult != nil && (call.Role != engine.RoleAgent || call.Consult.Name != "") {
			consult := *call.Consult
			consult.Number = maskNumber(consult.Number)
			call.Consult = &consult
		}
		v.Call = &call
	}
	return v
}
