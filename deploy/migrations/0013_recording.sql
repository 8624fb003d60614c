-- +goose Up
-- What is not on a segment since its recording was paused (sensitive data): a list of
-- {"from","to"} in ms from the segment's start. There is silence at that place.
ALTER TABLE recordings ADD COLUMN gaps jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(gaps) = 'array');

-- How much of a call's segments is silence for that; how long its segments with the
-- caller are together. Null: nothing was said, or it is from before there was this column.
ALTER TABLE call_records
    ADD COLUMN paused_ms bigint NOT NULL DEFAULT 0 CHECK (paused_ms >= 0),
    ADD COLUMN audio_ms  bigint CHECK (audio_ms >= 0);

-- How the sound of each leg was: a list of callcenter.LegQuality.
ALTER TABLE call_records ADD COLUMN quality jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(quality) = 'array');

-- +goose Down
ALTER TABLE call_records DROP COLUMN quality, DROP COLUMN audio_ms, DROP COLUMN paused_ms;
ALTER TABLE recordings DROP COLUMN gaps;
