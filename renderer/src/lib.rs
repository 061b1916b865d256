//! Helm in Rust: archive -> chart -> values -> template -> yaml -> manifest. Pure: no network, no files, no clock, no async, no globals.

pub mod archive;
pub mod chart;
pub mod cli;
pub mod compare;
pub mod coverage;
pub mod error;
pub mod explain;
pub mod functions;
pub mod helm;
pub mod json;
pub mod limits;
pub mod manifest;
pub mod render;
pub mod schema;
pub mod template;
pub mod toml;
pub mod trace;
pub mod value;
pub mod values;
pub mod version_range;
pub mod yaml;
