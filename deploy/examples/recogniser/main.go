// Command recogniser is a consumer of the hotline's live sound (package callcenter/fork),
// to begin an own one from. It writes what it hears into WAV files, 16 bits at 8 kHz, one
// for each side of each segment, and what it is told to standard output:
//
//	RECOGNISER_TOKEN=secret recogniser -listen 127.0.0.1:9800 -dir /tmp/heard
//	HOTLINE_FORK_URL=ws://127.0.0.1:9800/ HOTLINE_FORK_TOKEN=secret HOTLINE_FORK_ALLOW=[127.0.0.0/8] \
//	    HOTLINE_FORK_QUEUES=[main] hotline serve
//
// A recogniser takes the samples where file.put does, and says when it has heard enough of
// a call by closing the connection with 1000.
package main

import (
	"cmp"
	"context"
	"crypto/subtle"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/coder/websocket"
)

const (
	protocol   = "hotline.fork.v1"
	headerSize = 12
	maxMessage = 64 << 10
)

func main() {
	address := flag.String("listen", "127.0.0.1:9800", "where the hotline connects to")
	dir := flag.String("dir", ".", "where the WAV files go")
	cert := flag.String("cert", "", "PEM file; with -key: TLS")
	key := flag.String("key", "", "PEM file")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, *address, *cert, *key, &consumer{dir: *dir, token: os.Getenv("RECOGNISER_TOKEN"), out: os.Stdout}); err != nil {
		log.Fatal(err)
	}
}

func serve(ctx context.Context, address, cert, key string, c *consumer) error {
	if c.token == "" {
		return errors.New("RECOGNISER_TOKEN must be the hotline's fork.token")
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: c, ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	context.AfterFunc(ctx, func() { _ = server.Close() }) // calls go on without us
	c.say("listening on " + listener.Addr().String())
	if cert != "" {
		err = server.ServeTLS(listener, cert, key)
	} else {
		err = server.Serve(listener)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// consumer takes the hotline's connections, one for each call.
type consumer struct {
	dir, token string

	mu  sync.Mutex // guards out
	out io.Writer
}

func (c *consumer) say(line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = io.WriteString(c.out, line+"\n") // nobody may listen
}

// ServeHTTP takes one call. Who does not show the token gets nothing.
func (c *consumer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	shown, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if subtle.ConstantTimeCompare([]byte(shown), []byte(c.token)) != 1 {
		http.Error(w, "the token is not ours", http.StatusUnauthorized)
		return
	}
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{protocol}})
	if err != nil {
		c.say("refused: " + err.Error())
		return
	}
	defer func() { _ = conn.CloseNow() }() // it may be closed already
	conn.SetReadLimit(maxMessage)
	call := &call{c: c}
	err = call.listen(r.Context(), conn)
	err = errors.Join(err, call.close())
	if err != nil && websocket.CloseStatus(err) != websocket.StatusNormalClosure {
		c.say("a call breaks off: " + err.Error())
	}
}

// message is any text message; which fields it has, its type says.
type message struct {
	Type       string   `json:"type"`
	Version    int      `json:"version"`
	Call       string   `json:"call"`
	Encoding   string   `json:"encoding"`
	Rate       int      `json:"rate"`
	Connection int      `json:"connection"`
	Segment    int      `json:"segment"`
	Kind       string   `json:"kind"`
	Left       string   `json:"left"`
	Right      []string `json:"right"`
}

// call is one connection.
type call struct {
	c     *consumer
	start message
	files [2]*file // of the open segment: left and right
	next  uint32   // sequence that is expected
}

func (k *call) listen(ctx context.Context, conn *websocket.Conn) error {
	for {
		kind, b, err := conn.Read(ctx)
		if err != nil {
			return err
		}
		if kind == websocket.MessageText {
			err = k.text(b)
		} else {
			err = k.sound(b)
		}
		if err != nil {
			return errors.Join(err, conn.Close(websocket.StatusUnsupportedData, "not understood"))
		}
	}
}

var plainName = regexp.MustCompile(`^[0-9A-Za-z-]{1,64}$`)

func (k *call) text(b []byte) error {
	var m message
	if err := json.Unmarshal(b, &m); err != nil {
		return fmt.Errorf("a message: %w", err)
	}
	k.c.say(cmp.Or(k.start.Call, m.Call) + " " + string(b))
	switch m.Type {
	case "start":
		if m.Version != 1 || m.Encoding != "linear16" || m.Rate != 8000 || !plainName.MatchString(m.Call) {
			return fmt.Errorf("version 1 and linear16 at 8000 are understood here, not %s", b)
		}
		k.start = m
	case "segment":
		if err := k.close(); err != nil {
			return err
		}
		for i, side := range []string{"left", "right"} {
			var err error
			name := fmt.Sprintf("%s/%s-%d-%d-%s.wav", k.c.dir, k.start.Call, m.Segment, k.start.Connection, side)
			if k.files[i], err = create(name); err != nil {
				return err
			}
		}
	case "segment-end", "stop":
		return k.close()
	}
	return nil // what is not known is left alone: there may be more in later versions
}

// sound is 100 ms of one side.
func (k *call) sound(b []byte) error {
	if len(b) < headerSize || b[0] != 1 || b[1] > 1 {
		return errors.New("a binary message without a header of version 1")
	}
	sequence := binary.BigEndian.Uint32(b[4:])
	if lost := sequence - k.next; lost != 0 && k.start.Connection == 1 {
		k.c.say(fmt.Sprintf("%s %d messages are missing", k.start.Call, lost))
	}
	k.next = sequence + 1
	f := k.files[b[1]]
	if f == nil {
		return errors.New("sound without a segment")
	}
	return f.put(int64(binary.BigEndian.Uint32(b[8:])), b[headerSize:])
}

func (k *call) close() error {
	var errs []error
	for i, f := range k.files {
		if f != nil {
			errs = append(errs, f.close())
		}
		k.files[i] = nil
	}
	return errors.Join(errs...)
}
