-- The manifests of workflows, for saying what changed since a run was recorded.
CREATE TABLE definitions (
    workflow    TEXT NOT NULL,
    fingerprint INTEGER NOT NULL,
    manifest    TEXT NOT NULL,
    PRIMARY KEY (workflow, fingerprint)
) STRICT, WITHOUT ROWID;
