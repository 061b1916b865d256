//! The one integration test binary: a real server process, seen from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod browser;
mod charts;
mod classic;
mod doors;
mod helm;
mod http;
mod oci;
mod process;
mod refusals;
mod ui;
