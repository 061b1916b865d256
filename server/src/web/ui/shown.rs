//! How untrusted text reaches a page: HTML-escaped, with control and bidi characters shown as what they are.
//! The templates use it for everything (see `askama.toml`); it keeps no markup and decides nothing.

use std::fmt::{self, Write};

/// The escaper of every template.
#[derive(Clone, Copy, Debug)]
pub struct Shown;

impl askama::filters::Escaper for Shown {
    fn write_escaped_str<W: Write>(&self, mut dest: W, text: &str) -> fmt::Result {
        let mut plain_from = 0;
        for (at, character) in text.char_indices() {
            let entity = entity(character);
            if entity.is_none() && !is_deceptive(character) {
                continue;
            }
            dest.write_str(&text[plain_from..at])?;
            match entity {
                Some(entity) => dest.write_str(entity)?,
                None => write!(dest, "\\u{{{:x}}}", u32::from(character))?,
            }
            plain_from = at + character.len_utf8();
        }
        dest.write_str(&text[plain_from..])
    }
}

fn entity(character: char) -> Option<&'static str> {
    match character {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '"' => Some("&quot;"),
        '\'' => Some("&#39;"),
        _ => None,
    }
}

/// Characters that move, hide or reorder other text: a reviewer must see them, not their effect.
fn is_deceptive(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}' => true,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => true,
        '\u{e0000}'..='\u{e007f}' => true,
        _ => character.is_control(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use askama::filters::Escaper as _;

    #[test]
    fn hostile_text_is_inert_and_visible() {
        for (given, shown) in [
            ("plain – text\n\tkept", "plain – text\n\tkept"),
            ("<script>&\"'", "&lt;script&gt;&amp;&quot;&#39;"),
            ("admin\u{202e}nimda", "admin\\u{202e}nimda"),
            ("a\u{200b}b\u{7}\r", "a\\u{200b}b\\u{7}\\u{d}"),
            ("\u{e0041}", "\\u{e0041}"),
        ] {
            let mut out = String::new();
            Shown.write_escaped_str(&mut out, given).unwrap();
            assert_eq!(out, shown, "{given:?}");
        }
    }
}
