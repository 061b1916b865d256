//! Statements that one database alone understands: the triggers that keep audit entries from being changed.

/// SQLite's form; run at every start.
pub(super) const SQLITE: [&str; 2] = [
    "CREATE TRIGGER IF NOT EXISTS audit_entry_no_update BEFORE UPDATE ON audit_entry
     BEGIN SELECT RAISE(ABORT, 'audit entries are never changed'); END",
    "CREATE TRIGGER IF NOT EXISTS audit_entry_no_delete BEFORE DELETE ON audit_entry
     BEGIN SELECT RAISE(ABORT, 'audit entries are never deleted'); END",
];
