-- +goose Up
-- Tickets (工单), their events, and the data that decides about them. The one writer is
-- package ticket/ticketpg; its package comment says how the parts hold together.

CREATE TABLE regions (
    code     text PRIMARY KEY,
    name     text NOT NULL,
    position int  NOT NULL
);

CREATE TABLE agencies (
    code     text PRIMARY KEY,
    name     text NOT NULL,
    position int  NOT NULL
);

CREATE TABLE categories (
    code     text PRIMARY KEY,
    level    smallint NOT NULL CHECK (level BETWEEN 1 AND 3),
    path     text[]   NOT NULL, -- names from the first level down
    position int      NOT NULL
);

CREATE TABLE catalogue (
    category text NOT NULL, -- prefix of the code
    region   text NOT NULL, -- prefix of the code, '' for everywhere
    agency   text NOT NULL REFERENCES agencies,
    reason   text NOT NULL,
    position int  NOT NULL,
    PRIMARY KEY (category, region, agency)
);

CREATE TABLE calendar_days (
    date   date NOT NULL,
    region text NOT NULL, -- prefix of the code, '' for the whole country
    kind   text NOT NULL CHECK (kind IN ('holiday', 'makeUpDay')),
    name   text NOT NULL,
    source text NOT NULL,
    PRIMARY KEY (date, region)
);

CREATE TABLE office_hours (
    region     text  NOT NULL,
    valid_from date  NOT NULL,
    minutes    int[] NOT NULL CHECK (cardinality(minutes) > 0 AND cardinality(minutes) % 2 = 0), -- start, end, start, end
    PRIMARY KEY (region, valid_from)
);

CREATE TABLE limit_rules (
    id         text PRIMARY KEY,
    purpose    text NOT NULL CHECK (purpose IN ('handling', 'signing')),
    region     text NOT NULL,
    kind       text NOT NULL,
    urgency    text NOT NULL,
    category   text NOT NULL,
    value      int  NOT NULL CHECK (value > 0),
    unit       text NOT NULL CHECK (unit IN ('workingDays', 'days', 'hours')),
    valid_from timestamptz NOT NULL DEFAULT '-infinity',
    valid_to   timestamptz,
    source     text NOT NULL
);

CREATE TABLE ticket_settings (
    one           boolean PRIMARY KEY DEFAULT true CHECK (one),
    agency_review boolean NOT NULL,
    max_redo      int     NOT NULL CHECK (max_redo >= 0),
    max_text      int     NOT NULL CHECK (max_text > 0)
);

-- The day's last number: numbers have no gaps, so a ticket that is missing shows.
CREATE TABLE ticket_numbers (
    day  date PRIMARY KEY,
    last int  NOT NULL CHECK (last BETWEEN 1 AND 999999)
);

CREATE TABLE tickets (
    number       text PRIMARY KEY CHECK (number ~ '^[0-9]{8}-[0-9]{6}$'),
    version      int  NOT NULL CHECK (version > 0),
    state        text NOT NULL CHECK (state IN ('draft', 'toDispatch', 'assigned', 'followUp', 'closed', 'refused')),
    kind         text NOT NULL,
    urgency      text NOT NULL,
    urgency_rank smallint NOT NULL GENERATED ALWAYS AS
                 (CASE urgency WHEN 'critical' THEN 0 WHEN 'urgent' THEN 1 ELSE 2 END) STORED,
    category     text NOT NULL,
    region       text NOT NULL,
    confidential boolean NOT NULL,
    lodged_by    text NOT NULL,
    lodged_at    timestamptz NOT NULL,
    told_at      timestamptz,
    closed_at    timestamptz,
    solved       boolean,
    first_rating smallint NOT NULL CHECK (first_rating BETWEEN 0 AND 5),
    final_rating smallint NOT NULL CHECK (final_rating BETWEEN 0 AND 5),
    redone       int NOT NULL,
    overdue      boolean NOT NULL,
    unreachable  boolean NOT NULL,
    overseen     boolean NOT NULL,
    call         text NOT NULL,
    doc          jsonb NOT NULL,       -- the ticket without its requester
    requester    bytea NOT NULL,       -- sealed
    phone_hash   bytea,                -- keyed
    search_text  text  NOT NULL,
    search       int[] NOT NULL,       -- pairs of characters of search_text
    head         bytea NOT NULL,       -- hash of the last event
    seal         bytea NOT NULL,       -- keyed hash of number, version and head: a cut end shows
    -- Art. 46: the requester is told before the ticket is closed.
    CHECK (state <> 'closed' OR (told_at IS NOT NULL AND closed_at IS NOT NULL))
);
CREATE INDEX tickets_open ON tickets (state, urgency_rank, number) WHERE state <> 'closed';
CREATE INDEX tickets_closed_at ON tickets (closed_at) WHERE state = 'closed';
CREATE INDEX tickets_lodged_by ON tickets (lodged_by, number);
CREATE INDEX tickets_phone ON tickets (phone_hash, number) WHERE phone_hash IS NOT NULL;
CREATE INDEX tickets_call ON tickets (call) WHERE call <> '';
CREATE INDEX tickets_search ON tickets USING gin (search);

CREATE TABLE assignments (
    id            text PRIMARY KEY,
    ticket        text NOT NULL REFERENCES tickets,
    agency        text NOT NULL REFERENCES agencies,
    lead          boolean NOT NULL,
    state         text NOT NULL CHECK (state IN ('toSign', 'inHandling', 'replyInReview', 'replied', 'superseded')),
    dispatched_at timestamptz NOT NULL,
    sign_by       timestamptz NOT NULL,
    due           timestamptz NOT NULL, -- no assignment without a clock
    signed_at     timestamptz,
    replied_at    timestamptz,
    overdue_at    timestamptz
);
CREATE INDEX assignments_ticket ON assignments (ticket);
CREATE INDEX assignments_agency ON assignments (agency, ticket);
CREATE INDEX assignments_agency_open ON assignments (agency, state, due)
    WHERE state IN ('toSign', 'inHandling', 'replyInReview');
CREATE INDEX assignments_due ON assignments (due) WHERE state IN ('toSign', 'inHandling', 'replyInReview');

CREATE TABLE ticket_events (
    ticket    text NOT NULL REFERENCES tickets,
    seq       int  NOT NULL CHECK (seq > 0),
    at        timestamptz NOT NULL,
    actor     json NOT NULL, -- json keeps the bytes that were hashed, jsonb would not
    type      text NOT NULL,
    data      json NOT NULL, -- without the requester
    sealed    bytea,         -- the requester, of a "lodged"
    prev_hash bytea NOT NULL,
    hash      bytea NOT NULL,
    PRIMARY KEY (ticket, seq)
);

-- +goose StatementBegin
CREATE FUNCTION ticket_events_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ticket_events is append-only';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER ticket_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ticket_events
    FOR EACH STATEMENT EXECUTE FUNCTION ticket_events_append_only();

-- What has happened and is still to be acted upon by others; see Store.Drain.
CREATE TABLE ticket_outbox (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ticket text NOT NULL,
    seq    int  NOT NULL,
    type   text NOT NULL,
    state  text NOT NULL, -- of the ticket after it
    at     timestamptz NOT NULL
);

-- One row for each Idempotency-Key of a lodging.
CREATE TABLE ticket_lodgings (
    actor   text  NOT NULL,
    key     text  NOT NULL,
    request bytea NOT NULL, -- keyed hash of what was asked
    ticket  text  NOT NULL,
    at      timestamptz NOT NULL,
    PRIMARY KEY (actor, key)
);

-- +goose Down
DROP TABLE ticket_lodgings, ticket_outbox, ticket_events, assignments, tickets, ticket_numbers, ticket_settings,
    limit_rules, office_hours, calendar_days, catalogue, categories, agencies, regions;
DROP FUNCTION ticket_events_append_only;
