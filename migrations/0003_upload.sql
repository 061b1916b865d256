-- OCI uploads under way and the blobs they end in, until a manifest takes them in. Their bytes are objects of the blob store
-- below uploads/<upload>/<part>; a row tells which of them count.

CREATE TABLE upload (
    -- 128 random bits in hexadecimal.
    id TEXT PRIMARY KEY,
    repository TEXT NOT NULL,
    -- Name of the caller; nobody else may go on with it.
    owner TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'staged')),
    size BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    touched_at BIGINT NOT NULL
);
CREATE INDEX upload_by_owner ON upload (owner, state);
CREATE INDEX upload_by_age ON upload (touched_at);

CREATE TABLE upload_part (
    upload_id TEXT NOT NULL REFERENCES upload (id),
    -- Offset of its first byte.
    start BIGINT NOT NULL,
    id TEXT NOT NULL,
    size BIGINT NOT NULL,
    -- So that bytes that the store damaged are not taken for bytes that the client sent.
    digest TEXT NOT NULL,
    PRIMARY KEY (upload_id, start)
);

CREATE TABLE staged_blob (
    repository TEXT NOT NULL,
    owner TEXT NOT NULL,
    digest TEXT NOT NULL,
    upload_id TEXT NOT NULL REFERENCES upload (id),
    size BIGINT NOT NULL,
    -- How many uploads ended in these bytes and were not taken in yet: two pushes at once can share a blob, and the first
    -- to end must not take it from the second.
    pushes BIGINT NOT NULL,
    touched_at BIGINT NOT NULL,
    PRIMARY KEY (repository, owner, digest)
);
CREATE INDEX staged_blob_by_upload ON staged_blob (upload_id);
