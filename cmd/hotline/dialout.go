package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"hotline12345/callcenter"
	"hotline12345/callcenter/callpg"
	"hotline12345/callcenter/engine"
	"hotline12345/callcenter/softphone"
	"hotline12345/routing"
)

// lookUpLimit is how long an agent who dials waits for the task's number.
const lookUpLimit = 5 * time.Second

// callbackTasks is the call store as deskWithTasks needs it.
type callbackTasks interface {
	ClaimCallback(ctx context.Context, id string, by callcenter.AgentID, at time.Time) (callpg.Callback, error)
}

// callEntries is the call store's lists as deskWithTasks needs them.
type callEntries interface {
	DialEntry(ctx context.Context, agent callcenter.AgentID, id string, call callcenter.CallID, now time.Time) (callpg.Entry, error)
	UndialEntry(ctx context.Context, id string, call callcenter.CallID, now time.Time) error
}

// knownQueues are the queues as deskWithTasks needs them. They are asked in a call, so
// they answer from memory.
type knownQueues interface {
	HasQueue(id string) bool
	// Enter is the way of a call that is sent there now.
	Enter(id string) routing.Way
}

// directory is the outside numbers that have names.
type directory interface {
	DirectoryEntry(ctx context.Context, id string) (callpg.DirectoryEntry, error)
}

// deskWithTasks is the engine as pages use it, with what a page has only the names of: the
// numbers of callback tasks, call lists, tickets and the directory; and with the queues that
// there are.
type deskWithTasks struct {
	softphone.Desk
	tasks     callbackTasks
	lists     callEntries
	people    people
	queues    knownQueues
	directory directory
}

// resolve makes of a target what the engine knows. A queue that is not there (any more) is
// refused, and one that is closed now: nobody would be offered the call. The agent has the
// person on the line and chooses what to do instead, so no exit is taken over his head.
func (d deskWithTasks) resolve(target callcenter.Target) (callcenter.Target, error) {
	gone := &callcenter.Error{Code: callcenter.CodeBadTarget, State: callcenter.StateTalking}
	switch target.Kind {
	case callcenter.TransferQueue:
		if !d.queues.HasQueue(target.ID) {
			return target, gone
		}
		if d.queues.Enter(target.ID).Closed {
			return target, &callcenter.Error{Code: callcenter.CodeClosed, State: callcenter.StateTalking}
		}
	case softphone.TargetDirectory:
		ctx, cancel := context.WithTimeout(context.Background(), lookUpLimit)
		defer cancel()
		entry, err := d.directory.DirectoryEntry(ctx, target.ID)
		if errors.Is(err, callpg.ErrNotFound) {
			return target, gone
		}
		return callcenter.Target{Kind: callcenter.TransferOutside, ID: entry.Number, Name: entry.Name}, err
	default: // the engine's own
	}
	return target, nil
}

// Transfer to a place that is there.
func (d deskWithTasks) Transfer(agent callcenter.AgentID, target callcenter.Target) error {
	target, err := d.resolve(target)
	if err != nil {
		return err
	}
	return d.Desk.Transfer(agent, target)
}

// Consult somebody at a place that is there.
func (d deskWithTasks) Consult(agent callcenter.AgentID, target callcenter.Target) error {
	target, err := d.resolve(target)
	if err != nil {
		return err
	}
	return d.Desk.Consult(agent, target)
}

// DialOut calls whom the agent names: a number that he has typed, or the person of a callback
// task, which becomes his, of a list's entry, which he has, of a ticket or of an earlier call.
// A number given along with a task or an entry is not dialled.
func (d deskWithTasks) DialOut(agent callcenter.AgentID, dial engine.Dial) (callcenter.CallID, error) {
	ctx, cancel := context.WithTimeout(context.Background(), lookUpLimit)
	defer cancel()
	switch {
	case dial.Callback != "":
		claimed, err := d.tasks.ClaimCallback(ctx, dial.Callback, agent, time.Now())
		if err != nil {
			return "", coded(err)
		}
		dial.To = claimed.Number
	case dial.Entry != "":
		return d.dialEntry(ctx, agent, dial)
	default:
		number, err := d.people.number(ctx, agent, dial)
		if err != nil {
			return "", err
		}
		dial.To = number
	}
	return d.Desk.DialOut(agent, dial)
}

// dialEntry notes the call before it is placed, and that it was not if it cannot be.
func (d deskWithTasks) dialEntry(ctx context.Context, agent callcenter.AgentID, dial engine.Dial) (callcenter.CallID, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("name a call: %w", err)
	}
	dial.Call = callcenter.CallID(id.String())
	entry, err := d.lists.DialEntry(ctx, agent, dial.Entry, dial.Call, time.Now())
	if err != nil {
		return "", codedOutbound(err)
	}
	dial.To, dial.Ticket = entry.Number, entry.Ticket
	call, err := d.Desk.DialOut(agent, dial)
	if err != nil {
		return "", errors.Join(err, d.lists.UndialEntry(ctx, dial.Entry, dial.Call, time.Now()))
	}
	return call, nil
}
