package engine

import (
	"time"

	"hotline12345/callcenter"
)

// PauseRecording keeps what is said from now on out of the recording of the agent's call.
func (e *Engine) PauseRecording(agent callcenter.AgentID) error {
	return e.request(agent, callcenter.RecordingPauseRequested{By: agent})
}

// ResumeRecording records again.
func (e *Engine) ResumeRecording(agent callcenter.AgentID) error {
	return e.request(agent, callcenter.RecordingResumeRequested{By: agent})
}

// PauseCall pauses the recording of a call from outside its page: by its agent, or by a
// supervisor. It returns when the recording goes on by itself.
func (e *Engine) PauseCall(call callcenter.CallID, by callcenter.AgentID, supervisor bool) (until time.Time, err error) {
	a := e.call(call)
	if a == nil {
		return time.Time{}, deskError(codeNotInCall)
	}
	if err := a.ask(callcenter.RecordingPauseRequested{By: by, Supervisor: supervisor}); err != nil {
		return time.Time{}, err
	}
	return a.summary.Load().Pause.Until, nil
}

// ResumeCall is the end of PauseCall.
func (e *Engine) ResumeCall(call callcenter.CallID, by callcenter.AgentID, supervisor bool) error {
	a := e.call(call)
	if a == nil {
		return deskError(codeNotInCall)
	}
	return a.ask(callcenter.RecordingResumeRequested{By: by, Supervisor: supervisor})
}
