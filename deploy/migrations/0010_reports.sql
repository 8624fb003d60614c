-- +goose Up
-- What reports are made of: the chain of each call, and what each agent did when. The
-- one writer is package callcenter/callpg.

-- A wait in a queue, or one party's part in a call (callcenter.Contact).
CREATE TABLE call_contacts (
    call_id    text NOT NULL,
    n          int  NOT NULL CHECK (n > 0),
    kind       text NOT NULL CHECK (kind IN ('wait', 'talk', 'consult', 'conference', 'monitor', 'whisper', 'barge')),
    call_kind  text NOT NULL,
    queue      text NOT NULL,
    agent      text NOT NULL, -- '' for an outside number; of a wait the one it is for alone
    number_enc bytea,         -- of an outside party, sealed
    began_at   timestamptz NOT NULL,
    ended_at   timestamptz NOT NULL,
    began      text NOT NULL,
    ended      text NOT NULL,
    talk_ms    bigint NOT NULL CHECK (talk_ms >= 0),
    hold_ms    bigint NOT NULL CHECK (hold_ms >= 0),
    segments   int[]  NOT NULL,
    PRIMARY KEY (call_id, n)
);
-- The figures of a span of time are read from these alone.
CREATE INDEX call_contacts_waits ON call_contacts (began_at) INCLUDE (queue, ended, ended_at)
    WHERE kind = 'wait' AND agent = '' AND call_kind = 'inbound';
CREATE INDEX call_contacts_talks ON call_contacts (began_at) INCLUDE (queue, ended, talk_ms, hold_ms)
    WHERE kind = 'talk' AND agent <> '' AND call_kind = 'inbound';

-- What an agent did from when to when, without a gap from the beginning of a shift to
-- its end. A stretch is written when it is over, a long one in pieces.
CREATE TABLE agent_times (
    account text NOT NULL,
    from_at timestamptz NOT NULL,
    to_at   timestamptz NOT NULL,
    shift   timestamptz NOT NULL, -- when it began
    state   text NOT NULL CHECK (state IN ('ready', 'notReady', 'break', 'offered', 'talking', 'held', 'wrapUp', 'monitoring')),
    reason  text NOT NULL, -- of a break, or why not ready
    call_id text NOT NULL,
    queue   text NOT NULL, -- of the call
    kind    text NOT NULL, -- likewise
    PRIMARY KEY (account, from_at),
    CHECK (to_at > from_at AND to_at <= from_at + interval '15 minutes') -- engine.MaxStretch
);
CREATE INDEX agent_times_span ON agent_times (from_at) INCLUDE (to_at, account, state, queue, kind);

CREATE INDEX call_records_early ON call_records (started_at) INCLUDE (queue) WHERE reason = 'abandoned-early';
CREATE INDEX callbacks_created ON callbacks (created_at) INCLUDE (queue);

-- Calls of before have no chain: the first wait and the first agent are told from their
-- records.
INSERT INTO call_contacts (call_id, n, kind, call_kind, queue, agent, began_at, ended_at, began, ended, talk_ms, hold_ms, segments)
SELECT call_id, 1, 'wait', kind, queue, '', queued_at, coalesce(answered_at, ended_at), 'arrived',
       CASE WHEN answered_at IS NOT NULL THEN 'answered' WHEN reason = 'callback-left' THEN 'callback'
            WHEN reason = 'max-wait' THEN 'maxWait' WHEN reason = 'abandoned' THEN 'left' ELSE 'system' END, 0, 0, '{}'
FROM call_records WHERE queued_at IS NOT NULL;
INSERT INTO call_contacts (call_id, n, kind, call_kind, queue, agent, began_at, ended_at, began, ended, talk_ms, hold_ms, segments)
SELECT call_id, 2, 'talk', kind, queue, agents[1], answered_at, ended_at,
       CASE WHEN kind = 'outbound' THEN 'dialled' ELSE 'answered' END,
       CASE WHEN reason = 'agent-hangup' THEN 'hangUp' WHEN reason = 'caller-hangup' THEN 'left' ELSE 'system' END, talk_ms, hold_ms, '{}'
FROM call_records WHERE answered_at IS NOT NULL AND cardinality(agents) > 0;

-- +goose Down
DROP INDEX callbacks_created, call_records_early;
DROP TABLE agent_times, call_contacts;
