-- +goose Up
-- A report's waits are read from an index alone; since when a call that overflows, or is
-- given back to the queue, is not counted twice, it asks how a wait began, too.
DROP INDEX call_contacts_waits;
CREATE INDEX call_contacts_waits ON call_contacts (began_at) INCLUDE (queue, began, ended, ended_at)
    WHERE kind = 'wait' AND agent = '' AND call_kind = 'inbound';

-- +goose Down
DROP INDEX call_contacts_waits;
CREATE INDEX call_contacts_waits ON call_contacts (began_at) INCLUDE (queue, ended, ended_at)
    WHERE kind = 'wait' AND agent = '' AND call_kind = 'inbound';
