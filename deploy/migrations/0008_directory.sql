-- +goose Up
-- Outside numbers that agents reach by name: expert seats of agencies, other places'
-- 12345. An agent's page never has the numbers.
CREATE TABLE directory (
    id         text  PRIMARY KEY CHECK (id <> ''),
    kind       text  NOT NULL CHECK (kind IN ('expert', 'hotline', 'other')),
    name       text  NOT NULL CHECK (name <> ''),
    agency     text  NOT NULL DEFAULT '', -- whose expert it is: code
    number_enc bytea NOT NULL
);

-- +goose Down
DROP TABLE directory;
