//! What rules look at: objects with their fields, pods, containers, roles, ways in from outside. No rule lives here.

mod assignment;
mod chart;
mod config;
mod exposure;
mod field;
mod image;
mod login;
mod object;
mod pod;
mod reach;
mod role;
mod scene;
mod surface;
mod surfaces;
mod values;

pub use assignment::assignments;
pub use chart::Chart;
pub use config::data_entries;
pub use exposure::{Exposure, Target, Way, exposures};
pub use field::Field;
pub use image::ImageName;
pub use login::{Login, door_login, pod_login};
pub use object::{Document, Object};
pub use pod::{Container, PodSpec};
pub use reach::{Reach, load_balancer_reach};
pub use role::{Bound, Role, Rule as RbacRule};
pub use scene::{Scene, documents_of_render, documents_of_text};
pub use surface::{Surface, has_word, surface_of};
pub use values::{Leaf, leaf_at, leaves};
