-- +goose Up
-- Telling the caller (package ticket/feedback). Neither numbers nor texts stand
-- here: both are read from the ticket when they are needed.

-- One row each time a ticket comes to wait for its caller to be told; seq is the
-- ticket's event that made it wait. A redone ticket comes to wait again.
CREATE TABLE tellings (
    ticket     text        NOT NULL,
    seq        int         NOT NULL CHECK (seq > 0),
    state      text        NOT NULL CHECK (state IN ('calling', 'texting', 'told', 'unreachable', 'superseded')),
    started_at timestamptz NOT NULL,
    ended_at   timestamptz,
    PRIMARY KEY (ticket, seq),
    CHECK ((ended_at IS NULL) = (state IN ('calling', 'texting')))
);
-- A ticket is told by one telling at a time.
CREATE UNIQUE INDEX tellings_open ON tellings (ticket) WHERE ended_at IS NULL;

-- Each call, written before it is placed, so that a restart never rings twice for
-- one attempt.
CREATE TABLE tell_attempts (
    ticket    text        NOT NULL,
    seq       int         NOT NULL,
    n         int         NOT NULL CHECK (n BETWEEN 1 AND 10),
    call      text        NOT NULL DEFAULT '',
    placed_at timestamptz NOT NULL,
    result    text        NOT NULL DEFAULT '', -- '': still running
    PRIMARY KEY (ticket, seq, n),
    FOREIGN KEY (ticket, seq) REFERENCES tellings (ticket, seq)
);

-- Text messages, at most one of each telling; id is ours, receipts name it.
CREATE TABLE sms_messages (
    id         uuid        PRIMARY KEY,
    ticket     text        NOT NULL,
    seq        int         NOT NULL,
    state      text        NOT NULL CHECK (state IN ('sending', 'accepted', 'delivered', 'failed')),
    gateway_id text        NOT NULL DEFAULT '', -- what the gateway calls it
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    detail     text        NOT NULL DEFAULT '', -- of a failure, for operators
    UNIQUE (ticket, seq),
    FOREIGN KEY (ticket, seq) REFERENCES tellings (ticket, seq)
);

-- +goose Down
DROP TABLE sms_messages;
DROP TABLE tell_attempts;
DROP TABLE tellings;
