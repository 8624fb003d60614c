package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"

	"hotline12345/configs"
)

// Limits of the public listeners. There is no write time-out: sockets and sound last;
// package web bounds every other request.
const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	maxHeader     = 64 << 10
	shutdownLimit = 5 * time.Second
)

// server is one public listener.
type server struct {
	http     *http.Server
	listener net.Listener
	scheme   string
}

// listen opens the HTTP port, and the HTTPS port when there is a certificate.
func listen(ctx context.Context, config configs.Config, handler http.Handler, log *slog.Logger) ([]*server, error) {
	plain, err := newServer(ctx, "http", "HOTLINE_HTTP_ADDR", config.HTTP.Addr, nil, handler, log)
	if err != nil || !config.HTTPS.On() {
		return []*server{plain}, err
	}
	certificate, err := newCertificate(config.HTTPS.Cert, config.HTTPS.Key, log)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("https.cert: %w", err), plain.listener.Close())
	}
	secure, err := newServer(ctx, "https", "HOTLINE_HTTPS_ADDR", config.HTTPS.Addr,
		&tls.Config{
			GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return certificate.get() },
			MinVersion:     tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
		}, handler, log)
	if err != nil {
		return nil, errors.Join(err, plain.listener.Close())
	}
	return []*server{plain, secure}, nil
}

func newServer(ctx context.Context, scheme, variable, addr string, secure *tls.Config, handler http.Handler, log *slog.Logger) (*server, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, portFault(scheme, err, variable)
	}
	if secure != nil {
		listener = tls.NewListener(listener, secure)
	}
	return &server{scheme: scheme, listener: listener, http: &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}}, nil
}

// portFault says which variable gives another address when a port could not be opened.
func portFault(what string, err error, variable string) error {
	var port *net.OpError
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%s: %w: is another hotline running? give this one another address by %s", what, err, variable)
	case errors.As(err, &port):
		return fmt.Errorf("%s: %w: correct %s", what, err, variable)
	}
	return fmt.Errorf("%s: %w", what, err)
}

func (s *server) start() {
	go func() { _ = s.http.Serve(s.listener) }() // ends by stop
}

// stop lets running requests end, then cuts what is left: sound that is still listened to.
func (s *server) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, shutdownLimit)
	defer cancel()
	if err := s.http.Shutdown(ctx); err != nil {
		return s.http.Close()
	}
	return nil
}

// url is where a browser on this machine finds the server. Browsers give a page the
// microphone on localhost and over HTTPS only.
func (s *server) url() string {
	host, port, err := net.SplitHostPort(s.listener.Addr().String())
	if err != nil {
		return ""
	}
	if ip := net.ParseIP(host); ip != nil && (ip.IsUnspecified() || ip.IsLoopback()) {
		host = "localhost"
	}
	return s.scheme + "://" + net.JoinHostPort(host, port)
}
