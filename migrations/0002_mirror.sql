-- Upstreams: what mirrors follow, every version they want, and how each run went. Portable as the first file.

CREATE TABLE upstream (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    -- Address of the classic repository, without index.yaml.
    url TEXT NOT NULL,
    repository_id TEXT NOT NULL REFERENCES repository (id),
    -- Names of charts as a JSON list; an empty one means every chart.
    charts TEXT NOT NULL,
    -- A version range as Helm reads them; empty means every version.
    versions TEXT NOT NULL,
    every_seconds BIGINT NOT NULL,
    -- The index whose last entry is in upstream_version: sent back with the next request.
    etag TEXT,
    last_modified TEXT,
    index_digest TEXT,
    next_run_at BIGINT NOT NULL,
    -- Until when the upstream asked to be left alone.
    not_before BIGINT NOT NULL,
    -- Runs that failed since the last one that did not.
    failures BIGINT NOT NULL,
    last_run_at BIGINT,
    last_success_at BIGINT,
    last_error TEXT,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    removed_at BIGINT
);
CREATE UNIQUE INDEX upstream_by_name ON upstream (name) WHERE removed_at IS NULL;

-- One row for each version that an upstream offers and its mirror wants.
CREATE TABLE upstream_version (
    upstream_id TEXT NOT NULL REFERENCES upstream (id),
    chart TEXT NOT NULL,
    version TEXT NOT NULL,
    -- Of the archive; empty where the index gives none that can be fetched.
    url TEXT NOT NULL,
    -- What the index says: the digest, empty where it says none; the time, 0 where it says none; the place in its list.
    said_digest TEXT NOT NULL,
    said_created_at BIGINT NOT NULL,
    position BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('wanted', 'stored', 'refused', 'failed', 'held')),
    -- The version here, and the digest of its bytes.
    version_id TEXT REFERENCES version (id),
    digest TEXT,
    -- Tries that failed; when to fetch (again), absent where there is nothing to fetch.
    attempts BIGINT NOT NULL,
    next_try_at BIGINT,
    error TEXT,
    -- Other bytes that the upstream offers under this version. They are never taken.
    changed_digest TEXT,
    changed_at BIGINT,
    -- The reading of the index that saw this version last.
    reading TEXT NOT NULL,
    first_seen_at BIGINT NOT NULL,
    -- Since when the index has it no more.
    gone_at BIGINT,
    PRIMARY KEY (upstream_id, chart, version),
    CHECK (state <> 'stored' OR (version_id IS NOT NULL AND digest IS NOT NULL)),
    CHECK (state <> 'held' OR changed_digest IS NOT NULL)
);
CREATE INDEX upstream_version_by_try ON upstream_version (upstream_id, next_try_at);
CREATE INDEX upstream_version_by_version ON upstream_version (version_id);

-- One run of a mirror; it has the id of its job.
CREATE TABLE upstream_run (
    id TEXT PRIMARY KEY,
    upstream_id TEXT NOT NULL REFERENCES upstream (id),
    -- Who asked for it; absent where the schedule did.
    asked_by TEXT,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed')),
    -- What it found, as JSON.
    summary TEXT NOT NULL,
    error TEXT,
    queued_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT
);
CREATE INDEX upstream_run_by_upstream ON upstream_run (upstream_id, id);
-- One run at a time.
CREATE UNIQUE INDEX upstream_run_open ON upstream_run (upstream_id) WHERE state IN ('queued', 'running');
