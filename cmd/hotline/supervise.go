package main

import (
	"context"
	"fmt"
	"time"

	"hotline12345/callcenter"
	"hotline12345/identity/identitypg"
)

// logWatch writes into the access log how long a supervisor was in a call, in which
// mode and over whom; what she was let do was written before (package web).
func logWatch(accounts *identitypg.Store) func(context.Context, callcenter.CallID, callcenter.LogWatch) error {
	return func(ctx context.Context, call callcenter.CallID, w callcenter.LogWatch) error {
		seconds := int(w.Until.Sub(w.Since).Round(time.Second) / time.Second)
		return accounts.LogAccess(ctx, string(w.Agent), "call.watched", string(call), fmt.Sprintf("%s %ds over %s", w.Mode, seconds, w.Over))
	}
}
