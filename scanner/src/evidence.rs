//! How values are shown in reports: shortened, and hidden where they are secrets.

/// Longest evidence text; what is cut is marked.
pub const EVIDENCE_CHARS_MAX: usize = 160;
/// Characters of a secret that stay visible, so that its owner recognises it.
const SECRET_CHARS_SHOWN: usize = 3;

/// One line, at most [`EVIDENCE_CHARS_MAX`] characters, control characters replaced.
#[must_use]
pub fn shorten(text: &str) -> String {
    shorten_to(text, EVIDENCE_CHARS_MAX)
}

/// [`shorten`] with another bound.
#[must_use]
pub fn shorten_to(text: &str, chars_max: usize) -> String {
    let mut out = String::new();
    for (count, c) in text.trim().chars().enumerate() {
        if count == chars_max {
            out.push('…');
            break;
        }
        out.push(if c == '\n' || c == '\t' {
            ' '
        } else if c.is_control() {
            '\u{fffd}'
        } else {
            c
        });
    }
    out
}

/// The first characters of a secret and its length: `abc… (32 characters)`.
#[must_use]
pub fn mask(secret: &str) -> String {
    let count = secret.chars().count();
    let shown: String =
        secret.chars().take(if count > 2 * SECRET_CHARS_SHOWN { SECRET_CHARS_SHOWN } else { 0 }).collect();
    format!("{}… ({count} characters)", shorten(&shown))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_and_secrets_hidden() {
        assert_eq!(shorten(" a\nb "), "a b");
        assert_eq!(shorten(&"x".repeat(500)).chars().count(), EVIDENCE_CHARS_MAX + 1);
        assert_eq!(mask("hunter2"), "hun… (7 characters)");
        assert_eq!(mask("abc"), "… (3 characters)");
    }
}
