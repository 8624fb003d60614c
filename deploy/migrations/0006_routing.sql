-- +goose Up
-- Queues as data: who they are for, how agents are chosen, what is asked for after a
-- wait. The one writer is package callcenter/callpg, which checks by package routing.

ALTER TABLE queues
    ADD COLUMN languages  text[] NOT NULL DEFAULT '{}', -- one of them for who chose none
    ADD COLUMN topics     text[] NOT NULL DEFAULT '{}',
    ADD COLUMN strategy   text   NOT NULL DEFAULT 'longest-idle'
               CHECK (strategy IN ('longest-idle', 'least-talk', 'round-robin', 'top-down')),
    ADD COLUMN last_agent int    NOT NULL DEFAULT 0 CHECK (last_agent BETWEEN 0 AND 300), -- seconds
    ADD COLUMN rings      jsonb  NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(rings) = 'array'); -- [{"after","skills"}]

-- The catalogue of skills; queues and agents name them by id.
CREATE TABLE skills (
    id       text PRIMARY KEY CHECK (id <> ''),
    name     text NOT NULL CHECK (name <> ''),
    position int  NOT NULL
);
INSERT INTO skills (id, name, position)
    SELECT s, CASE s WHEN 'general' THEN '综合业务' ELSE s END, row_number() OVER (ORDER BY s)
    FROM (SELECT 'general' AS s
          UNION SELECT jsonb_array_elements(skills) ->> 'name' FROM queues
          UNION SELECT jsonb_array_elements(skills) ->> 'name' FROM agents) AS named;

-- +goose Down
DROP TABLE skills;
ALTER TABLE queues DROP COLUMN rings, DROP COLUMN last_agent, DROP COLUMN strategy, DROP COLUMN topics, DROP COLUMN languages;
