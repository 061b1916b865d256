-- The charts that changed since an index was made, without a look at the others. A chart's revision is its repository's
-- revision at the time of its last change.
CREATE INDEX chart_by_revision ON chart (repository_id, revision);

-- Every digest by which a version can be reached: config and provenance as the manifest itself.
CREATE INDEX manifest_by_config ON manifest (config_digest);
CREATE INDEX manifest_by_provenance ON manifest (provenance_digest);

-- The approved versions of one chart.
CREATE INDEX version_by_chart ON version (chart_id, state);
