-- +goose Up
-- Telling the caller (package ticket/feedback). Neither numbers nor texts stand
-- here: both are read from the ticket when they are needed.

-- One row each time a ticket waits for its caller to be told; a redone ticket
-- starts a new round.
CREATE TABLE tellings (
    ticket     text        NOT NULL,
    round      int         NOT NULL CHECK (round >= 0),
    state      text        NOT NULL CHECK (state IN ('calling', 'texting', 'told', 'unreachable', 'superseded')),
    started_at timestamptz NOT NULL,
    ended_at   timestamptz,
    PRIMARY KEY (ticket, round),
    CHECK ((ended_at IS NULL) = (state IN ('calling', 'texting')))
);

-- Each call placed, written before it is placed, so that a restart never rings
-- twice for one attempt.
CREATE TABLE tell_attempts (
    ticket    text        NOT NULL,
    round     int         NOT NULL,
    n         int         NOT NULL CHECK (n BETWEEN 1 AND 10),
    call_id   uuid        NOT NULL UNIQUE,
    placed_at timestamptz NOT NULL,
    ended_at  timestamptz,
    result    text,
    PRIMARY KEY (ticket, round, n),
    FOREIGN KEY (ticket, round) REFERENCES tellings (ticket, round),
    CHECK ((ended_at IS NULL) = (result IS NULL))
);

-- Text messages. gateway_id is what the gateway calls it; receipts name it.
CREATE TABLE sms_messages (
    id         uuid        PRIMARY KEY,
    ticket     text        NOT NULL,
    round      int         NOT NULL,
    state      text        NOT NULL CHECK (state IN ('sending', 'accepted', 'delivered', 'failed')),
    gateway_id text        UNIQUE,
    tries      int         NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    detail     text        NOT NULL DEFAULT '',
    UNIQUE (ticket, round),
    FOREIGN KEY (ticket, round) REFERENCES tellings (ticket, round)
);

-- +goose Down
DROP TABLE sms_messages;
DROP TABLE tell_attempts;
DROP TABLE tellings;
