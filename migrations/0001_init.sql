-- Portable between SQLite and PostgreSQL: TEXT, BIGINT, BOOLEAN only; times are microseconds UTC; ids and digests are text.

CREATE TABLE repository (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    -- Changes whenever what readers may see changes; the index is cached under it.
    revision BIGINT NOT NULL DEFAULT 0,
    content_changed_at BIGINT NOT NULL,
    -- The policy last seen in force; a difference starts a new judgement of what waits.
    policy_version TEXT NOT NULL,
    -- The policy itself where several servers share one database; absent where it is a file beside it.
    policy TEXT,
    created_at BIGINT NOT NULL
);

CREATE TABLE chart (
    id TEXT PRIMARY KEY,
    repository_id TEXT NOT NULL REFERENCES repository (id),
    name TEXT NOT NULL,
    revision BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    UNIQUE (repository_id, name)
);

CREATE TABLE blob (
    digest TEXT PRIMARY KEY,
    size BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE version (
    id TEXT PRIMARY KEY,
    chart_id TEXT NOT NULL REFERENCES chart (id),
    version TEXT NOT NULL,
    tag TEXT NOT NULL,
    digest TEXT NOT NULL REFERENCES blob (digest),
    size BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('quarantined', 'in review', 'approved', 'rejected', 'revoked')),
    door TEXT NOT NULL CHECK (door IN ('page', 'classic', 'oci', 'api', 'mirror', 'sample')),
    metadata TEXT NOT NULL,
    manifest_digest TEXT NOT NULL REFERENCES blob (digest),
    uploaded_by TEXT NOT NULL,
    uploaded_at BIGINT NOT NULL,
    state_changed_at BIGINT NOT NULL,
    published_at BIGINT,
    -- The judgement in force: which scan, under which policy, with what result.
    scan_id TEXT,
    verdict TEXT CHECK (verdict IN ('pass', 'block', 'incomplete')),
    verdict_reason TEXT,
    deciding_rules TEXT,
    policy_version TEXT,
    -- The decision in force.
    decided_by TEXT,
    decision_reason TEXT,
    UNIQUE (chart_id, version),
    UNIQUE (chart_id, tag),
    CHECK (state = 'quarantined' OR (scan_id IS NOT NULL AND verdict IS NOT NULL AND policy_version IS NOT NULL)),
    CHECK (state NOT IN ('approved', 'revoked') OR (verdict = 'pass' AND published_at IS NOT NULL))
);
CREATE INDEX version_by_state ON version (state, uploaded_at, id);
CREATE INDEX version_by_digest ON version (digest);

-- The OCI manifests of a version: the one it is known by, and others pushed with the same chart layer.
CREATE TABLE manifest (
    version_id TEXT NOT NULL REFERENCES version (id),
    digest TEXT NOT NULL REFERENCES blob (digest),
    media_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    config_digest TEXT NOT NULL REFERENCES blob (digest),
    provenance_digest TEXT REFERENCES blob (digest),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (version_id, digest)
);
CREATE INDEX manifest_by_digest ON manifest (digest);

CREATE TABLE scan (
    id TEXT PRIMARY KEY,
    version_id TEXT NOT NULL REFERENCES version (id),
    digest TEXT NOT NULL,
    scanner_version TEXT NOT NULL,
    report_digest TEXT NOT NULL REFERENCES blob (digest),
    complete BOOLEAN NOT NULL,
    incomplete_reason TEXT,
    critical BIGINT NOT NULL,
    high BIGINT NOT NULL,
    medium BIGINT NOT NULL,
    low BIGINT NOT NULL,
    info BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    finished_at BIGINT NOT NULL
);
CREATE INDEX scan_by_version ON scan (version_id, id);

CREATE TABLE finding (
    scan_id TEXT NOT NULL REFERENCES scan (id),
    position BIGINT NOT NULL,
    rule TEXT NOT NULL,
    severity TEXT NOT NULL CHECK (severity IN ('info', 'low', 'medium', 'high', 'critical')),
    object_kind TEXT NOT NULL,
    object_namespace TEXT NOT NULL,
    object_name TEXT NOT NULL,
    path TEXT NOT NULL,
    template_file TEXT NOT NULL,
    template_line BIGINT NOT NULL,
    values_keys TEXT NOT NULL,
    evidence TEXT NOT NULL,
    message TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    profile TEXT NOT NULL,
    PRIMARY KEY (scan_id, position)
);
CREATE INDEX finding_by_rule ON finding (rule, scan_id);

CREATE TABLE vote (
    id TEXT PRIMARY KEY,
    version_id TEXT NOT NULL REFERENCES version (id),
    voter TEXT NOT NULL,
    decision TEXT NOT NULL CHECK (decision IN ('approve', 'reject')),
    reason TEXT NOT NULL,
    digest TEXT NOT NULL,
    scan_id TEXT NOT NULL REFERENCES scan (id),
    policy_version TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (version_id, voter, scan_id, policy_version)
);

CREATE TABLE account (
    name TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('person', 'robot')),
    created_at BIGINT NOT NULL,
    disabled_at BIGINT
);

-- What a person may do after signing in; an empty repository means all of them.
CREATE TABLE account_grant (
    account TEXT NOT NULL REFERENCES account (name),
    role TEXT NOT NULL CHECK (role IN ('reader', 'publisher', 'reviewer', 'admin', 'auditor')),
    repository TEXT NOT NULL,
    PRIMARY KEY (account, role, repository)
);

CREATE TABLE token (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (name),
    hash TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('reader', 'publisher', 'reviewer', 'admin', 'auditor')),
    repository TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT,
    revoked_at BIGINT
);

CREATE TABLE session (
    hash TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (name),
    token_id TEXT REFERENCES token (id),
    form_token TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE sign_in_link (
    hash TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (name),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);

CREATE TABLE job (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('scan', 'mirror')),
    -- The version to scan, or the upstream to follow.
    subject_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed')),
    attempts BIGINT NOT NULL,
    -- What somebody waits for is 0; what comes by itself is 1 and lets it pass.
    urgency BIGINT NOT NULL,
    run_after BIGINT NOT NULL,
    -- Who runs it, and until when that worker counts as alive without a further heartbeat.
    worker TEXT,
    lease_until BIGINT,
    error TEXT,
    created_at BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX job_by_state ON job (state, kind, urgency, run_after, id);

-- Never has a row: on PostgreSQL a transaction that changes state locks it first, so that there is one at a time.
CREATE TABLE writer (
    id TEXT PRIMARY KEY
);

-- The hash chain. `entry` is the text that is hashed; the columns beside it repeat its fields for filters.
CREATE TABLE audit_entry (
    seq BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    repository TEXT NOT NULL,
    chart TEXT NOT NULL,
    version TEXT NOT NULL,
    entry TEXT NOT NULL,
    prev_hash TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE
);
CREATE INDEX audit_entry_by_object ON audit_entry (repository, chart, version, seq);
