//! The JSON API under /api/v1: routes only; every way in ends in `registry::intake`, every byte asks `registry::resolve`.

use actix_web::web::ServiceConfig;

/// The routes of this door.
pub fn configure(_: &mut ServiceConfig) {}
