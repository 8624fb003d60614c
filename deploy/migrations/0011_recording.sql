-- +goose Up
-- What is not on a segment since its recording was paused (sensitive data): a list of
-- {"from","to"} in ms from the segment's start. There is silence at that place.
ALTER TABLE recordings ADD COLUMN gaps jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(gaps) = 'array');
ALTER TABLE call_records ADD COLUMN paused_ms bigint NOT NULL DEFAULT 0 CHECK (paused_ms >= 0);

-- +goose Down
ALTER TABLE call_records DROP COLUMN paused_ms;
ALTER TABLE recordings DROP COLUMN gaps;
