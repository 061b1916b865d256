//! What speaks HTTP: pages and protocol doors.

pub mod ui;
