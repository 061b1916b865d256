//! Signing in, the account page and its preferences. Data of the pages.

use askama::Template;

use super::frame::{Frame, Place};

#[derive(Template)]
#[template(path = "sign_in.html")]
pub struct SignInPage {
    pub frame: Frame,
    pub error: Option<String>,
    /// A one-time link waits for its confirmation, so that a preview of the link does not use it up.
    pub link: Option<String>,
    pub back: String,
    pub link_command: String,
}

#[derive(Template)]
#[template(path = "account.html")]
pub struct AccountPage {
    pub frame: Frame,
    pub name: String,
    pub roles: String,
    pub may_administer: bool,
}

impl SignInPage {
    #[must_use]
    pub fn sample() -> SignInPage {
        SignInPage {
            frame: Frame { person: None, ..Frame::sample("Sign in", Place::Elsewhere) },
            error: Some("This token is not known, or it has been revoked.".to_owned()),
            link: None,
            back: "/ui/queue".to_owned(),
            link_command: "chartgate admin sign-in-link".to_owned(),
        }
    }
}

impl AccountPage {
    #[must_use]
    pub fn sample() -> AccountPage {
        AccountPage {
            frame: Frame::sample("Account", Place::Elsewhere),
            name: "reviewer".to_owned(),
            roles: "reviewer of every repository".to_owned(),
            may_administer: true,
        }
    }
}
