-- +goose Up
-- Callbacks: the node that has taken one calls the person just now, and no agent may.
ALTER TABLE callbacks ADD COLUMN booked boolean NOT NULL DEFAULT false;

-- +goose Down
ALTER TABLE callbacks DROP COLUMN booked;
