//! The list of rules and the page of one, from the rules' own constants.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::frame::{Frame, Place};
use super::page::page;
use super::parts::severity_word;
use super::visit::Visit;
use crate::error::{Error, Kind};

/// `GET /ui/rules`.
pub async fn get(visit: Visit) -> HttpResponse {
    let filled = RulesPage {
        frame: visit.frame("Rules", Place::Rules).await,
        rows: scanner::rules::all().map(RuleRow::from).collect(),
    };
    page(StatusCode::OK, &filled)
}

/// `GET /ui/rules/{family}/{name}`.
pub async fn get_one(visit: Visit, id: web::Path<(String, String)>) -> HttpResponse {
    let id = format!("{}/{}", id.0, id.1);
    let Some(rule) = scanner::rules::find(&id) else {
        return visit.error(&Error::new(Kind::NotFound, "there is no such rule")).await;
    };
    let example = |word: &str, texts: &[&str]| {
        (!texts.is_empty()).then(|| Example { word: word.to_owned(), text: texts.join("\n---\n") })
    };
    let filled = RulePage {
        frame: visit.frame(rule.id, Place::Rules).await,
        rule: RuleRow::from(rule),
        explain: paragraphs(rule.explain),
        examples: [example("Fires on", rule.bad), example("Silent on", rule.good)]
            .into_iter()
            .flatten()
            .collect(),
    };
    page(StatusCode::OK, &filled)
}

/// The title of a rule, or its id when a report is older or newer than the rules here.
#[must_use]
pub fn title(id: &str) -> String {
    scanner::rules::find(id).map_or(id, |rule| rule.title).to_owned()
}

impl From<&'static scanner::rule::Rule> for RuleRow {
    fn from(rule: &'static scanner::rule::Rule) -> RuleRow {
        RuleRow {
            id: rule.id.to_owned(),
            href: format!("/ui/rules/{}", rule.id),
            title: rule.title.to_owned(),
            severity: severity_word(rule.severity),
            peers: rule.peers.join(", "),
        }
    }
}

#[derive(Template)]
#[template(path = "rules.html")]
pub struct RulesPage {
    pub frame: Frame,
    pub rows: Vec<RuleRow>,
}

pub struct RuleRow {
    pub id: String,
    pub href: String,
    pub title: String,
    pub severity: &'static str,
    pub peers: String,
}

#[derive(Template)]
#[template(path = "rule.html")]
pub struct RulePage {
    pub frame: Frame,
    pub rule: RuleRow,
    pub explain: Vec<Paragraph>,
    pub examples: Vec<Example>,
}

pub struct Example {
    pub word: String,
    pub text: String,
}

/// A paragraph of a rule's explanation, as text and code in turns.
pub struct Paragraph {
    pub is_item: bool,
    pub pieces: Vec<Piece>,
}

pub struct Piece {
    pub code: bool,
    pub text: String,
}

/// The small part of Markdown that explanations use: paragraphs, list items, code between backticks.
#[must_use]
pub fn paragraphs(markdown: &str) -> Vec<Paragraph> {
    let mut texts: Vec<(bool, String)> = Vec::new();
    let mut fresh = true;
    for line in markdown.lines().map(str::trim) {
        let item = line.strip_prefix("- ").or_else(|| line.strip_prefix("* "));
        match (item, texts.last_mut()) {
            _ if line.is_empty() => {
                fresh = true;
                continue;
            }
            (None, Some((_, text))) if !fresh => {
                text.push(' ');
                text.push_str(line);
            }
            _ => texts.push((item.is_some(), item.unwrap_or(line).trim_start_matches("# ").to_owned())),
        }
        fresh = false;
    }
    texts.into_iter().map(|(is_item, text)| Paragraph { is_item, pieces: pieces(&text) }).collect()
}

fn pieces(text: &str) -> Vec<Piece> {
    text.split('`')
        .enumerate()
        .map(|(index, text)| Piece { code: index % 2 == 1, text: text.replace("**", "") })
        .filter(|piece| !piece.text.is_empty())
        .collect()
}

impl RuleRow {
    #[must_use]
    pub fn sample() -> RuleRow {
        RuleRow {
            id: "pod/privileged".to_owned(),
            href: "/ui/rules/pod/privileged".to_owned(),
            title: "Container is privileged".to_owned(),
            severity: "high",
            peers: "KSV-0017, CKV_K8S_16".to_owned(),
        }
    }
}

impl RulesPage {
    #[must_use]
    pub fn sample() -> RulesPage {
        RulesPage { frame: Frame::sample("Rules", Place::Rules), rows: vec![RuleRow::sample()] }
    }
}

impl RulePage {
    #[must_use]
    pub fn sample() -> RulePage {
        let example = |word: &str| Example { word: word.to_owned(), text: "kind: Pod\n".to_owned() };
        RulePage {
            frame: Frame::sample("pod/privileged", Place::Rules),
            rule: RuleRow::sample(),
            explain: paragraphs("A container with `privileged: true` may do anything on its node."),
            examples: vec![example("Fires"), example("Does not fire")],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn explanations_are_paragraphs_items_and_code() {
        let shown: Vec<(bool, Vec<(bool, String)>)> = paragraphs("One\ntwo `three`.\n\n- **four**\n- five")
            .into_iter()
            .map(|p| (p.is_item, p.pieces.into_iter().map(|piece| (piece.code, piece.text)).collect()))
            .collect();
        let text = |text: &str| (false, text.to_owned());
        assert_eq!(
            shown,
            [
                (false, vec![text("One two "), (true, "three".to_owned()), text(".")]),
                (true, vec![text("four")]),
                (true, vec![text("five")]),
            ]
        );
    }
}
