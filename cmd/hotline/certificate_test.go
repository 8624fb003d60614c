package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// writeCertificate makes a self-signed pair for a name; stamp is its files' time.
func writeCertificate(t *testing.T, dir, name string, stamp time.Time) (cert, key string) {
	t.Helper()
	pair, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{name}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &pair.PublicKey, pair)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(pair)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, stamp, stamp); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// A renewed certificate is taken within the check's time; one that cannot be read is not.
func TestCertificateIsReadAgain(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	cert, key := writeCertificate(t, dir, "first.test", now)
	c, err := newCertificate(cert, key, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	c.now = func() time.Time { return now }
	shows := func(want string) {
		t.Helper()
		pair, err := c.get()
		if err != nil {
			t.Fatal(err)
		}
		if got := pair.Leaf.DNSNames[0]; got != want {
			t.Errorf("shows %s, want %s", got, want)
		}
	}
	shows("first.test")
	writeCertificate(t, dir, "second.test", now.Add(time.Second))
	shows("first.test") // looked at a moment ago
	now = now.Add(2 * checkEvery)
	shows("second.test")
	if err := os.WriteFile(cert, []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	now = now.Add(2 * checkEvery)
	shows("second.test")
	if _, err := newCertificate(cert, key, c.log); err == nil {
		t.Error("a broken file is no certificate")
	}
}
