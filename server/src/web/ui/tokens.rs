//! API tokens for administrators: list, make, revoke. Data of the page.

use askama::Template;

use super::frame::{Frame, Place};
use super::parts::{Moment, Pair};

#[derive(Template)]
#[template(path = "tokens.html")]
pub struct TokensPage {
    pub frame: Frame,
    /// The token just made, shown once.
    pub created: Option<Pair>,
    pub error: Option<String>,
    pub roles: Vec<String>,
    pub repositories: Vec<String>,
    pub typed_name: String,
    pub typed_role: String,
    pub typed_repository: String,
    pub rows: Vec<TokenRow>,
    pub token_command: String,
}

pub struct TokenRow {
    pub id: String,
    pub name: String,
    pub role: String,
    pub repository: String,
    pub made_at: Moment,
    pub revoked: bool,
}

impl TokensPage {
    #[must_use]
    pub fn sample() -> TokensPage {
        let row = |name: &str, revoked| TokenRow {
            id: name.to_owned(),
            name: name.to_owned(),
            role: "publisher".to_owned(),
            repository: "charts".to_owned(),
            made_at: Moment::sample(),
            revoked,
        };
        TokensPage {
            frame: Frame::sample("Tokens", Place::Elsewhere),
            created: Some(Pair { name: "ci".to_owned(), value: "cg_sample".to_owned() }),
            error: None,
            roles: vec!["publisher".to_owned(), "reviewer".to_owned()],
            repositories: vec!["charts".to_owned()],
            typed_name: String::new(),
            typed_role: "publisher".to_owned(),
            typed_repository: String::new(),
            rows: vec![row("ci", false), row("old", true)],
            token_command: String::new(),
        }
    }
}
