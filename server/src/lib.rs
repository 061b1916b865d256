//! The chartgate server as a library: doors, registry, jobs, pages and command line.

pub mod app;
pub mod auth;
pub mod blobs;
pub mod cli;
pub mod config;
pub mod db;
pub mod error;
pub mod jobs;
pub mod mirror;
pub mod model;
pub mod outbound;
pub mod registry;
pub mod setup;
pub mod uploads;
pub mod web;
