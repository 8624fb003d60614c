package main

import (
	"bytes"
	"encoding/binary"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

// TestConsumer plays the hotline as the protocol's description has it. That the hotline
// itself is understood, package callcenter/fork tests.
func TestConsumer(t *testing.T) {
	dir := t.TempDir()
	var said bytes.Buffer
	done := make(chan struct{})
	c := &consumer{dir: dir, token: "secret", out: &said}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(done)
		c.ServeHTTP(w, r)
	}))
	defer server.Close()
	conn, _, err := websocket.Dial(t.Context(), server.URL, &websocket.DialOptions{
		Subprotocols: []string{protocol}, HTTPHeader: http.Header{"Authorization": {"Bearer secret"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	say := func(text string) {
		t.Helper()
		if err := conn.Write(t.Context(), websocket.MessageText, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	sound := func(track byte, sequence, sample uint32, samples ...int16) {
		t.Helper()
		b := []byte{1, track, 0, 7}
		b = binary.BigEndian.AppendUint32(b, sequence)
		b = binary.BigEndian.AppendUint32(b, sample)
		for _, v := range samples {
			b = binary.LittleEndian.AppendUint16(b, uint16(v))
		}
		if err := conn.Write(t.Context(), websocket.MessageBinary, b); err != nil {
			t.Fatal(err)
		}
	}
	say(`{"type":"start","version":1,"call":"c-1","encoding":"linear16","rate":8000,"connection":1,"more":true}`)
	say(`{"type":"segment","segment":7,"kind":"talk","left":"caller","right":["agent"]}`)
	sound(0, 0, 0, 1, -2)
	sound(1, 1, 0, 3, 4)
	say(`{"type":"dropped","ms":100,"totalMs":100}`)
	sound(0, 4, 4, 5)
	sound(1, 5, 4, 6)
	say(`{"type":"later","than":"us"}`)
	say(`{"type":"segment-end","segment":7}`)
	say(`{"type":"stop","reason":"ended"}`)
	if err := conn.Close(websocket.StatusNormalClosure, ""); err != nil {
		t.Fatal(err)
	}
	<-done
	for side, want := range map[string][]int16{"left": {1, -2, 0, 0, 5}, "right": {3, 4, 0, 0, 6}} {
		b, err := os.ReadFile(filepath.Join(dir, "c-1-7-1-"+side+".wav"))
		if err != nil {
			t.Fatal(err)
		}
		var samples []byte
		for _, v := range want {
			samples = binary.LittleEndian.AppendUint16(samples, uint16(v))
		}
		if len(b) != wavHeader+10 || !bytes.Equal(b[wavHeader:], samples) || string(b[:4]) != "RIFF" || binary.LittleEndian.Uint32(b[40:]) != 10 {
			t.Errorf("%s: % x", side, b)
		}
	}
	if !strings.Contains(said.String(), "c-1 2 messages are missing") || strings.Contains(said.String(), "breaks off") {
		t.Errorf("said\n%s", said.String())
	}
}

func TestWhoIsRefused(t *testing.T) {
	server := httptest.NewServer(&consumer{dir: t.TempDir(), token: "secret", out: new(bytes.Buffer)})
	defer server.Close()
	if _, resp, err := websocket.Dial(t.Context(), server.URL, &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer other"}}}); err == nil || resp.StatusCode != http.StatusUnauthorized {
		t.Fatalf("a wrong token: %v", err)
	}
	for _, text := range []string{
		`{"type":"start","version":2,"call":"c","encoding":"linear16","rate":8000}`, `{"type":"start","version":1,"call":"../c","encoding":"linear16","rate":8000}`,
		`{"type":"start","version":1,"call":"c","encoding":"pcma","rate":8000}`, `{`,
	} {
		conn, _, err := websocket.Dial(t.Context(), server.URL, &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer secret"}}})
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.Write(t.Context(), websocket.MessageText, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if _, _, err := conn.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusUnsupportedData {
			t.Errorf("%s: %v", text, err)
		}
	}
	if err := serve(t.Context(), "127.0.0.1:0", "", "", &consumer{}); err == nil {
		t.Error("it serves without a token")
	}
}
