package media

import (
	"sync"
	"sync/atomic"
	"time"
)

// leg is one party's sound: a trunk leg has a socket of its own, an agent's leg
// rides on the agent's transport.
type leg struct {
	id    string
	s     *Server
	name  uint64    // as a source of other legs' streams
	trunk *trunkEnd // nil for an agent's leg

	muted atomic.Bool
	lost  atomic.Bool
	plays atomic.Bool // there is something for the tick
	ear   atomic.Pointer[ear]

	mu        sync.Mutex
	transport *transport // of an agent's leg
	hears     []*leg     // whom the leg hears; changed under Server.wiring too, never in place
	hearers   []*leg     // who hears the leg; likewise
	mix       *mixer     // of more than one source
	player    *player
	keys      dtmfSender
	rec       *track

	// What the transports before had sent of the leg, and the present one of others.
	sent, sentBefore uint64

	dtmf      dtmfReceiver // of the one goroutine that receives
	wide      *narrower    // likewise; nil: no G.722 has come
	lastIn    atomic.Int64 // UnixNano
	reception reception
	told      toldQuality
}

func newLeg(s *Server, id string) *leg {
	l := &leg{id: id, s: s, name: s.sources.Add(1)}
	l.lastIn.Store(time.Now().UnixNano())
	return l
}

// wire changes what the tick sends.
func (l *leg) wire(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
	l.settle()
}

// settle gives a trunk leg that hears nothing silence to hear: a far end that gets no
// packets at all takes the line for dead, and a NAT forgets it. The lock is held.
func (l *leg) settle() {
	if l.trunk != nil && len(l.hears) == 0 && l.player == nil {
		l.player = &player{sounds: silence, loop: true, source: l.s.sources.Add(1)}
	}
	l.plays.Store(l.player != nil || l.mix != nil || l.keys.active())
}

// receive takes a packet of the leg's party: key presses are told, sound goes to
// who hears the leg and to the recording. Any codec of ours is taken at any time: while it
// changes, both are on their way (RFC 3264 section 8.3.2). Anything else is not
// sound, as comfort noise (RFC 3389), which stands for silence: there is none to be
// passed on then, and the recording has silence. Called by one goroutine at a time.
func (l *leg) receive(p packet, eventType uint8, at moment) {
	l.lastIn.Store(at.arrived.UnixNano())
	l.lost.Store(false)
	l.reception.count(p, eventType == 0 || p.payloadType != eventType, at.arrived)
	if eventType != 0 && p.payloadType == eventType {
		if key := l.dtmf.receive(p, at.arrived); key != "" {
			l.s.sink.Key(l.id, key)
		}
		return
	}
	switch {
	case p.payloadType == payloadPCMA || p.payloadType == payloadPCMU:
	case p.payloadType == payloadG722 && l.s.o.Wideband:
		p = l.narrow(p)
	default:
		return
	}
	switch {
	case l.muted.Load():
		// Silence, not nothing: a network ends calls whose media has stopped.
		p.wide = nil
		for i := range p.payload {
			p.payload[i] = silenceALaw
		}
	case p.payloadType == payloadPCMU:
		convert(p.payload, &muToA)
	}
	if e := l.ear.Load(); e != nil {
		l.heed(e, p)
	}
	l.mu.Lock()
	hearers, rec := l.hearers, l.rec
	l.mu.Unlock()
	if rec != nil {
		rec.write(p.ssrc, p.timestamp, p.payload, at.arrived)
	}
	if at.stale() {
		return
	}
	for _, hearer := range hearers {
		hearer.send(p, l.name, at)
	}
}

// narrow keeps the room for G.722 of those legs alone that have it.
func (l *leg) narrow(p packet) packet {
	if l.wide == nil {
		l.wide = &narrower{band: newLowBand()}
	}
	return l.wide.narrow(p)
}

// send passes a packet of a leg on to this leg's party, or to its mixer. The payload
// is A-law and is not changed.
func (l *leg) send(p packet, source uint64, at moment) {
	l.mu.Lock()
	if l.mix != nil {
		l.mix.add(p, source)
		l.mu.Unlock()
		return
	}
	t := l.transport
	l.mu.Unlock()
	if e := l.endAt(t); e != nil {
		e.audio(p, source, at)
	}
}

// end is where the leg's party is reached now; nil: nowhere.
func (l *leg) end() end {
	l.mu.Lock()
	t := l.transport
	l.mu.Unlock()
	return l.endAt(t)
}

func (l *leg) endAt(t *transport) end {
	if l.trunk != nil {
		return l.trunk
	}
	if t == nil || t.leg.Load() != l {
		return nil
	}
	return t
}

// tick sends what is due in this frame: keys before prompts, which wait meanwhile, and
// before what others say, which does not.
// It returns the id of a play that has ended.
func (l *leg) tick(at moment) (done string, ended bool) {
	var sound packet
	var source uint64
	var key keyPacket
	var isKey, isSound bool
	l.mu.Lock()
	if l.keys.active() {
		key, isKey = l.keys.next()
	} else if l.mix != nil {
		sound, isSound, source = l.mix.packet(), true, l.mix.source
	} else if pl := l.player; pl != nil {
		if sound, ended = pl.next(); ended {
			done, l.player = pl.id, nil
			l.settle()
		} else {
			isSound, source = true, pl.source
		}
	}
	l.plays.Store(l.player != nil || l.mix != nil || l.keys.active())
	t := l.transport
	l.mu.Unlock()
	if e := l.endAt(t); e != nil {
		switch {
		case isKey:
			e.event(key, at)
		case isSound:
			e.audio(sound, source, at)
		}
	}
	return done, ended
}

func (l *leg) silentFor(now time.Time) time.Duration {
	if l.trunk.held() {
		return 0
	}
	return now.Sub(l.heardAt())
}

func (l *leg) heardAt() time.Time { return time.Unix(0, l.lastIn.Load()) }

// packetsOut is how many packets the leg's party was sent.
func (l *leg) packetsOut() uint64 {
	if l.trunk != nil {
		return l.trunk.packets()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.transport == nil {
		return l.sent
	}
	return l.sent + l.transport.packets() - l.sentBefore
}

// ride changes the transport that an agent's leg is on, and gives the one before. The
// lock is held.
func (l *leg) ride(t *transport) (old *transport) {
	old = l.transport
	if old == t {
		return old
	}
	if old != nil {
		l.sent += old.packets() - l.sentBefore
	}
	if t != nil {
		l.sentBefore = t.packets()
	}
	l.transport = t
	return old
}

func (l *leg) close() {
	l.s.carrier.remove(l)
	if l.trunk != nil && l.trunk.ownControl != nil {
		_ = l.trunk.ownControl.Close() // ends readControl
	}
	l.mu.Lock()
	t := l.ride(nil)
	l.rec = nil
	l.mu.Unlock()
	if t != nil {
		t.detach(l)
	}
}
