package fork

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"hotline12345/callcenter"
	"hotline12345/media"
)

// TestWhatAConsumerGets over TLS: who calls, what is said on which side, and the end.
func TestWhatAConsumerGets(t *testing.T) {
	h := &heard{}
	c := newConsumer(t, func(_ int, conn *websocket.Conn) { h.toTheEnd(t, conn) })
	s := c.service(nil)
	f := open(t, s)
	sound := f.Segment(segment(3))
	sound.Sound(800, steadySound(1700, 0xaa, 0x2a)) // in the middle of a segment, and in one piece
	f.Pause(3, true)
	sound.Sound(2500, steadySound(800, 0xd5, 0xd5))
	f.EndSegment(3)
	f.Close("ended")
	sound.Sound(3300, steadySound(800, 0, 0)) // after the end
	if !f.Ended() {
		t.Error("it goes on")
	}
	stop(t, s)
	c.conns.Wait()
	header := c.headers[0]
	if header.Get("Authorization") != "Bearer secret" || header.Get("X-Hotline-Call") != string(talk.ID) {
		t.Errorf("%v", header)
	}
	want := []string{
		`{"call":"01936f4e-0000-7000-8000-000000000001","connection":1,"encoding":"linear16","kind":"inbound","language":"ug","queue":"main","rate":8000,"type":"start","version":1}`,
		`{"agent":"agent1","at":"2026-03-02T09:00:00Z","kind":"talk","left":"caller","paused":false,"right":["agent"],"segment":3,"type":"segment"}`,
		`{"paused":true,"segment":3,"type":"pause"}`, `{"segment":3,"type":"segment-end"}`, `{"reason":"ended","type":"stop"}`,
	}
	for i, text := range h.texts {
		if got, _ := json.Marshal(text); i >= len(want) || string(got) != want[i] {
			t.Errorf("message %d: %s", i, got)
		}
	}
	if len(h.texts) != len(want) || !slices.Equal(h.sequence, []uint32{0, 1, 2, 3, 4, 5, 6, 7}) || h.next != [2]uint32{3300, 3300} {
		t.Errorf("%s; %v; up to %v", h.types(), h.sequence, h.next)
	}
	for track, code := range []byte{0xaa, 0x2a} {
		loud := media.ExpandALaw(code)
		samples := h.tracks[track]
		if len(samples) != 2500 || slices.ContainsFunc(samples[:1700], func(v int16) bool { return v != loud }) || samples[1700] != media.ExpandALaw(0xd5) {
			t.Errorf("track %d: %d samples", track, len(samples))
		}
	}
	if got := s.Figures(); got != (Figures{Opened: 1}) {
		t.Errorf("%+v", got)
	}
}

// TestASlowConsumer never holds up who speaks, nor another call; what it misses it is told.
func TestASlowConsumer(t *testing.T) {
	var slow, quick heard
	release := make(chan struct{})
	c := newConsumer(t, func(_ int, conn *websocket.Conn) {
		var first heard
		if err := first.read(conn, typed("start")); err != nil {
			t.Error(err)
		}
		if first.texts[0]["call"] == string(talk.ID) {
			<-release
			slow.toTheEnd(t, conn)
			return
		}
		quick.toTheEnd(t, conn)
	})
	s := c.service(func(o *Options) { o.Buffer = 2 * time.Second })
	f := open(t, s)
	other := talk
	other.ID = "01936f4e-0000-7000-8000-000000000002"
	g, _ := s.Open(other)
	slowSound, quickSound := f.Segment(segment(1)), g.Segment(segment(1))
	const stretches = 6000 // ten minutes: more than the sockets' buffers hold
	stereo := steadySound(800, 1, 2)
	longest := time.Duration(0)
	for i := range stretches {
		before := time.Now()
		slowSound.Sound(i*800, stereo)
		longest = max(longest, time.Since(before))
	}
	if longest > time.Second {
		t.Errorf("the call waited for %v", longest)
	}
	for i := range 15 { // within its buffer
		quickSound.Sound(i*800, stereo)
	}
	g.Close("ended")
	until(t, "the other call is heard", func() bool {
		quick.mu.Lock()
		defer quick.mu.Unlock()
		return len(quick.tracks[1]) == 15*800 && len(quick.texts) > 0 && quick.texts[len(quick.texts)-1]["type"] == "stop"
	})
	dropped := s.Figures().DroppedMS
	if dropped == 0 {
		t.Fatal("nothing was dropped")
	}
	f.Close("ended")
	close(release)
	stop(t, s)
	c.conns.Wait()
	told := 0.0
	for _, text := range slow.texts {
		if text["type"] == "dropped" {
			told += text["ms"].(float64)
			if text["totalMs"].(float64) != told {
				t.Errorf("told %v ms of %v", told, text)
			}
		}
	}
	missing := 2*stretches - len(slow.sequence)
	if int64(told) != s.Figures().DroppedMS || missing*50 != int(told) || !slices.IsSorted(slow.sequence) {
		t.Errorf("told %v ms, counted %d, %d messages missing", told, s.Figures().DroppedMS, missing)
	}
	if last := slow.next[0]; last != stretches*800 {
		t.Errorf("the newest sound ends at %d", last)
	}
}

// TestABrokenConnection is made again: the next one says which call and segment it is.
func TestABrokenConnection(t *testing.T) {
	var first, second heard
	c := newConsumer(t, func(n int, conn *websocket.Conn) {
		if n == 1 {
			if err := first.read(conn, typed("pause")); err != nil {
				t.Error(err)
			}
			_ = conn.Close(websocket.StatusInternalError, "out of memory")
			return
		}
		second.toTheEnd(t, conn)
	})
	s := c.service(nil)
	f := open(t, s)
	sound := f.Segment(segment(1))
	sound.Sound(0, steadySound(800, 1, 2))
	f.Pause(1, true)
	until(t, "it is noticed", func() bool { return s.Figures().Broken == 1 })
	sound.Sound(800, steadySound(800, 1, 2))
	f.EndSegment(1)
	until(t, "the second half", func() bool { return strings.Contains(second.types(), "segment-end") })
	f.Close("ended")
	stop(t, s)
	c.conns.Wait()
	if got := second.types(); got != "start segment segment-end stop" {
		t.Errorf("told %s", got)
	}
	if second.texts[0]["connection"] != 2.0 || second.texts[1]["paused"] != true || !slices.Equal(second.sequence, []uint32{2, 3}) {
		t.Errorf("%v %v", second.texts, second.sequence)
	}
}

// TestNotWanted: a consumer that closes with 1000 has heard enough of the call.
func TestNotWanted(t *testing.T) {
	c := newConsumer(t, func(_ int, conn *websocket.Conn) {
		_ = new(heard).read(conn, typed("segment"))
		_ = conn.Close(websocket.StatusNormalClosure, "")
	})
	s := c.service(nil)
	f := open(t, s)
	f.Segment(segment(1)).Sound(0, steadySound(800, 1, 2))
	until(t, "the end", f.Ended)
	until(t, "nothing is open", func() bool { return s.Figures().Open == 0 })
	if got := s.Figures(); got.Broken != 0 {
		t.Errorf("%+v", got)
	}
	f.EndSegment(1) // the call does not know yet
	f.Close("ended")
}

// TestAnotherServer gets no sound: it must know the protocol.
func TestAnotherServer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer conn.CloseNow()
		if kind, _, err := conn.Read(context.Background()); err == nil {
			t.Errorf("it was sent a message of type %v", kind)
		}
	}))
	defer server.Close()
	s, err := New(Options{URL: strings.Replace(server.URL, "http", "ws", 1), Allow: loopback, Log: slog.New(slog.DiscardHandler)})
	ok(t, err)
	f := open(t, s)
	f.Segment(segment(1)).Sound(0, steadySound(800, 1, 2))
	until(t, "refused", func() bool { return s.Figures().Broken > 0 })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.Stop(ctx) // does not wait for what cannot be sent
	if _, there := s.Open(talk); there || s.Figures().Open != 0 {
		t.Error("it goes on after the end")
	}
}

func TestRoomAndQueues(t *testing.T) {
	h := &heard{}
	s := newConsumer(t, readAll(h)).service(func(o *Options) { o.Max, o.Queues = 1, []string{"main"} })
	f := open(t, s)
	if _, there := s.Open(talk); there || s.Figures().Refused != 1 {
		t.Error("one too many")
	}
	f.Close("ended")
	until(t, "room again", func() bool { return s.Figures().Open == 0 })
	open(t, s)
	all := Service{o: Options{Queues: []string{"*"}}}
	if !s.Wants("main") || s.Wants("night") || !all.Wants("night") || new(Service).Wants(callcenter.QueueID("main")) {
		t.Error("queues")
	}
}

func TestAddresses(t *testing.T) {
	for text, want := range map[string]bool{
		"wss://recogniser.example/calls": true, "wss://10.1.2.3/": false, "ws://recogniser.example/": false, "https://recogniser.example": false,
		"wss://user:word@recogniser.example/": false, "wss://": false, "wss://[::1]/": false, "recogniser": false, ":": false,
	} {
		if _, err := New(Options{URL: text}); (err == nil) != want {
			t.Errorf("%s: %v", text, err)
		}
	}
	for text, want := range map[string]bool{"ws://127.0.0.1:9800/": true, "ws://10.0.0.1/": false} {
		if _, err := New(Options{URL: text, Allow: loopback}); (err == nil) != want {
			t.Errorf("%s on the own network: %v", text, err)
		}
	}
}

func TestPCMA(t *testing.T) {
	got := stretch{segment: 258, sample: 800, sequence: 6, stereo: []byte{1, 2, 3, 4}}.appendTrack(nil, 1, PCMA)
	want := []byte{1, 1, 1, 2, 0, 0, 0, 7, 0, 0, 3, 32, 2, 4}
	if !slices.Equal(got, want) {
		t.Errorf("% x", got)
	}
}

func TestPauses(t *testing.T) {
	if pauseBefore(1) != 500*time.Millisecond || pauseBefore(2) != time.Second || pauseBefore(100) != 16*time.Second {
		t.Error(pauseBefore(1), pauseBefore(2), pauseBefore(100))
	}
}
