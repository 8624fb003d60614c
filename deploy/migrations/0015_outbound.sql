-- +goose Up
-- Callbacks: the node that has taken one calls the person just now, and no agent may.
ALTER TABLE callbacks ADD COLUMN booked boolean NOT NULL DEFAULT false;

-- Numbers that are not called for surveys, follow-ups in bulk and notices. The one writer is
-- package callcenter/callpg.
CREATE TABLE do_not_call (
    id          text PRIMARY KEY CHECK (id <> ''),
    number_enc  bytea NOT NULL,
    number_hash bytea NOT NULL,
    reason      text NOT NULL CHECK (reason IN ('asked', 'wrongNumber', 'other')),
    as_text     boolean NOT NULL, -- results of his tickets come as text messages
    note        text NOT NULL,
    call_id     text NOT NULL, -- in which he asked for it; '': in none
    ticket      text NOT NULL, -- likewise
    created_by  text NOT NULL,
    created_at  timestamptz NOT NULL,
    until       timestamptz NOT NULL CHECK (until > created_at),
    ended_at    timestamptz, -- before its time
    ended_by    text
);
CREATE INDEX do_not_call_number ON do_not_call (number_hash);
CREATE INDEX do_not_call_created ON do_not_call (created_at, id);

-- Lists of people whom agents call (routing.CallList).
CREATE TABLE call_lists (
    id         text PRIMARY KEY CHECK (id <> ''),
    name       text NOT NULL CHECK (name <> ''),
    kind       text NOT NULL CHECK (kind IN ('followUp', 'notice', 'callback')),
    state      text NOT NULL CHECK (state IN ('open', 'paused', 'closed')),
    hours_from text COLLATE "C" NOT NULL, -- "09:00" of the day in Beijing: when somebody is called
    hours_to   text COLLATE "C" NOT NULL CHECK (hours_to > hours_from),
    attempts   int  NOT NULL CHECK (attempts BETWEEN 1 AND 10),
    pauses     jsonb NOT NULL CHECK (jsonb_typeof(pauses) = 'object'), -- minutes by result
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    closed_at  timestamptz
);
CREATE INDEX call_lists_created ON call_lists (created_at, id);

CREATE TABLE call_entries (
    id           text PRIMARY KEY CHECK (id <> ''),
    list         text NOT NULL REFERENCES call_lists (id),
    n            int  NOT NULL, -- its place in the list
    number_enc   bytea NOT NULL,
    number_hash  bytea NOT NULL,
    name_enc     bytea,
    ticket       text NOT NULL, -- '': none
    call_id      text NOT NULL, -- that it is about; '': none
    note         text NOT NULL,
    not_after    timestamptz,          -- null: for as long as the list is open
    due_at       timestamptz NOT NULL, -- the next attempt
    tries        int  NOT NULL DEFAULT 0,
    result       text NOT NULL DEFAULT '', -- of the last attempt
    ended_at     timestamptz,          -- nobody is called any more
    ended        text NOT NULL DEFAULT '' CHECK (ended IN ('', 'result', 'attempts', 'time')), -- by what
    leased_by    text,
    leased_until timestamptz,
    dialled      text NOT NULL DEFAULT '', -- the call of the attempt that has no result yet
    dialled_at   timestamptz,
    answered     boolean NOT NULL DEFAULT false, -- that call was, and is over: its agent says what came of it
    UNIQUE (list, number_hash),
    CHECK ((ended_at IS NULL) = (ended = '')),
    CHECK ((leased_by IS NULL) = (leased_until IS NULL)),
    CHECK ((dialled = '') = (dialled_at IS NULL))
);
CREATE INDEX call_entries_due ON call_entries (due_at, n) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX call_entries_list ON call_entries (list, n);
CREATE INDEX call_entries_late ON call_entries (not_after) WHERE ended_at IS NULL AND not_after IS NOT NULL;
CREATE INDEX call_entries_number ON call_entries (number_hash); -- who is in two lists is called by one agent
CREATE INDEX call_entries_leased ON call_entries (leased_by) WHERE leased_by IS NOT NULL;

CREATE TABLE call_tries (
    entry   text NOT NULL REFERENCES call_entries (id),
    n       int  NOT NULL CHECK (n > 0),
    at      timestamptz NOT NULL, -- it was placed
    call_id text NOT NULL,
    agent   text NOT NULL,
    result  text NOT NULL,
    note    text NOT NULL,
    PRIMARY KEY (entry, n)
);

-- +goose Down
DROP TABLE call_tries, call_entries, call_lists, do_not_call;
ALTER TABLE callbacks DROP COLUMN booked;
