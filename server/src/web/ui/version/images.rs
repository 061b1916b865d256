//! The images tab: every image that the rendered objects run, and whether its bytes are pinned.

use askama::Template;
use scanner::report::ImageFacts;

use super::Top;
use crate::web::ui::frame::Frame;

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
