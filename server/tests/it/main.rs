//! The one integration test binary: a real server process, seen from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod audit;
mod browser;
mod charts;
mod classic;
mod cli;
mod dice;
mod doors;
mod faulty;
mod helm;
mod http;
mod kill;
mod mirror;
mod nginx;
mod oci;
mod operator;
mod outage;
mod page_door;
mod postgres;
mod process;
mod races;
mod refusals;
mod replicas;
mod s3;
mod start;
mod store_faults;
mod store_outages;
mod stores;
mod topology;
mod ui;
mod uploads;
