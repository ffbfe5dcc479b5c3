-- Rooms that have changed their identity keys.

-- +goose Up

-- The key that followed another. From the key in the configuration they lead to a room's newest one, so they are never
-- forgotten. No key is followed twice, and none comes twice.
CREATE TABLE successions (
    old_key     TEXT PRIMARY KEY,
    new_key     TEXT NOT NULL UNIQUE,
    device      TEXT NOT NULL,
    made_at     BIGINT NOT NULL, -- by the room's clock
    accepted_at BIGINT NOT NULL,
    statement   TEXT NOT NULL    -- signed by both keys, in hex
);

CREATE INDEX successions_accepted ON successions (accepted_at);

-- +goose Down
DROP TABLE successions;
