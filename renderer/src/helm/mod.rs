//! The built-in objects of a template: Release, Chart, Capabilities, Files, Template, Subcharts. It does not evaluate templates.

mod capabilities;
mod chart_object;
mod files;
mod glob;
mod go_struct;
mod path_match;
mod scope;

pub use capabilities::{Capabilities, KubeVersion};
pub use files::Files;
pub use glob::Glob;
pub use path_match::path_match;
pub(crate) use scope::typed_map;
pub use scope::{Scope, Unit, release, scopes};

/// Go's complaint about an argument of a method that wants a string.
fn not_a_string(value: &crate::value::Value) -> String {
    if value.is_nil() {
        "invalid value; expected string".to_owned()
    } else {
        format!("wrong type for value; expected string; got {}", value.type_name())
    }
}
