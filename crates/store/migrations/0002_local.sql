-- What belongs to this device alone and is never synced.

-- Keys, counters and what peers acknowledged, by name.
CREATE TABLE local (name TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;

-- Keystrokes since the last commit.
CREATE TABLE draft (
    encounter BLOB NOT NULL PRIMARY KEY,
    patient BLOB NOT NULL,
    author BLOB NOT NULL,
    opened_at INTEGER NOT NULL,
    heads TEXT NOT NULL,
    body TEXT NOT NULL,
    saved_at INTEGER NOT NULL
) STRICT;
CREATE INDEX draft_by_patient ON draft (patient);

-- Past exchanges with the center.
CREATE TABLE exchange (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    sent INTEGER NOT NULL,
    received INTEGER NOT NULL,
    problem TEXT
) STRICT;

-- Reference tables (formulary, rules) as the center published them, by BLAKE3 of their bytes.
CREATE TABLE reference_body (hash BLOB NOT NULL PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
