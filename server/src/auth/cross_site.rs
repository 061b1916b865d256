//! Forms of other sites are refused: by what the browser says of the request's origin, and by a token that only our
//! pages know.

use super::Session;
use crate::error::{Error, Kind, Result};

/// Checks a form post of a session. Every handler that changes something for a session calls this first.
///
/// # Errors
/// `CrossSite`.
pub fn check_form(session: &Session, form_token: &str, same_origin: bool) -> Result<()> {
    if same_origin && equal(session.form_token.as_bytes(), form_token.as_bytes()) {
        return Ok(());
    }
    Err(Error::new(
        Kind::CrossSite,
        "this form did not come from this session's pages; load the page again and repeat",
    ))
}

/// What the browser says: `Sec-Fetch-Site` where it is sent, else `Origin` against the host that was asked.
/// A client that sends neither is no browser that could be tricked; the form token still has to be right.
#[must_use]
pub fn same_origin(sec_fetch_site: Option<&str>, origin: Option<&str>, host: Option<&str>) -> bool {
    match (sec_fetch_site, origin) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            origin.split_once("://").is_some_and(|(_, authority)| Some(authority) == host)
        }
        (None, None) => true,
    }
}

/// Compares without telling by its time how much is equal.
fn equal(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_count_as_the_same_origin() {
        let host = Some("gate.example:8080");
        for (site, origin, expected) in [
            (Some("same-origin"), None, true),
            (Some("none"), None, true),
            (Some("cross-site"), Some("http://gate.example:8080"), false),
            (Some("same-site"), None, false),
            (None, Some("http://gate.example:8080"), true),
            (None, Some("http://evil.example"), false),
            (None, Some("null"), false),
            (None, None, true),
        ] {
            assert_eq!(same_origin(site, origin, host), expected, "{site:?} {origin:?}");
        }
    }
}
