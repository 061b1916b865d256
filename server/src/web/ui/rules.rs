//! The list of rules and the page of one. Data of the pages; the text comes from the rules' own constants.

use askama::Template;

use super::frame::{Frame, Place};

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
    pub explain: Vec<String>,
    pub examples: Vec<Example>,
}

pub struct Example {
    pub word: String,
    pub text: String,
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
            explain: vec!["A privileged container may do anything on its node.".to_owned()],
            examples: vec![example("Fires"), example("Does not fire")],
        }
    }
}
