package main

import (
	"context"
	"crypto/md5" //nolint:gosec // RFC 2617 digest, as desk phones speak it
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// register signs a desk phone in, by digest (RFC 7616), for ten minutes.
func (st *station) register(ctx context.Context, user, password string) error {
	id, from := token(), token()
	authorization := ""
	for cseq := 1; cseq <= 2; cseq++ {
		answer, err := st.askOnce(ctx, id, fmt.Sprintf("REGISTER sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s;rport\r\nMax-Forwards: 70\r\n"+
			"From: <sip:%s@%s>;tag=%s\r\nTo: <sip:%s@%s>\r\nCall-ID: %s\r\nCSeq: %d REGISTER\r\nContact: <sip:%s@%s>\r\nExpires: 600\r\n%sContent-Length: 0\r\n\r\n",
			st.server, st.me, token(), user, st.server, from, user, st.server, id, cseq, user, st.me, authorization))
		if err != nil {
			return fmt.Errorf("register %s: %w", user, err)
		}
		lines := strings.Split(answer, "\r\n")
		switch {
		case strings.HasPrefix(lines[0], "SIP/2.0 200"):
			return nil
		case !strings.HasPrefix(lines[0], "SIP/2.0 401") || cseq == 2:
			return fmt.Errorf("register %s: %s", user, lines[0])
		}
		authorization = "Authorization: " + digest(header(lines, "WWW-Authenticate"), user, password, "REGISTER", "sip:"+st.server.String(), token()) + "\r\n"
	}
	return nil
}

// askOnce sends a request of no call until it is answered.
func (st *station) askOnce(ctx context.Context, id, message string) (string, error) {
	answer := make(chan string, 1)
	st.mu.Lock()
	st.asked[id] = answer
	st.mu.Unlock()
	for {
		st.send(message)
		select {
		case text := <-answer:
			return text, nil
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(sipT1):
		}
	}
}

// digest answers a challenge with qop=auth, by MD5 or SHA-256 as it says.
func digest(challenge, user, password, method, uri, cnonce string) string {
	param := func(name string) string {
		_, rest, _ := strings.Cut(challenge, name+"=")
		if quoted, ok := strings.CutPrefix(rest, `"`); ok {
			value, _, _ := strings.Cut(quoted, `"`)
			return value
		}
		value, _, _ := strings.Cut(rest, ",")
		return strings.TrimSpace(value)
	}
	algorithm := param("algorithm")
	hash := func(text string) string {
		if algorithm == "SHA-256" {
			sum := sha256.Sum256([]byte(text))
			return hex.EncodeToString(sum[:])
		}
		sum := md5.Sum([]byte(text)) //nolint:gosec // likewise
		return hex.EncodeToString(sum[:])
	}
	if algorithm == "" {
		algorithm = "MD5"
	}
	realm, nonce := param("realm"), param("nonce")
	response := hash(hash(user+":"+realm+":"+password) + ":" + nonce + ":00000001:" + cnonce + ":auth:" + hash(method+":"+uri))
	return fmt.Sprintf(`Digest username="%s", realm="%s", nonce="%s", uri="%s", response="%s", algorithm=%s, cnonce="%s", qop=auth, nc=00000001, opaque="%s"`,
		user, realm, nonce, uri, response, algorithm, cnonce, param("opaque"))
}
