package main

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"hotline12345/callcenter/callpg"
	"hotline12345/callcenter/engine"
	"hotline12345/configs"
	"hotline12345/deploy/pgtest"
	"hotline12345/deploy/s3test"
	"hotline12345/media"
	"hotline12345/privacy"
	"hotline12345/web"
)

// TestARecordingIsHeardFromTheStore: made by media, indexed, sent away, heard; held, kept;
// let go, purged.
func TestARecordingIsHeardFromTheStore(t *testing.T) {
	keys, err := privacy.New(bytes.Repeat([]byte{7}, privacy.MasterSize))
	if err != nil {
		t.Fatal(err)
	}
	store, s3 := callpg.New(pgtest.New(t), keys), s3test.New(t)
	config := configs.Defaults()
	config.DataDir = t.TempDir()
	config.Archive.KeepDays = 1
	config.S3 = configs.S3{
		Endpoint: s3.Endpoint(), Region: "us-east-1", Bucket: s3test.Bucket, AccessKey: s3test.AccessKey, SecretKey: s3test.SecretKey,
	}
	sound, info := recorded(t, recordingsDir(config))
	recordings, err := newArchive(config, store, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	calls := callsWeb{store: store, media: sound, archive: recordings}
	row := engine.RecordingRow{
		Node: config.Node, Call: "call", Segment: 1, Path: info.Path, StartedAt: time.Now().UTC().Add(-48 * time.Hour),
		Millis: info.Duration.Milliseconds(), Bytes: info.Bytes, SHA256: info.SHA256, Complete: true,
	}
	if err := store.WriteRecording(t.Context(), row); err != nil {
		t.Fatal(err)
	}
	if err := calls.PlaceHold(t.Context(), "call", web.Hold{Reason: "x", By: "s", At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	listen := func() ([]byte, error) {
		s, err := calls.OpenSound(t.Context(), "call", 1)
		if err != nil {
			return nil, err
		}
		defer s.Close()
		return io.ReadAll(s)
	}
	before, err := listen()
	if err != nil || len(before) < 44 || string(before[:4]) != "RIFF" {
		t.Fatalf("from the disk: %d bytes, %v", len(before), err)
	}
	if err := recordings.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(recordingsDir(config), info.Path)); !os.IsNotExist(err) {
		t.Fatalf("it is still on the disk: %v", err)
	}
	if after, err := listen(); err != nil || !bytes.Equal(after, before) {
		t.Fatalf("from the store: %d bytes of %d, %v", len(after), len(before), err)
	}
	if err := calls.LiftHold(t.Context(), "call"); err != nil {
		t.Fatal(err)
	}
	config.S3 = configs.S3{}
	without, err := newArchive(config, store, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := without.Look(t.Context()); err != nil || without.Broken() != 1 {
		t.Fatalf("without the store it lies in: %d broken, %v", without.Broken(), err)
	}
	if err := recordings.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := listen(); fmt.Sprint(err) != fmt.Sprint(web.Refuse("purged")) {
		t.Errorf("purged, and then: %v", err)
	}
}

// recorded is a recording of two silent phones.
func recorded(t *testing.T, dir string) (*media.Server, media.RecordingInfo) {
	t.Helper()
	s, err := media.New(media.Options{
		ICEAddr: "127.0.0.1:0", Prompts: func(string) ([]byte, error) { return []byte{0xd5}, nil }, RecordingsDir: dir, RecordingKey: make([]byte, 32),
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	for _, leg := range []string{"caller", "agent"} {
		offer := "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 8\r\n"
		if _, err := s.OpenTrunkLeg(leg, []byte(offer)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.StartRecording(media.Recording{Call: "call", Segment: 1, Left: "caller", Others: []string{"agent"}}); err != nil {
		t.Fatal(err)
	}
	info, err := s.StopRecording("call", 1)
	if err != nil {
		t.Fatal(err)
	}
	return s, info
}
