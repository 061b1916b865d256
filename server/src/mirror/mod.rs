//! Following upstream repositories: what an upstream offers, and where its archives are.

pub mod address;
pub mod index;
