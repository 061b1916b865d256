//! A report and its verdict for people and for programs. Nothing is decided here.

mod json;
mod table;

pub use json::json;
pub use table::table;
