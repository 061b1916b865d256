//! Following upstream repositories: what an upstream offers, where its archives are, and what a mirror does with them.

pub mod address;
mod compare;
mod fetch;
mod hosts;
pub mod index;
mod offers;
mod schedule;
mod spool;
mod summary;
mod sync;
#[cfg(test)]
mod tests;

pub use hosts::Hosts;
pub use summary::Summary;
pub use sync::follow;
