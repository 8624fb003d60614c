package identity

import "time"

// LoginPolicy bounds guessing. Somebody who knows a login must not be able to lock its owner
// out of a service that answers day and night: the narrow bound is for one login from
// one address, the wider ones are for guesses spread over addresses or over logins. Behind
// one address may sit a whole hall of agents.
type LoginPolicy struct {
	Window     time.Duration // failures older than this do not count
	PerPair    int           // failures of one login from one address
	PerLogin   int           // failures of one login from all addresses
	PerAddress int           // failures of all logins from one address
}

// DefaultLoginPolicy allows an hour of guessing about 20 tries at one login.
var DefaultLoginPolicy = LoginPolicy{Window: 15 * time.Minute, PerPair: 5, PerLogin: 50, PerAddress: 60}

// Failures of the past, counted inside the window, with the oldest of each count.
type Failures struct {
	Pair, Login, Address                   int
	OldestPair, OldestLogin, OldestAddress time.Time
}

// Blocked tells how long signing in is still refused; 0: it is not. The wait ends when the
// oldest failure that counts leaves the window.
func (p LoginPolicy) Blocked(f Failures, now time.Time) time.Duration {
	var wait time.Duration
	for _, c := range []struct {
		n, most int
		oldest  time.Time
	}{{f.Pair, p.PerPair, f.OldestPair}, {f.Login, p.PerLogin, f.OldestLogin}, {f.Address, p.PerAddress, f.OldestAddress}} {
		if c.n >= c.most {
			wait = max(wait, c.oldest.Add(p.Window).Sub(now), time.Second)
		}
	}
	return wait
}
