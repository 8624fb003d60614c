-- +goose Up
-- What people say of the talk, by a key after it (callcenter.Rating: 1 very satisfied …
-- 5 very dissatisfied, 0 not rated), and what a supervisor does about the bad ones.
ALTER TABLE call_records ADD COLUMN rating smallint NOT NULL DEFAULT 0 CHECK (rating BETWEEN 0 AND 5);
CREATE INDEX call_records_rated ON call_records (started_at) INCLUDE (queue, rating) WHERE rating > 0;

-- One task for each call that was rated badly; of a call there is one rating.
CREATE TABLE bad_ratings (
    call_id   text PRIMARY KEY REFERENCES call_records,
    rating    smallint NOT NULL CHECK (rating BETWEEN 4 AND 5),
    rated_at  timestamptz NOT NULL,
    closed_at timestamptz,
    closed_by text,            -- account id
    note      text NOT NULL DEFAULT '',
    CHECK ((closed_at IS NULL) = (closed_by IS NULL))
);
CREATE INDEX bad_ratings_open ON bad_ratings (rated_at, call_id) WHERE closed_at IS NULL;
CREATE INDEX bad_ratings_closed ON bad_ratings (closed_at, call_id) WHERE closed_at IS NOT NULL;

-- +goose Down
DROP TABLE bad_ratings;
DROP INDEX call_records_rated;
ALTER TABLE call_records DROP COLUMN rating;
