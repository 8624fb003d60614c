-- +goose Up
-- Tokens of other systems that read events; the one writer is package identity/identitypg.
CREATE TABLE api_tokens (
    id         text PRIMARY KEY CHECK (id <> ''),
    name       text NOT NULL CHECK (name <> ''),
    hash       bytea NOT NULL UNIQUE, -- of the token, which is nowhere
    created_by text NOT NULL,         -- account id
    created_at timestamptz NOT NULL,
    until      timestamptz NOT NULL CHECK (until > created_at),
    used_at    timestamptz,           -- last, to the minute
    revoked_at timestamptz,
    revoked_by text
);

-- +goose Down
DROP TABLE api_tokens;
