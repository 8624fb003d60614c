package feedback

import "time"

// beijing is the time zone of everything that has to do with offices and people's days.
var beijing = time.FixedZone("CST", 8*3600)

// slots is how many parts the calling hours have; attempts are made in different ones.
const slots = 3

// Hours is a part of each day by Beijing time, from midnight; To is excluded.
type Hours struct{ From, To time.Duration }

// Open tells whether callers may be called at t.
func (h Hours) Open(t time.Time) bool {
	d := sinceMidnight(t)
	return d >= h.From && d < h.To
}

// next is the first moment at or after t that is inside the hours.
func (h Hours) next(t time.Time) time.Time {
	day := midnight(t)
	switch d := sinceMidnight(t); {
	case d < h.From:
		return day.Add(h.From)
	case d >= h.To:
		return day.AddDate(0, 0, 1).Add(h.From)
	}
	return t
}

// slot is the part of the hours that t lies in, 0 to slots-1.
func (h Hours) slot(t time.Time) int {
	part := (h.To - h.From) / slots
	return min(slots-1, int((sinceMidnight(t)-h.From)/part))
}

// nextAttempt is when the next call may be placed after the earlier ones: at once when
// there are none, else at least pause after the last, in a part of the day that was
// not tried yet while there is one.
func nextAttempt(h Hours, pause time.Duration, earlier []time.Time, now time.Time) time.Time {
	if len(earlier) == 0 {
		return h.next(now)
	}
	tried := map[int]bool{}
	for _, t := range earlier {
		tried[h.slot(t)] = true
	}
	at := h.next(earlier[len(earlier)-1].Add(pause))
	if len(tried) == slots {
		return at
	}
	for tried[h.slot(at)] {
		following := midnight(at).Add(h.From + time.Duration(h.slot(at)+1)*((h.To-h.From)/slots))
		at = h.next(following)
	}
	return at
}

func midnight(t time.Time) time.Time {
	local := t.In(beijing)
	return time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, beijing)
}

func sinceMidnight(t time.Time) time.Duration { return t.Sub(midnight(t)) }
