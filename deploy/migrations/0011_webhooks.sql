-- +goose Up
-- Addresses of other systems that are told of events; the one writer is package
-- callcenter/hooks. What is to be sent waits as River jobs.
CREATE TABLE webhooks (
    id            text PRIMARY KEY CHECK (id <> ''),
    url           text NOT NULL,
    events        text[] NOT NULL CHECK (cardinality(events) > 0),
    secret        bytea NOT NULL,  -- sealed
    enabled       boolean NOT NULL,
    created_at    timestamptz NOT NULL,
    created_by    text NOT NULL,   -- account id
    failing_since timestamptz,     -- nothing was taken since; null: the last one was
    disabled_at   timestamptz,     -- by the system, after failing for long
    last_error    text NOT NULL DEFAULT ''
);

-- +goose Down
DROP TABLE webhooks;
