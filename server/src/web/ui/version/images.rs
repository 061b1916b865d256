//! The images tab: every image that the rendered objects run, and whether its bytes are pinned.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use scanner::report::ImageFacts;

use super::Top;
use super::load::{Names, TabQuery, answer, load};
use crate::error::Result;
use crate::web::ui::frame::Frame;
use crate::web::ui::page::page;
use crate::web::ui::visit::Visit;

#[derive(Template)]
#[template(path = "version/images.html")]
pub struct ImagesPage {
    pub frame: Frame,
    pub top: Top,
    pub images: Vec<Image>,
    pub none: String,
}

pub struct Image {
    pub reference: String,
    pub pinned: bool,
    pub used_by: Vec<String>,
}

/// `GET .../<version>/images`.
pub async fn get(visit: Visit, names: web::Path<Names>, query: web::Query<TabQuery>) -> HttpResponse {
    let result = build(&visit, &names, &query).await;
    answer(&visit, &names, result.map(|filled| page(StatusCode::OK, &filled))).await
}

async fn build(visit: &Visit, names: &Names, query: &TabQuery) -> Result<ImagesPage> {
    let loaded = load(visit, names).await?;
    let none = match &loaded.page.report {
        None => "Not scanned yet: the images are not known.",
        Some(_) => "With default values this chart runs no image.",
    };
    Ok(ImagesPage {
        frame: loaded.frame(visit).await,
        top: loaded.top(visit, "Images", query).await?,
        images: loaded.page.report.iter().flat_map(|report| &report.images).map(Image::from).collect(),
        none: none.to_owned(),
    })
}

impl From<&ImageFacts> for Image {
    fn from(facts: &ImageFacts) -> Image {
        Image {
            pinned: facts.reference.contains("@sha256:"),
            reference: facts.reference.clone(),
            used_by: facts.used_by.clone(),
        }
    }
}

impl ImagesPage {
    #[must_use]
    pub fn sample() -> ImagesPage {
        ImagesPage {
            frame: Top::sample_frame(),
            top: Top::sample("Images"),
            images: super::sample::report().images.iter().map(Image::from).collect(),
            none: String::new(),
        }
    }
}
