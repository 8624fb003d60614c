package main

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"hotline12345/callcenter"
	"hotline12345/callcenter/callpg"
	"hotline12345/configs"
	"hotline12345/ticket/feedback"
)

// TestTellingHours: a demonstration calls at night too, unless it was told when.
func TestTellingHours(t *testing.T) {
	config := configs.Defaults()
	if got := tellingHours(config, false); got != (feedback.Hours{From: 8 * time.Hour, To: 21 * time.Hour}) {
		t.Errorf("by default %+v", got)
	}
	if got := tellingHours(config, true); got != (feedback.Hours{To: 24 * time.Hour}) {
		t.Errorf("a demonstration %+v", got)
	}
	config.Telling.Hours.To = 20 * time.Hour
	if got := tellingHours(config, true); got != (feedback.Hours{From: 8 * time.Hour, To: 20 * time.Hour}) {
		t.Errorf("a demonstration with hours %+v", got)
	}
}

// TestWhyACallToldNothing: each end of a result call in the words of a ticket's attempts.
func TestWhyACallToldNothing(t *testing.T) {
	for _, c := range []struct {
		outcome callcenter.Outcome
		reason  callcenter.EndReason
		want    string
	}{
		{callcenter.Outcome{}, callcenter.EndNoAnswer, "noAnswer"},
		{callcenter.Outcome{}, callcenter.EndBusy, "busy"},
		{callcenter.Outcome{}, callcenter.EndRejected, "busy"},
		{callcenter.Outcome{}, callcenter.EndUnreachable, "unreachable"},
		{callcenter.Outcome{}, callcenter.EndNodeLost, "failed"},
		{callcenter.Outcome{Reachable: true}, callcenter.EndCallerHangUp, "failed"},
		{callcenter.Outcome{Reachable: true, Machine: true}, callcenter.EndNoKeys, "noAnswer"},
	} {
		if got := failureOf(c.outcome, c.reason); got != c.want {
			t.Errorf("%+v, %s: %q, want %q", c.outcome, c.reason, got, c.want)
		}
	}
}

func TestStoreErrorsHaveTheEdgesCodes(t *testing.T) {
	for err, want := range map[error]string{callpg.ErrNotFound: "not-found", callpg.ErrTaken: "taken", callpg.ErrCursor: "bad-cursor", callpg.ErrNumber: "bad-number"} {
		code, ok := errors.AsType[interface {
			error
			ErrorCode() string
		}](coded(err))
		if !ok || code.ErrorCode() != want {
			t.Errorf("%v became %v, want code %s", err, coded(err), want)
		}
	}
	if plain := errors.New("the disk is full"); !errors.Is(coded(plain), plain) {
		t.Error("another error was changed")
	}
}

// TestLimitsOfCalls: configured times reach the calls, and a machine's call ends sooner.
func TestLimitsOfCalls(t *testing.T) {
	c := configs.Defaults().Calls
	c.Notice, c.MaxWait = false, 90*time.Second
	l := limitsOf(c)
	want := callcenter.Limits{
		OfferSeconds: 20, MaxWaitSeconds: 90, AgentLostSeconds: 30, DialSeconds: 45, KeySeconds: 8, MaxKeyTries: 3,
		MaxCallSeconds: 4 * 60 * 60, PauseSeconds: 120, NoNotice: true,
	}
	if l != want {
		t.Errorf("got %+v, want %+v", l, want)
	}
	if r := resultLimits(c); r.MaxCallSeconds != 40*60 {
		t.Errorf("a result call may last %d s", r.MaxCallSeconds)
	}
}

// TestTheMasterKeyIsMadeOnce and a damaged one is named, not replaced: data written
// with the right one would be lost.
func TestTheMasterKeyIsMadeOnce(t *testing.T) {
	config := configs.Defaults()
	config.DataDir = t.TempDir()
	first, err := openKeys(config)
	if err != nil {
		t.Fatal(err)
	}
	again, err := openKeys(config)
	if err != nil {
		t.Fatal(err)
	}
	sealed := first.Seal([]byte("13800001000"), "here")
	if plain, err := again.Open(sealed, "here"); err != nil || string(plain) != "13800001000" {
		t.Errorf("the second start reads %q, %v", plain, err)
	}
	config.MasterKey = "not base64"
	if _, err := openKeys(config); err == nil {
		t.Error("a damaged key was taken")
	}
	if _, err := masterFile(filepath.Join(config.DataDir, "lock", "x")); err != nil {
		t.Errorf("a key in a new directory: %v", err)
	}
}
