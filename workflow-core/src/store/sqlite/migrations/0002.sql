-- Signals and children: what runs wait for beside time, and what comes to them.

-- What a waiting run is woken by, as a JSON array: "signal:<name>", "child:<run id>".
ALTER TABLE runs ADD COLUMN awaits TEXT;

CREATE INDEX runs_by_parent ON runs (parent) WHERE parent IS NOT NULL AND finished_at IS NULL;

-- A signal's name, or the run id of a child that has ended, whose outcome is in `body`.
ALTER TABLE inbox ADD COLUMN name TEXT;
-- A signal's value, or what a child returned.
ALTER TABLE inbox ADD COLUMN payload BLOB;
