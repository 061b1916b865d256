//! The chartgate server as a library: doors, registry, jobs, pages and command line.
pub mod web;
