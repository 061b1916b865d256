-- The charts that changed since an index was made, without a look at the others. A chart's revision is its repository's
-- revision at the time of its last change.
CREATE INDEX chart_by_revision ON chart (repository_id, revision);
