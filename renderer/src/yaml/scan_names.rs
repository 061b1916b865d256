//! Directives, anchors, aliases and tags: the tokens that name things.

use super::error::YamlError;
use super::scanner::Scanner;
use super::source::char_width;
use super::token::{Token, TokenKind};

/// Digits of one part of a version.
const VERSION_DIGITS_MAX: usize = 2;

impl Scanner<'_> {
    /// `%YAML 1.1` or `%TAG !yaml! tag:yaml.org,2002:`, with the rest of the line.
    pub(super) fn scan_directive(&mut self) -> Result<Token, YamlError> {
        let start = self.source.mark;
        self.source.skip();
        let kind = match self.scan_directive_name()?.as_slice() {
            b"YAML" => self.scan_version()?,
            b"TAG" => self.scan_tag_directive()?,
            _ => return self.fail("found unknown directive name"),
        };
        let end = self.source.mark;
        self.source.skip_blanks()?;
        self.source.skip_comment()?;
        if !self.source.is_breakz(0) {
            return self.fail("did not find expected comment or line break");
        }
        self.source.need(2)?;
        self.source.skip_break();
        Ok(Token { kind, start, end })
    }

    fn scan_directive_name(&mut self) -> Result<Vec<u8>, YamlError> {
        let name = self.scan_word()?;
        if name.is_empty() {
            return self.fail("could not find expected directive name");
        }
        if !self.source.is_blankz(0) {
            return self.fail("found unexpected non-alphabetical character");
        }
        Ok(name)
    }

    fn scan_version(&mut self) -> Result<TokenKind, YamlError> {
        self.source.skip_blanks()?;
        let major = self.scan_version_number()?;
        if self.source.peek(0) != b'.' {
            return self.fail("did not find expected digit or '.' character");
        }
        self.source.skip();
        let minor = self.scan_version_number()?;
        Ok(TokenKind::VersionDirective { major, minor })
    }

    fn scan_version_number(&mut self) -> Result<u8, YamlError> {
        self.source.need(1)?;
        let (mut value, mut digits) = (0, 0);
        while self.source.peek(0).is_ascii_digit() {
            digits += 1;
            if digits > VERSION_DIGITS_MAX {
                return self.fail("found extremely long version number");
            }
            value = value * 10 + (self.source.peek(0) - b'0');
            self.source.skip();
            self.source.need(1)?;
        }
        if digits == 0 {
            return self.fail("did not find expected version number");
        }
        Ok(value)
    }

    fn scan_tag_directive(&mut self) -> Result<TokenKind, YamlError> {
        self.source.skip_blanks()?;
        let handle = self.scan_tag_handle(true)?;
        self.source.need(1)?;
        if !self.source.is_blank(0) {
            return self.fail("did not find expected whitespace");
        }
        self.source.skip_blanks()?;
        let prefix = self.scan_tag_uri(None)?;
        self.source.need(1)?;
        if !self.source.is_blankz(0) {
            return self.fail("did not find expected whitespace or line break");
        }
        Ok(TokenKind::TagDirective { handle, prefix })
    }

    /// `*name` or `&name`.
    pub(super) fn scan_anchor(&mut self, alias: bool) -> Result<Token, YamlError> {
        let start = self.source.mark;
        self.source.skip();
        let name = self.scan_word()?;
        let end = self.source.mark;
        let ends = self.source.is_blankz(0)
            || matches!(self.source.peek(0), b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`');
        if name.is_empty() || !ends {
            return self.fail("did not find expected alphabetic or numeric character");
        }
        let kind = if alias { TokenKind::Alias(name) } else { TokenKind::Anchor(name) };
        Ok(Token { kind, start, end })
    }

    /// `!`, `!suffix`, `!handle!suffix` or `!<uri>`.
    pub(super) fn scan_tag(&mut self) -> Result<Token, YamlError> {
        let start = self.source.mark;
        self.source.need(2)?;
        let (handle, suffix) = if self.source.peek(1) == b'<' {
            self.source.skip_many(2);
            let suffix = self.scan_tag_uri(None)?;
            if self.source.peek(0) != b'>' {
                return self.fail("did not find the expected '>'");
            }
            self.source.skip();
            (Vec::new(), suffix)
        } else {
            let handle = self.scan_tag_handle(false)?;
            if handle.len() > 1 && handle.ends_with(b"!") {
                let suffix = self.scan_tag_uri(None)?;
                (handle, suffix)
            } else {
                match self.scan_tag_uri(Some(&handle))? {
                    // The tag `!` alone: no handle.
                    suffix if suffix.is_empty() => (suffix, b"!".to_vec()),
                    suffix => (b"!".to_vec(), suffix),
                }
            }
        };
        self.source.need(1)?;
        if !self.source.is_blankz(0) {
            return self.fail("did not find expected whitespace or line break");
        }
        Ok(Token { kind: TokenKind::Tag { handle, suffix }, start, end: self.source.mark })
    }

    fn scan_tag_handle(&mut self, directive: bool) -> Result<Vec<u8>, YamlError> {
        self.source.need(1)?;
        if self.source.peek(0) != b'!' {
            return self.fail("did not find expected '!'");
        }
        let mut handle = Vec::new();
        self.source.take(&mut handle);
        handle.append(&mut self.scan_word()?);
        if self.source.peek(0) == b'!' {
            self.source.take(&mut handle);
        } else if directive && handle != b"!" {
            return self.fail("did not find expected '!'");
        }
        Ok(handle)
    }

    /// The rest of a tag whose beginning, `head`, was read as a handle and was none. The `!` of `head` is not part of it.
    fn scan_tag_uri(&mut self, head: Option<&[u8]>) -> Result<Vec<u8>, YamlError> {
        let mut uri = head.and_then(|head| head.get(1..)).unwrap_or_default().to_vec();
        let mut found = head.is_some_and(|head| !head.is_empty());
        self.source.need(1)?;
        while self.source.is_word() || b";/?:@&=+$,.!~*'()[]%".contains(&self.source.peek(0)) {
            if self.source.peek(0) == b'%' {
                self.scan_uri_escape(&mut uri)?;
            } else {
                self.source.take(&mut uri);
            }
            self.source.need(1)?;
            found = true;
        }
        if found { Ok(uri) } else { self.fail("did not find expected tag URI") }
    }

    /// The `%xx` groups of one UTF-8 character.
    fn scan_uri_escape(&mut self, uri: &mut Vec<u8>) -> Result<(), YamlError> {
        let mut left = None;
        while left != Some(0) {
            self.source.need(3)?;
            let digit =
                |ahead| char::from(self.source.peek(ahead)).to_digit(16).and_then(|d| u8::try_from(d).ok());
            let (b'%', Some(high), Some(low)) = (self.source.peek(0), digit(1), digit(2)) else {
                return self.fail("did not find URI escaped octet");
            };
            let octet = (high << 4) | low;
            let rest: usize = match left {
                None if matches!(octet, 0x80..=0xBF | 0xF8..) => {
                    return self.fail("found an incorrect leading UTF-8 octet");
                }
                None => char_width(octet),
                Some(_) if octet & 0xC0 != 0x80 => {
                    return self.fail("found an incorrect trailing UTF-8 octet");
                }
                Some(rest) => rest,
            };
            uri.push(octet);
            self.source.skip_many(3);
            left = Some(rest - 1);
        }
        Ok(())
    }

    /// Letters, digits, `_` and `-`; may be none.
    fn scan_word(&mut self) -> Result<Vec<u8>, YamlError> {
        let mut word = Vec::new();
        self.source.need(1)?;
        while self.source.is_word() {
            self.source.take(&mut word);
            self.source.need(1)?;
        }
        Ok(word)
    }
}
