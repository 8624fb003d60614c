-- +goose Up
-- When queues take calls and where who waits leaves them for. The one writer is package
-- callcenter/callpg, which checks by package routing.

ALTER TABLE queues
    ADD COLUMN hours   jsonb CHECK (jsonb_typeof(hours) = 'object'), -- {"workday","weekend","holiday"}: [{"from","to"}]; null: 7×24
    ADD COLUMN closed  jsonb NOT NULL DEFAULT '{"say": "", "exit": {"kind": "callback", "id": "", "timeout": 0}}'
               CHECK (jsonb_typeof(closed) = 'object'),
    ADD COLUMN targets jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(targets) = 'array'), -- [{"kind","id","timeout","after","ratio"}]
    ADD COLUMN language_wait int NOT NULL DEFAULT 0 CHECK (language_wait BETWEEN 0 AND 3600), -- seconds
    ADD COLUMN callback jsonb NOT NULL DEFAULT '{"mode": "list", "again": []}' CHECK (jsonb_typeof(callback) = 'object'); -- {"mode","again"}

-- Keys that choose a language while the opening notice plays.
CREATE TABLE language_keys (
    language text PRIMARY KEY CHECK (language IN ('ug', 'kk')),
    key      text NOT NULL UNIQUE CHECK (key ~ '^[0-9*#]$'),
    position int  NOT NULL
);
INSERT INTO language_keys (language, key, position) VALUES ('ug', '2', 0), ('kk', '3', 1);

-- Surge agents are offered calls in an emergency only.
ALTER TABLE agents ADD COLUMN surge boolean NOT NULL DEFAULT false;

-- Times in which calls are taken otherwise (Art. 39 of the regulation); the newest counts.
CREATE TABLE emergencies (
    id          text PRIMARY KEY CHECK (id <> ''),
    reason      text NOT NULL CHECK (reason <> ''),
    say         text NOT NULL,
    key         text NOT NULL, -- '': every call is about it
    queue       text NOT NULL, -- '': where they go otherwise
    priority    int  NOT NULL CHECK (priority BETWEEN 0 AND 3600),
    surge       boolean NOT NULL,
    since       timestamptz NOT NULL,
    until       timestamptz NOT NULL CHECK (until > since AND until <= since + interval '7 days'),
    declared_by text NOT NULL,
    ended_at    timestamptz CHECK (ended_at >= since), -- before its time
    ended_by    text
);
CREATE INDEX emergencies_since ON emergencies (since);

-- Marks of numbers: they change how calls rank, and block nobody. Below zero a
-- supervisor has approved it, and it ends by itself.
CREATE TABLE caller_marks (
    id          text PRIMARY KEY CHECK (id <> ''),
    number_enc  bytea NOT NULL,
    number_hash bytea NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('green', 'repeat', 'harassment')),
    grp         text NOT NULL CHECK ((grp <> '') = (kind = 'green')), -- of Art. 40
    priority    int  NOT NULL CHECK (priority BETWEEN -3600 AND 3600),
    note        text NOT NULL,
    until       timestamptz NOT NULL,
    call_id     text NOT NULL, -- in which an agent set it; '': by list
    created_by  text NOT NULL,
    created_at  timestamptz NOT NULL,
    approved_by text,
    approved_at timestamptz, -- null: without effect
    ended_at    timestamptz, -- before its time
    ended_by    text,
    CHECK (priority >= 0 OR (kind <> 'green' AND approved_by IS NOT NULL AND until <= approved_at + interval '30 days'))
);
CREATE INDEX caller_marks_number ON caller_marks (number_hash);
CREATE INDEX caller_marks_created ON caller_marks (created_at, id);

-- Callbacks that keep the place of their caller; mode is null for those that agents take
-- from the list.
ALTER TABLE callbacks
    ADD COLUMN mode        text CHECK (mode IN ('agent-first', 'caller-first')),
    ADD COLUMN since       timestamptz, -- he began to wait
    ADD COLUMN language    text NOT NULL DEFAULT '',
    ADD COLUMN priority    int  NOT NULL DEFAULT 0,
    ADD COLUMN again       int[] NOT NULL DEFAULT '{}', -- seconds until he is tried anew
    ADD COLUMN due_at      timestamptz, -- null: not any more
    ADD COLUMN taken_by    text,        -- node that makes it
    ADD COLUMN taken_until timestamptz,
    ADD CHECK (mode IS NULL OR since IS NOT NULL);
CREATE INDEX callbacks_due ON callbacks (due_at) WHERE due_at IS NOT NULL AND closed_at IS NULL;

-- +goose Down
DROP INDEX callbacks_due;
ALTER TABLE callbacks DROP COLUMN taken_until, DROP COLUMN taken_by, DROP COLUMN due_at, DROP COLUMN again, DROP COLUMN priority,
    DROP COLUMN language, DROP COLUMN since, DROP COLUMN mode;
DROP TABLE caller_marks;
DROP TABLE emergencies;
ALTER TABLE agents DROP COLUMN surge;
DROP TABLE language_keys;
ALTER TABLE queues DROP COLUMN callback, DROP COLUMN language_wait, DROP COLUMN targets, DROP COLUMN closed, DROP COLUMN hours;
