//! Who a request comes from: API tokens, sessions, one-time sign-in links. Secrets are random and kept only as hashes.

mod cross_site;
mod link;
mod secret;
mod session;
mod token;

pub use cross_site::{check_form, same_origin};
pub use link::{SIGN_IN_LINK_SECONDS, is_live_link, make_link, sign_in_with_link};
pub use session::{SESSION_COOKIE, SESSION_SECONDS, Session, find_session, sign_in_with_token, sign_out};
pub use token::{
    ANONYMOUS_BEARER, Credentials, NewToken, caller_of_token, create_token, list_tokens, parse_authorization,
    revoke_token,
};

use crate::model::Invalid;

/// Bytes of an account's name.
const ACCOUNT_NAME_BYTES_MAX: usize = 64;

/// Names that stand for no account.
const RESERVED_ACCOUNTS: [&str; 2] = ["anonymous", "chartgate"];

/// Checks the name of a person or robot.
///
/// # Errors
/// Not 1 to 64 letters, digits, `.`, `_`, `-` or `@`, or a reserved name.
pub fn check_account_name(name: &str) -> Result<(), Invalid> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'@');
    if name.is_empty() || name.len() > ACCOUNT_NAME_BYTES_MAX || !name.bytes().all(plain) {
        return Err(Invalid(format!(
            "an account name must be 1 to {ACCOUNT_NAME_BYTES_MAX} letters, digits, dots, dashes, underscores or @"
        )));
    }
    if RESERVED_ACCOUNTS.contains(&name) {
        return Err(Invalid(format!("the name {name} stands for no account; choose another")));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
