-- +goose Up
-- What desk phones register with; the one writer is package callcenter/callpg. Of the
-- password both digest hashes are kept, sealed: who reads the table cannot register.
CREATE TABLE phone_accounts (
    sip_user   text PRIMARY KEY CHECK (sip_user ~ '^[a-z0-9][a-z0-9._-]{0,63}$'),
    account    text NOT NULL UNIQUE CHECK (account <> ''), -- whose phone it is
    secrets    bytea NOT NULL,                             -- sealed
    digest     text NOT NULL CHECK (digest IN ('md5', 'sha-256', 'both')),
    srtp       boolean NOT NULL, -- encrypted sound alone
    seat       boolean NOT NULL, -- on duty while it is registered, without a page
    enabled    boolean NOT NULL,
    demo       boolean NOT NULL DEFAULT false, -- its password stands in the configuration
    made_at    timestamptz NOT NULL,
    made_by    text NOT NULL,    -- account id
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL     -- account id
);

-- +goose Down
DROP TABLE phone_accounts;
