package fork

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"
)

const (
	dialLimit  = 10 * time.Second
	writeLimit = 10 * time.Second // one message
	pingEvery  = 10 * time.Second
	maxMessage = 64 << 10 // of the consumer's
	// steady is how long a connection lasts that is no failure of the ones before.
	steady = time.Minute
)

// pauseBefore a try, the first one being 1: 0.5 s, doubling up to 16 s.
func pauseBefore(try int) time.Duration { return 250 * time.Millisecond << min(try, 6) }

// run sends until the call is over or the consumer does not want it.
func (f *stream) run(ctx context.Context) {
	defer f.cancel()
	try := 0
	for n := 1; ; n++ {
		began := time.Now()
		err := f.connect(ctx, n)
		if err == nil || ctx.Err() != nil {
			return
		}
		f.s.broken.Add(1)
		if time.Since(began) > steady {
			try = 0
		}
		try++
		f.log.Warn("a call's sound is not taken", "connection", n, "error", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(pauseBefore(try)):
		}
	}
}

// errProtocol: the consumer is something else.
var errProtocol = fmt.Errorf("fork: the consumer does not speak %s", Protocol)

// connect sends over one connection. nil: there is nothing more to send.
func (f *stream) connect(ctx context.Context, n int) error {
	dial, stop := context.WithTimeout(ctx, dialLimit)
	defer stop()
	header := http.Header{"X-Hotline-Call": {string(f.start.Call)}}
	if f.s.o.Token != "" {
		header.Set("Authorization", "Bearer "+f.s.o.Token)
	}
	conn, _, err := websocket.Dial(dial, f.s.o.URL, &websocket.DialOptions{ //nolint:bodyclose // the library closes it
		HTTPClient: f.s.client, HTTPHeader: header, Subprotocols: []string{Protocol},
	})
	if err != nil {
		return fmt.Errorf("fork: dial: %w", err)
	}
	defer func() { _ = conn.CloseNow() }() // it may be closed already
	if conn.Subprotocol() != Protocol {
		return errProtocol
	}
	f.s.connected.Add(1)
	defer f.s.connected.Add(-1)
	conn.SetReadLimit(maxMessage)
	open, closed := context.WithCancel(ctx)
	var with sync.WaitGroup
	defer with.Wait()
	defer closed()
	var gone error // why reading ended
	with.Go(func() {
		defer closed()
		gone = discard(open, conn)
	})
	with.Go(func() {
		defer closed()
		keepAlive(open, conn)
	})
	if err = f.write(open, conn, n); errors.Is(err, errOver) {
		_ = conn.Close(websocket.StatusNormalClosure, "") // all is sent, however it takes leave
		return nil
	}
	closed()
	with.Wait()
	if websocket.CloseStatus(gone) == websocket.StatusNormalClosure {
		f.log.Info("the consumer does not want more of a call")
		return nil
	}
	return errors.Join(err, gone)
}

// discard reads what the consumer says, so that its pongs and its close are heard.
func discard(ctx context.Context, conn *websocket.Conn) error {
	for {
		_, r, err := conn.Reader(ctx)
		if err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, r); err != nil {
			return err
		}
	}
}

// keepAlive returns when the consumer answers no more.
func keepAlive(ctx context.Context, conn *websocket.Conn) {
	ticker := time.NewTicker(pingEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		limited, stop := context.WithTimeout(ctx, pingEvery)
		err := conn.Ping(limited)
		stop()
		if err != nil {
			return
		}
	}
}

// write sends what there is, and errOver in the end.
func (f *stream) write(ctx context.Context, conn *websocket.Conn, n int) error {
	start := f.start
	start.Connection = n
	if err := say(ctx, conn, start); err != nil {
		return err
	}
	if f.segment != nil {
		if err := say(ctx, conn, *f.segment); err != nil {
			return err
		}
	}
	for {
		item, err := f.next(ctx)
		if err != nil {
			return err
		}
		if sound, ok := item.(stretch); ok {
			err = f.play(ctx, conn, sound)
		} else {
			f.follow(item)
			err = say(ctx, conn, item)
		}
		if err != nil {
			return err
		}
	}
}

// follow remembers what a next connection begins with. What is lost with this one, the
// next one's segment message says.
func (f *stream) follow(message any) {
	switch m := message.(type) {
	case segmentMessage:
		f.segment = &m
	case pauseMessage:
		if f.segment != nil {
			f.segment.Paused = m.Paused
		}
	case segmentEndMessage:
		f.segment = nil
	}
}

// play sends both tracks of a stretch.
func (f *stream) play(ctx context.Context, conn *websocket.Conn, s stretch) error {
	for track := range 2 {
		f.room = s.appendTrack(f.room[:0], track, f.s.o.Encoding)
		if err := send(ctx, conn, websocket.MessageBinary, f.room); err != nil {
			f.missed(s)
			return err
		}
	}
	return nil
}

func say(ctx context.Context, conn *websocket.Conn, message any) error {
	text, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("fork: %w", err)
	}
	return send(ctx, conn, websocket.MessageText, text)
}

func send(ctx context.Context, conn *websocket.Conn, kind websocket.MessageType, b []byte) error {
	limited, stop := context.WithTimeout(ctx, writeLimit)
	defer stop()
	if err := conn.Write(limited, kind, b); err != nil {
		return fmt.Errorf("fork: send: %w", err)
	}
	return nil
}
