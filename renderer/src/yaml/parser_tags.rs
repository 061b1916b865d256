//! The parser's view of `%YAML`, `%TAG` and tag handles.

use super::error::YamlError;
use super::parser::{CORE_TAG_PREFIX, Parser, fail, lossy};
use super::source::Mark;
use super::token::TokenKind;

impl Parser<'_> {
    /// `%YAML` and `%TAG` lines, then the two handles that always exist.
    pub(super) fn directives(&mut self) -> Result<(), YamlError> {
        let mut versioned = false;
        loop {
            let at = self.scanner.peek()?.start;
            match self.scanner.peek()?.kind {
                TokenKind::VersionDirective { .. } if versioned => {
                    return fail("found duplicate %YAML directive", at, None);
                }
                TokenKind::VersionDirective { major: 1, minor: 1 } => versioned = true,
                TokenKind::VersionDirective { .. } => {
                    return fail("found incompatible YAML document", at, None);
                }
                TokenKind::TagDirective { ref handle, .. }
                    if self.tag_handles.iter().any(|(known, _)| known == handle) =>
                {
                    return fail("found duplicate %TAG directive", at, None);
                }
                TokenKind::TagDirective { .. } => {}
                _ => break,
            }
            if let TokenKind::TagDirective { handle, prefix } = self.scanner.take()?.kind {
                self.tag_handles.push((handle, prefix));
            }
        }
        for (handle, prefix) in [("!", "!"), ("!!", CORE_TAG_PREFIX)] {
            if !self.tag_handles.iter().any(|(known, _)| known == handle.as_bytes()) {
                self.tag_handles.push((handle.into(), prefix.into()));
            }
        }
        Ok(())
    }

    pub(super) fn expand_tag(&self, handle: &[u8], suffix: &[u8], at: Mark) -> Result<String, YamlError> {
        if handle.is_empty() {
            return Ok(lossy(suffix));
        }
        match self.tag_handles.iter().find(|(known, _)| known == handle) {
            Some((_, prefix)) => Ok(lossy(&[prefix.as_slice(), suffix].concat())),
            None => fail("found undefined tag handle", at, None),
        }
    }
}
