-- +goose Up
-- When queues take calls and where who waits leaves them for. The one writer is package
-- callcenter/callpg, which checks by package routing.

ALTER TABLE queues
    ADD COLUMN hours   jsonb CHECK (jsonb_typeof(hours) = 'object'), -- {"workday","weekend","holiday"}: [{"from","to"}]; null: 7×24
    ADD COLUMN closed  jsonb NOT NULL DEFAULT '{"say": "", "exit": {"kind": "callback", "id": "", "timeout": 0}}'
               CHECK (jsonb_typeof(closed) = 'object'),
    ADD COLUMN targets jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(targets) = 'array'), -- [{"kind","id","timeout","after","ratio"}]
    ADD COLUMN language_wait int NOT NULL DEFAULT 0 CHECK (language_wait BETWEEN 0 AND 3600); -- seconds

-- Keys that choose a language while the opening notice plays.
CREATE TABLE language_keys (
    language text PRIMARY KEY CHECK (language IN ('ug', 'kk')),
    key      text NOT NULL UNIQUE CHECK (key ~ '^[0-9*#]$'),
    position int  NOT NULL
);
INSERT INTO language_keys (language, key, position) VALUES ('ug', '2', 0), ('kk', '3', 1);

-- +goose Down
DROP TABLE language_keys;
ALTER TABLE queues DROP COLUMN language_wait, DROP COLUMN targets, DROP COLUMN closed, DROP COLUMN hours;
