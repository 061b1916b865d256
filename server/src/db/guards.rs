//! Statements that one database alone understands: the triggers that keep audit entries from being changed.

/// SQLite's form; run at every start.
pub(super) const SQLITE: [&str; 2] = [
    "CREATE TRIGGER IF NOT EXISTS audit_entry_no_update BEFORE UPDATE ON audit_entry
     BEGIN SELECT RAISE(ABORT, 'audit entries are never changed'); END",
    "CREATE TRIGGER IF NOT EXISTS audit_entry_no_delete BEFORE DELETE ON audit_entry
     BEGIN SELECT RAISE(ABORT, 'audit entries are never deleted'); END",
];

/// PostgreSQL's form; run at every start, by one server at a time.
pub(super) const POSTGRES: [&str; 4] = [
    "CREATE OR REPLACE FUNCTION audit_entry_is_kept() RETURNS trigger LANGUAGE plpgsql
     AS $$ BEGIN RAISE EXCEPTION 'audit entries are never changed or deleted'; END $$",
    "CREATE OR REPLACE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry
     FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_is_kept()",
    "CREATE OR REPLACE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry
     FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_is_kept()",
    "CREATE OR REPLACE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON audit_entry
     FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_is_kept()",
];
