package callcenter

// The person is asked to rate the talk (话务一次一评): once a call, by one key, when an
// agent has ended it. Who hangs up first is not asked. The agent is in his wrap-up by
// then: he neither hears the answer nor can keep it from being asked.

// hasSurvey says whether the person is asked when the agent hangs up now.
func (t *turn) hasSurvey() bool {
	return t.c.Limits.Survey && t.c.Kind == KindInbound && t.c.Record.AnsweredAt != nil && !t.c.Surveyed && t.live(t.c.Caller) && t.c.State != StateDialing
}

// survey lets everybody of ours go and asks. That the agent's page is lost changes nothing,
// or who loads it anew and hangs up would keep him from being asked.
func (t *turn) survey() {
	t.do(CancelTimer{TimerAgentLost})
	t.part()
	t.dropSecond(EndAgentHangUp)
	t.stopWatch()
	t.dropAgent(ReleaseAgent{WrapUp: true, Why: EndAgentHangUp})
	t.c.Surveyed, t.c.EndWith, t.c.Tries = true, EndAgentHangUp, 0
	t.askRating()
}

func (t *turn) askRating(before ...string) {
	t.c.State = StateSurvey
	t.do(CancelTimer{TimerKeys})
	t.say(sayLimit, append(before, "survey.ask")...)
}

func (t *turn) surveyKey(key string) {
	rating := RatingOfKey(key)
	if rating == 0 {
		t.askRatingAgain("survey.invalid")
		return
	}
	t.c.Record.Rating = rating
	t.goodbye(t.c.EndWith, "survey.thanks")
}

// askRatingAgain asks a bounded number of times; who answers nothing is let go.
func (t *turn) askRatingAgain(before ...string) {
	t.c.Tries++
	if t.c.Tries >= t.c.Limits.MaxKeyTries {
		t.end(t.c.EndWith)
		return
	}
	t.askRating(before...)
}
