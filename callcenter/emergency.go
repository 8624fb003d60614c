package callcenter

// Emergency is how calls are taken while one lasts (Art. 39 of the regulation).
type Emergency struct {
	Say      string `json:"say,omitempty"` // prompt, before the notice
	Key      string `json:"key,omitempty"` // says that the call is about it; "": every call is
	Way      Way    `json:"way,omitzero"`  // of those calls; zero: theirs
	Priority int    `json:"priority,omitempty"`
}

// opening are the prompts that a caller hears first.
func (t *turn) opening() []string {
	var sources []string
	if e := t.c.Emergency; e.Say != "" {
		sources = append(sources, e.Say)
	}
	switch {
	case len(t.c.Way.Say) > 0: // instead of a notice that says somebody will be there
		return append(sources, t.c.Way.Say...)
	case t.c.Limits.NoNotice:
		return sources
	}
	return append(sources, t.notice()...)
}

// urgent makes the call one of the emergency's.
func (t *turn) urgent() {
	e := t.c.Emergency
	t.c.Points = e.Priority
	if e.Way.Target.ID != "" || e.Way.Callback {
		t.c.Way = e.Way
	}
}
