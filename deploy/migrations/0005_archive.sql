-- +goose Up
-- Where recordings are kept and for how long (package media/archive). node is whose disk
-- it was made on; '' is a row from before there was this column, of the one node there was.
ALTER TABLE recordings
    ADD COLUMN node      text NOT NULL DEFAULT '',
    ADD COLUMN stored_at timestamptz, -- since then in the store, no more on the node's disk
    ADD COLUMN purged_at timestamptz; -- the sound is gone; the row says that there was one
CREATE INDEX recordings_spooled ON recordings (call_id, segment) WHERE stored_at IS NULL AND purged_at IS NULL;
CREATE INDEX recordings_kept ON recordings (started_at) WHERE purged_at IS NULL;

-- What must not be purged while a matter is open (a dispute, a case).
CREATE TABLE legal_holds (
    call_id text PRIMARY KEY,
    reason  text        NOT NULL CHECK (reason <> ''),
    held_by text        NOT NULL,
    held_at timestamptz NOT NULL
);

-- +goose Down
DROP TABLE legal_holds;
DROP INDEX recordings_kept, recordings_spooled;
ALTER TABLE recordings DROP COLUMN purged_at, DROP COLUMN stored_at, DROP COLUMN node;
