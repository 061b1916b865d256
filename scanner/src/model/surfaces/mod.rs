//! The data table of known administration surfaces. Only facts about products; the logic that uses them is in `surface` and `login`.

mod code;
mod control;
mod data;

use super::surface::Surface;

/// Environment values that mean on, in lower case.
const YES: &[&str] = &["true", "yes", "1", "on"];
/// Environment values that mean off, in lower case.
const NO: &[&str] = &["false", "no", "0", "off"];

/// Every known surface. In each file more exact entries stand before wider ones: the first that matches names the surface.
pub(super) fn surfaces() -> impl Iterator<Item = &'static Surface> {
    data::SURFACES.iter().chain(code::SURFACES).chain(control::SURFACES)
}
