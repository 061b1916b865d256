//! TOML as BurntSushi's package reads and writes it. The policy files of the scanner are read elsewhere.

mod writer;

pub use writer::{TomlError, to_toml};
