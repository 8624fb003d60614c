-- +goose Up
-- Queues, who serves them, and what is kept of calls. The one writer is package
-- callcenter/callpg. Telephone numbers are sealed (number_enc) and hashed with a key
-- (number_hash) to be found by; both belong to package privacy.

CREATE TABLE queues (
    id       text PRIMARY KEY CHECK (id <> ''),
    name     text  NOT NULL CHECK (name <> ''),
    skills   jsonb NOT NULL CHECK (jsonb_typeof(skills) = 'array'), -- [{"name","level"}] needed to serve it
    priority int   NOT NULL,
    max_wait int   NOT NULL CHECK (max_wait BETWEEN 1 AND 3600), -- seconds
    position int   NOT NULL
);

-- What an account may be offered; its name, number and languages are in accounts.
CREATE TABLE agents (
    account text PRIMARY KEY CHECK (account <> ''),
    queues  text[] NOT NULL,
    skills  jsonb  NOT NULL CHECK (jsonb_typeof(skills) = 'array')
);

-- Every event of every call, in order. One owner writes a call: the key fences a
-- second one.
CREATE TABLE call_journal (
    call_id text NOT NULL,
    seq     int  NOT NULL CHECK (seq > 0),
    at      timestamptz NOT NULL,
    node    text NOT NULL,
    kind    text NOT NULL,
    event   bytea NOT NULL, -- JSON, sealed: it has numbers in it
    PRIMARY KEY (call_id, seq)
);

-- +goose StatementBegin
CREATE FUNCTION call_journal_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'call_journal is append-only';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER call_journal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON call_journal
    FOR EACH STATEMENT EXECUTE FUNCTION call_journal_append_only();

-- Calls that have a journal and no record: what a node owes after a crash.
CREATE TABLE open_calls (
    call_id text PRIMARY KEY,
    node    text NOT NULL
);
CREATE INDEX open_calls_node ON open_calls (node);

CREATE TABLE call_records (
    call_id     text PRIMARY KEY,
    kind        text NOT NULL CHECK (kind IN ('inbound', 'outbound', 'result')),
    line        text NOT NULL, -- our own number that was dialled; '' for calls we made
    trunk       text NOT NULL,
    queue       text NOT NULL,
    ticket      text NOT NULL, -- of a result call
    number_enc  bytea,         -- of the person outside; null: withheld
    number_hash bytea,
    agents      text[] NOT NULL, -- all who talked, in order
    started_at  timestamptz NOT NULL,
    queued_at   timestamptz,
    offered_at  timestamptz,
    answered_at timestamptz,
    ended_at    timestamptz NOT NULL,
    wait_ms     bigint NOT NULL CHECK (wait_ms >= 0),
    talk_ms     bigint NOT NULL CHECK (talk_ms >= 0),
    hold_ms     bigint NOT NULL CHECK (hold_ms >= 0),
    offers      int  NOT NULL,
    transfers   int  NOT NULL,
    segments    int  NOT NULL,
    reason      text NOT NULL,
    outcome     jsonb,         -- of a result call
    CHECK (number_hash IS NULL OR number_enc IS NOT NULL)
);
CREATE INDEX call_records_started ON call_records (started_at, call_id);
CREATE INDEX call_records_number ON call_records (number_hash, started_at) WHERE number_hash IS NOT NULL;
CREATE INDEX call_records_agents ON call_records USING gin (agents);

CREATE TABLE recordings (
    call_id    text NOT NULL,
    segment    int  NOT NULL CHECK (segment > 0),
    path       text NOT NULL, -- relative to the recordings directory
    started_at timestamptz NOT NULL,
    ms         bigint  NOT NULL CHECK (ms >= 0),
    bytes      bigint  NOT NULL CHECK (bytes >= 0),
    sha256     text    NOT NULL,
    complete   boolean NOT NULL, -- false: cut by a crash
    PRIMARY KEY (call_id, segment)
);

-- Callers nobody answered (漏接回拨). One call leaves at most one.
CREATE TABLE callbacks (
    id          text PRIMARY KEY,
    call_id     text NOT NULL UNIQUE,
    number_enc  bytea NOT NULL,
    number_hash bytea,
    queue       text NOT NULL,
    reason      text NOT NULL,
    created_at  timestamptz NOT NULL,
    claimed_by  text,
    claimed_at  timestamptz,
    tried_at    timestamptz, -- last called without reaching anybody
    tries       int  NOT NULL DEFAULT 0,
    closed_by   text,
    closed_at   timestamptz,
    note        text NOT NULL DEFAULT '',
    state       text NOT NULL GENERATED ALWAYS AS
                (CASE WHEN closed_at IS NOT NULL THEN 'closed' WHEN claimed_by IS NOT NULL THEN 'claimed' ELSE 'open' END) STORED
);
CREATE INDEX callbacks_state ON callbacks (state, created_at, id);
CREATE INDEX callbacks_closed ON callbacks (closed_at, id) WHERE closed_at IS NOT NULL;

-- +goose Down
DROP TABLE callbacks, recordings, call_records, open_calls, call_journal, agents, queues;
DROP FUNCTION call_journal_append_only;
