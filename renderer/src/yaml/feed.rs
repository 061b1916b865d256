//! Where a streamed text comes from: reads ahead in large pieces, and bounds a token. It knows nothing of YAML.

use std::io::Read;

use super::error::YamlError;

/// What is read at one time.
const READ_BYTES: usize = 64 * 1024;

pub(super) struct Feed<'a> {
    reader: Box<dyn Read + 'a>,
    ended: bool,
    token_bytes_max: usize,
}

impl<'a> Feed<'a> {
    pub(super) fn new(reader: Box<dyn Read + 'a>, token_bytes_max: usize) -> Self {
        Feed { reader, ended: false, token_bytes_max }
    }

    /// Reads until `held` has at least `wanted` bytes or the text ends.
    pub(super) fn fill(&mut self, held: &mut Vec<u8>, wanted: usize) -> Result<(), YamlError> {
        while held.len() < wanted && !self.ended {
            let start = held.len();
            held.resize(start + READ_BYTES, 0);
            let read = self.reader.read(&mut held[start..]);
            held.truncate(start + *read.as_ref().unwrap_or(&0));
            match read {
                Ok(0) => self.ended = true,
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(YamlError::unplaced(format!("input error: {error}"), 0)),
            }
        }
        Ok(())
    }

    /// Refuses a token that grows beyond its bound; `line` is 0-based.
    pub(super) fn check_token(&self, bytes: usize, line: u32) -> Result<(), YamlError> {
        if bytes <= self.token_bytes_max {
            return Ok(());
        }
        let sentence = format!("a text or comment is longer than {} bytes", self.token_bytes_max);
        Err(YamlError::unplaced(sentence, line + 1))
    }
}
