//! The tabs that list texts and show one of them: rendered manifests and the chart's files.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use scanner::report::{Finding, Report, Severity};

use super::Top;
use super::load::{Names, TabQuery, answer, load};
use crate::error::Result;
use crate::web::ui::addresses::with_query;
use crate::web::ui::frame::Frame;
use crate::web::ui::page::page;
use crate::web::ui::parts::{counted, severity_word};
use crate::web::ui::source::{field_line, manifest_of, numbered, same_file};
use crate::web::ui::visit::Visit;

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

/// `GET .../<version>/manifests`.
pub async fn get_manifests(
    visit: Visit,
    names: web::Path<Names>,
    query: web::Query<TabQuery>,
) -> HttpResponse {
    let result = build(&visit, &names, &query, "Manifests", manifests).await;
    answer(&visit, &names, result.map(|filled| page(StatusCode::OK, &filled))).await
}

/// `GET .../<version>/files`.
pub async fn get_files(visit: Visit, names: web::Path<Names>, query: web::Query<TabQuery>) -> HttpResponse {
    let result = build(&visit, &names, &query, "Files", files).await;
    answer(&visit, &names, result.map(|filled| page(StatusCode::OK, &filled))).await
}

/// One text that can be shown.
struct Text<'r> {
    word: String,
    support: String,
    /// `None` when it is binary or too large to show.
    text: Option<&'r str>,
    /// Line and severity of the findings in it.
    marks: Vec<(usize, Severity)>,
}

async fn build(
    visit: &Visit,
    names: &Names,
    query: &TabQuery,
    tab: &'static str,
    texts: for<'r> fn(&'r Report) -> Vec<Text<'r>>,
) -> Result<TextsPage> {
    let loaded = load(visit, names).await?;
    let texts = loaded.page.report.as_ref().map(texts).unwrap_or_default();
    let path = format!("{}/{}", loaded.href, tab.to_lowercase());
    let at = query.at.unwrap_or_else(|| texts.iter().position(|text| !text.marks.is_empty()).unwrap_or(0));
    let list = texts
        .iter()
        .enumerate()
        .map(|(index, text)| Item {
            href: with_query(&path, &[("q", &query.q), ("at", &index.to_string())]),
            word: text.word.clone(),
            current: index == at,
            marks: (!text.marks.is_empty()).then(|| counted(text.marks.len(), "finding")),
        })
        .collect();
    let none = match &loaded.page.report {
        None => "Not scanned yet: nothing is known about this version.",
        Some(report) if report.profiles.iter().any(|profile| profile.error.is_some()) => {
            "The chart does not render, so there is nothing to show here. The verdict says why."
        }
        Some(_) => "With default values this chart makes no objects.",
    };
    Ok(TextsPage {
        frame: loaded.frame(visit).await,
        top: loaded.top(visit, tab, query).await?,
        list,
        none: none.to_owned(),
        shown: texts.get(at).map(show),
    })
}

fn show(text: &Text<'_>) -> ShownText {
    let worst =
        |line| text.marks.iter().filter(|mark| mark.0 == line).map(|mark| mark.1).max().map(severity_word);
    match text.text {
        Some(content) => ShownText::new(text.word.clone(), text.support.clone(), content, worst),
        None => ShownText {
            title: text.word.clone(),
            support: text.support.clone(),
            lines: Vec::new(),
            cut: Some("Not shown: it is not text, or too large. The archive has it.".to_owned()),
        },
    }
}

fn manifests(report: &Report) -> Vec<Text<'_>> {
    let mut texts: Vec<Text<'_>> = report
        .manifests
        .iter()
        .map(|manifest| Text {
            word: format!("{}/{}", manifest.kind, manifest.name),
            support: format!("{}{}", manifest.source, if manifest.hook { ", a hook" } else { "" }),
            text: Some(&manifest.text),
            marks: Vec::new(),
        })
        .collect();
    for finding in &report.findings {
        let at = manifest_of(report, finding)
            .and_then(|of| report.manifests.iter().position(|manifest| std::ptr::eq(manifest, of)));
        if let Some(at) = at
            && let Some(line) = field_line(&report.manifests[at].text, &finding.path)
        {
            texts[at].marks.push((line, finding.severity));
        }
    }
    texts
}

fn files(report: &Report) -> Vec<Text<'_>> {
    report
        .files
        .iter()
        .map(|file| Text {
            word: file.path.clone(),
            support: format!("{} bytes", file.bytes),
            text: file.text.as_deref(),
            marks: report.findings.iter().filter_map(|finding| mark_in(finding, &file.path)).collect(),
        })
        .collect()
}

fn mark_in(finding: &Finding, path: &str) -> Option<(usize, Severity)> {
    let place = finding.template.as_ref().filter(|place| same_file(&place.file, path))?;
    Some((usize::try_from(place.line).ok()?, finding.severity))
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
