//! The tabs that list texts and show one of them: rendered manifests and the chart's files.

use askama::Template;

use super::Top;
use crate::web::ui::frame::Frame;
use crate::web::ui::source::numbered;

/// Lines of one text that are shown; a longer one says how much is left out.
const LINES_SHOWN_MAX: usize = 5_000;

#[derive(Template)]
#[template(path = "version/manifests.html")]
pub struct TextsPage {
    pub frame: Frame,
    pub top: Top,
    pub list: Vec<Item>,
    pub none: String,
    pub shown: Option<ShownText>,
}

pub struct Item {
    pub href: String,
    pub word: String,
    pub current: bool,
    /// How many findings are about it, in words.
    pub marks: Option<String>,
}

pub struct ShownText {
    pub title: String,
    pub support: String,
    pub lines: Vec<MarkedLine>,
    /// Said when not everything is shown.
    pub cut: Option<String>,
}

pub struct MarkedLine {
    pub number: usize,
    pub text: String,
    /// Severity of the worst finding on this line.
    pub severity: Option<&'static str>,
}

impl ShownText {
    /// `severity_at` says what a line's worst finding is.
    #[must_use]
    pub fn new(
        title: String,
        support: String,
        text: &str,
        severity_at: impl Fn(usize) -> Option<&'static str>,
    ) -> ShownText {
        let lines: Vec<MarkedLine> = numbered(text)
            .take(LINES_SHOWN_MAX)
            .map(|(number, text)| MarkedLine { number, text, severity: severity_at(number) })
            .collect();
        let total = text.lines().count();
        let cut = (total > lines.len())
            .then(|| format!("{} of {total} lines are shown; the archive has the rest.", lines.len()));
        ShownText { title, support, lines, cut }
    }
}

impl TextsPage {
    #[must_use]
    pub fn sample() -> TextsPage {
        let report = super::sample::report();
        let text = report.manifests.first().map_or("", |manifest| manifest.text.as_str());
        TextsPage {
            frame: Top::sample_frame(),
            top: Top::sample("Manifests"),
            list: vec![Item {
                href: "/ui/charts/charts/demo/1.0.0/manifests?at=0".to_owned(),
                word: "Service/hub".to_owned(),
                current: true,
                marks: Some("1 finding".to_owned()),
            }],
            none: String::new(),
            shown: Some(ShownText::new(
                "Service/hub".to_owned(),
                "demo/templates/hub.yaml".to_owned(),
                text,
                |line| (line == 6).then_some("critical"),
            )),
        }
    }
}
