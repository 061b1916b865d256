//! The classic Helm repository and the ChartMuseum API: routes only; every way in ends in `registry::intake`, every byte asks `registry::resolve`.

use actix_web::web::ServiceConfig;

/// The routes of this door.
pub fn configure(_: &mut ServiceConfig) {}
