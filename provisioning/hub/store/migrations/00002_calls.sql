-- Calls between two rooms, and instances that may begin with enhanced encryption.

-- +goose Up

-- A call has a meeting of its own, with a number that cannot be typed: 'call-' and the call's id.
ALTER TABLE meetings ADD COLUMN kind TEXT NOT NULL DEFAULT 'meeting' CHECK (kind IN ('meeting', 'call'));

-- The instance's secret, sealed by the hub, in hex. '' where it is end-to-end encrypted from its beginning, and once
-- the instance has ended.
ALTER TABLE instances ADD COLUMN sealed TEXT NOT NULL DEFAULT '';

CREATE TABLE calls (
    id           TEXT PRIMARY KEY,
    number       TEXT NOT NULL REFERENCES meetings (number) ON DELETE CASCADE,
    caller       TEXT NOT NULL, -- identity key
    callee       TEXT NOT NULL, -- identity key
    state        TEXT NOT NULL CHECK (state IN ('ringing', 'answered', 'declined', 'busy', 'no-answer', 'over')),
    rang_at      BIGINT NOT NULL,
    changed_at   BIGINT NOT NULL,
    caller_until BIGINT NOT NULL -- while it rings: until when the caller counts as being there
);

CREATE INDEX calls_caller ON calls (caller) WHERE state = 'ringing';
CREATE INDEX calls_callee ON calls (callee) WHERE state = 'ringing';
CREATE INDEX calls_changed ON calls (changed_at);

-- Until when a room hears of calls.
CREATE TABLE reachable (
    room_key TEXT PRIMARY KEY,
    until    BIGINT NOT NULL
);

-- +goose Down
DROP TABLE reachable;
DROP TABLE calls;
ALTER TABLE instances DROP COLUMN sealed;
ALTER TABLE meetings DROP COLUMN kind;
