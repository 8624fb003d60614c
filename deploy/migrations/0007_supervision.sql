-- +goose Up
-- Who talks in a segment: the caller and one other, the caller and several, or an
-- agent and whom he asks, without the caller.
ALTER TABLE recordings ADD COLUMN kind text NOT NULL DEFAULT 'talk' CHECK (kind IN ('talk', 'conference', 'consult'));

-- +goose Down
ALTER TABLE recordings DROP COLUMN kind;
