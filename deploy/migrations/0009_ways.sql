-- +goose Up
-- When queues take calls and where who waits leaves them for. The one writer is package
-- callcenter/callpg, which checks by package routing.

ALTER TABLE queues
    ADD COLUMN hours   jsonb CHECK (jsonb_typeof(hours) = 'object'), -- {"workday","weekend","holiday"}: [{"from","to"}]; null: 7×24
    ADD COLUMN closed  jsonb NOT NULL DEFAULT '{"say": "", "exit": {"kind": "callback", "id": "", "timeout": 0}}'
               CHECK (jsonb_typeof(closed) = 'object'),
    ADD COLUMN targets jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(targets) = 'array'), -- [{"kind","id","timeout","after","ratio"}]
    ADD COLUMN language_wait int NOT NULL DEFAULT 0 CHECK (language_wait BETWEEN 0 AND 3600); -- seconds

-- +goose Down
ALTER TABLE queues DROP COLUMN language_wait, DROP COLUMN targets, DROP COLUMN closed, DROP COLUMN hours;
