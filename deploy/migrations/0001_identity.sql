-- +goose Up
-- Accounts, sessions, and who read what of whom. The one writer is package
-- identity/identitypg; access_log is also written by ticket/ticketpg, inside the
-- transaction that reads.

CREATE TABLE accounts (
    id            text PRIMARY KEY,
    login         text NOT NULL UNIQUE CHECK (login = lower(login) AND login ~ '^[a-z0-9][a-z0-9._-]{0,63}$'),
    name          text NOT NULL CHECK (name <> ''),
    number        text NOT NULL, -- 工号, told to callers; '' for who takes no calls
    role          text NOT NULL CHECK (role IN ('agent', 'dispatcher', 'agency', 'followUp', 'supervisor', 'reviewer', 'admin')),
    agency        text NOT NULL, -- code of the agency; exactly for the role agency
    languages     text[] NOT NULL,
    password_hash text NOT NULL,
    demo          boolean NOT NULL, -- its password is known to everybody
    disabled      boolean NOT NULL DEFAULT false,
    created_at    timestamptz NOT NULL,
    CHECK ((role = 'agency') = (agency <> ''))
);

-- Only the hash of a session's token is kept: who reads the table cannot sign in.
CREATE TABLE sessions (
    hash       bytea PRIMARY KEY,
    account    text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL
);
CREATE INDEX sessions_account ON sessions (account);
CREATE INDEX sessions_seen_at ON sessions (seen_at);

-- Attempts to sign in that failed, or are being checked at this moment. The login need
-- not exist.
CREATE TABLE login_failures (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    login   text NOT NULL,
    address text NOT NULL,
    at      timestamptz NOT NULL
);
CREATE INDEX login_failures_login ON login_failures (login, at);
CREATE INDEX login_failures_address ON login_failures (address, at);
CREATE INDEX login_failures_at ON login_failures (at);

-- Who read what of whom (Art. 31); at least six months are kept.
CREATE TABLE access_log (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL,
    actor   text NOT NULL, -- id of the account, or 'system'
    action  text NOT NULL,
    subject text NOT NULL, -- number of the ticket, id of the call
    detail  text NOT NULL DEFAULT ''
);
CREATE INDEX access_log_subject ON access_log (subject, id);

-- +goose StatementBegin
CREATE FUNCTION access_log_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'access_log is append-only';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER access_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON access_log
    FOR EACH STATEMENT EXECUTE FUNCTION access_log_append_only();

-- +goose Down
DROP TABLE access_log, login_failures, sessions, accounts;
DROP FUNCTION access_log_append_only;
