package main

import (
	"context"
	"errors"
	"time"

	"hotline12345/callcenter"
	"hotline12345/callcenter/callpg"
	"hotline12345/callcenter/softphone"
)

// lookUpLimit is how long an agent who dials waits for the task's number.
const lookUpLimit = 5 * time.Second

// callbackTasks is the call store as deskWithTasks needs it.
type callbackTasks interface {
	ClaimCallback(ctx context.Context, id string, by callcenter.AgentID, at time.Time) (callpg.Callback, error)
}

// knownQueues is the shared queue as deskWithTasks needs it. It is asked in a call, so
// it answers from memory.
type knownQueues interface{ HasQueue(id string) bool }

// directory is the outside numbers that have names.
type directory interface {
	DirectoryEntry(ctx context.Context, id string) (callpg.DirectoryEntry, error)
}

// deskWithTasks is the engine as pages use it, with what a page has only the names of: the
// numbers of callback tasks and of the directory; and with the queues that there are.
type deskWithTasks struct {
	softphone.Desk
	tasks     callbackTasks
	queues    knownQueues
	directory directory
}

// resolve makes of a target what the engine knows. A queue that is not there (any more) is
// refused: nobody would ever be offered the call.
func (d deskWithTasks) resolve(target callcenter.Target) (callcenter.Target, error) {
	gone := &callcenter.Error{Code: callcenter.CodeBadTarget, State: callcenter.StateTalking}
	switch target.Kind {
	case callcenter.TransferQueue:
		if !d.queues.HasQueue(target.ID) {
			return target, gone
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

// DialOut calls whom the task says, if the task is free or the agent's already;
// it becomes the agent's. A number given along with a task is not dialled.
func (d deskWithTasks) DialOut(agent callcenter.AgentID, number, task string) (callcenter.CallID, error) {
	if task != "" {
		ctx, cancel := context.WithTimeout(context.Background(), lookUpLimit)
		defer cancel()
		claimed, err := d.tasks.ClaimCallback(ctx, task, agent, time.Now())
		if err != nil {
			return "", coded(err)
		}
		number = claimed.Number
	}
	return d.Desk.DialOut(agent, number, task)
}
