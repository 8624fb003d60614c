package main

import (
	"context"
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

// deskWithTasks is the engine as pages use it, with the numbers of callback tasks, of
// which a page has only the masked form, and with the queues that there are.
type deskWithTasks struct {
	softphone.Desk
	tasks  callbackTasks
	queues knownQueues
}

// there refuses a queue that is not there (any more): nobody would ever be offered the
// call.
func (d deskWithTasks) there(target callcenter.Target) error {
	if target.Kind == callcenter.TransferQueue && !d.queues.HasQueue(target.ID) {
		return &callcenter.Error{Code: callcenter.CodeBadTarget, State: callcenter.StateTalking}
	}
	return nil
}

// Transfer to a place that is there.
func (d deskWithTasks) Transfer(agent callcenter.AgentID, target callcenter.Target) error {
	if err := d.there(target); err != nil {
		return err
	}
	return d.Desk.Transfer(agent, target)
}

// Consult somebody at a place that is there.
func (d deskWithTasks) Consult(agent callcenter.AgentID, target callcenter.Target) error {
	if err := d.there(target); err != nil {
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
