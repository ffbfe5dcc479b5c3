-- The meetings, who is in them, and what slows down guessing and replaying.
-- For SQLite and PostgreSQL alike: TEXT and BIGINT only; ids and keys in hex, times in milliseconds since 1970 (UTC).

-- +goose Up

-- What this hub is: one row a fact, such as the public half of the statement key.
CREATE TABLE hub_facts (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE meetings (
    number       TEXT PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    passcode     TEXT NOT NULL,
    title        TEXT NOT NULL,
    source       TEXT NOT NULL CHECK (source IN ('configured', 'room', 'retired')),
    creator      TEXT NOT NULL, -- identity key of the room that started it; '' if configured
    last_used_at BIGINT NOT NULL
);

CREATE TABLE meeting_hosts (
    number TEXT NOT NULL REFERENCES meetings (number) ON DELETE CASCADE,
    room   TEXT NOT NULL, -- the room's name
    PRIMARY KEY (number, room)
);

CREATE TABLE instances (
    id         TEXT PRIMARY KEY,
    number     TEXT NOT NULL REFERENCES meetings (number) ON DELETE CASCADE,
    started_at BIGINT NOT NULL,
    ended_at   BIGINT -- NULL while it is open
);

-- A meeting has one open instance at most, whatever the program does.
CREATE UNIQUE INDEX instances_open ON instances (number) WHERE ended_at IS NULL;

CREATE TABLE participants (
    id          TEXT PRIMARY KEY,
    instance_id TEXT NOT NULL REFERENCES instances (id) ON DELETE CASCADE,
    room_key    TEXT NOT NULL,
    renewed_at  BIGINT NOT NULL,
    left_at     BIGINT -- NULL while present
);

CREATE INDEX participants_present ON participants (instance_id, renewed_at) WHERE left_at IS NULL;

CREATE TABLE nonces (
    room_key   TEXT NOT NULL,
    nonce      TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (room_key, nonce)
);

CREATE INDEX nonces_expires ON nonces (expires_at);

CREATE TABLE tries (
    name    TEXT PRIMARY KEY, -- 'room ...' or 'meeting ...'
    wrong   BIGINT NOT NULL,
    last_at BIGINT NOT NULL
);

-- +goose Down
DROP TABLE tries;
DROP TABLE nonces;
DROP TABLE participants;
DROP TABLE instances;
DROP TABLE meeting_hosts;
DROP TABLE meetings;
DROP TABLE hub_facts;
