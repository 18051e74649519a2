-- What the store holds. Times are milliseconds since 1970 in UTC; ids of 16 bytes are UUIDs.
-- To read by hand, ask the views at the end.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
    -- Never used again, also after a purge: claims and requests name runs by it.
    run_no       INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id       BLOB NOT NULL,
    workflow     TEXT NOT NULL,
    version      INTEGER,
    user_id      TEXT,
    -- SHA-256 of the canonical JSON of the input.
    input_digest BLOB NOT NULL,
    fingerprint  INTEGER NOT NULL,
    status       TEXT NOT NULL,
    wake_at      INTEGER,
    lane         INTEGER NOT NULL,
    -- The epoch of the engine that has claimed it.
    owner        INTEGER,
    execution    INTEGER NOT NULL,
    crash_count  INTEGER NOT NULL DEFAULT 0,
    crash_seq    INTEGER NOT NULL DEFAULT 0,
    -- The run that started it as a child.
    parent       INTEGER,
    -- 1: it has ended, and its user id is free for another one.
    replaced     INTEGER NOT NULL DEFAULT 0,
    created_at   INTEGER NOT NULL,
    finished_at  INTEGER
) STRICT;

CREATE UNIQUE INDEX runs_by_id ON runs (run_id);
CREATE UNIQUE INDEX runs_by_user_id ON runs (workflow, user_id)
    WHERE user_id IS NOT NULL AND replaced = 0;
-- What an engine looks for, workflow by workflow.
CREATE INDEX runs_open ON runs (status, workflow, version, owner, wake_at) WHERE finished_at IS NULL;

-- What a purge looks for, and a list of the runs that ended in one way.
CREATE INDEX runs_finished ON runs (status, finished_at) WHERE finished_at IS NOT NULL;

-- Runs that were purged and whose rows are still being deleted: for everybody else they are gone.
CREATE TABLE gone (
    run_no INTEGER PRIMARY KEY
) STRICT;

-- Up to which position every tracker was done with a lane at an instant, as purges noted it:
-- what is kept for a while after its delivery is measured by it.
CREATE TABLE delivered (
    lane INTEGER NOT NULL,
    at   INTEGER NOT NULL,
    pos  INTEGER NOT NULL,
    PRIMARY KEY (lane, at)
) STRICT, WITHOUT ROWID;

-- Every event of every run: the journal for replay, and what is delivered. Rows lie in the order
-- of their commits, whichever run they are of, so that writing is appending.
CREATE TABLE log (
    run_no      INTEGER NOT NULL,
    seq         INTEGER NOT NULL,
    turn        INTEGER NOT NULL,
    lane        INTEGER NOT NULL,
    pos         INTEGER NOT NULL,
    event_id    BLOB NOT NULL,
    type        TEXT NOT NULL,
    occurred_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    -- 1: `fields` is a JSON object. 2: and its `input`, `output` and `payload` are only for
    -- trackers that ask for values.
    format      INTEGER NOT NULL,
    fields      TEXT NOT NULL,
    -- 1: `payload` is JSON.
    codec       INTEGER,
    payload     BLOB,
    PRIMARY KEY (run_no, seq)
) STRICT;

CREATE UNIQUE INDEX log_by_position ON log (lane, pos);

-- The position of the last event of each lane.
CREATE TABLE lanes (
    lane INTEGER PRIMARY KEY,
    head INTEGER NOT NULL
) STRICT;

INSERT INTO lanes (lane, head)
WITH RECURSIVE lane (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM lane WHERE n < 15)
SELECT n, 0 FROM lane;

-- Requests to runs that have not ended.
CREATE TABLE inbox (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    run_no INTEGER NOT NULL,
    kind   TEXT NOT NULL,
    -- A cancel's reason.
    body   TEXT,
    at     INTEGER NOT NULL
) STRICT;

CREATE INDEX inbox_by_run ON inbox (run_no);

-- How far each tracker is with each lane. Its events begin after `start`; it is done with those
-- up to `pos`, of which some were put aside (`quarantined`) or dropped for their age (`expired`).
CREATE TABLE cursors (
    tracker     TEXT NOT NULL,
    lane        INTEGER NOT NULL,
    start       INTEGER NOT NULL,
    pos         INTEGER NOT NULL,
    quarantined INTEGER NOT NULL DEFAULT 0,
    expired     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tracker, lane)
) STRICT, WITHOUT ROWID;

-- Events that a destination refused for good.
CREATE TABLE dead_letters (
    tracker     TEXT NOT NULL,
    lane        INTEGER NOT NULL,
    pos         INTEGER NOT NULL,
    run_no      INTEGER NOT NULL,
    seq         INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    http_status INTEGER,
    reason      TEXT NOT NULL,
    PRIMARY KEY (tracker, lane, pos)
) STRICT, WITHOUT ROWID;

CREATE INDEX dead_letters_by_run ON dead_letters (run_no);

-- Every engine that was given the right to execute runs.
CREATE TABLE engines (
    epoch      INTEGER PRIMARY KEY AUTOINCREMENT,
    pid        INTEGER NOT NULL,
    started_at INTEGER NOT NULL
) STRICT;

-- For people: one tracker a line; accepted = delivered + pending + quarantined + expired.
CREATE VIEW accounts AS
SELECT
    tracker,
    sum(head - start) AS accepted,
    sum(pos - start - quarantined - expired) AS delivered,
    sum(head - pos) AS pending,
    sum(quarantined) AS quarantined,
    sum(expired) AS expired
FROM cursors JOIN lanes USING (lane)
GROUP BY tracker;

-- For people: what is still to be delivered, oldest first within a lane.
CREATE VIEW pending AS
SELECT cursors.tracker, log.lane, log.pos, log.run_no, log.seq, log.type
FROM cursors JOIN log ON log.lane = cursors.lane AND log.pos > cursors.pos
ORDER BY cursors.tracker, log.lane, log.pos;

-- For people: the log with ids and times as text.
CREATE VIEW events AS
SELECT
    runs.workflow,
    coalesce(runs.user_id, lower(hex(runs.run_id))) AS run,
    log.seq,
    log.type,
    strftime('%Y-%m-%dT%H:%M:%fZ', log.occurred_at / 1000.0, 'unixepoch') AS occurred_at,
    log.fields,
    CASE log.codec WHEN 1 THEN CAST(log.payload AS TEXT) END AS payload,
    log.turn,
    log.lane,
    log.pos
FROM log JOIN runs USING (run_no)
ORDER BY log.run_no, log.seq;
