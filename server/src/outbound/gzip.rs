//! Decodes a gzip body as it arrives, in small steps, so that a few bytes cannot become many in memory.

use std::io::Write as _;

use flate2::write::MultiGzDecoder;

/// Compressed bytes decoded in one step. Deflate expands at most 1,032 times, so a step makes at most 4 MiB.
const STEP_BYTES: usize = 4 * 1024;

pub(super) struct Gunzip {
    decoder: MultiGzDecoder<Vec<u8>>,
}

impl Gunzip {
    pub(super) fn new() -> Self {
        Gunzip { decoder: MultiGzDecoder::new(Vec::new()) }
    }

    /// Takes compressed bytes from the front of `input` until some decoded ones exist or `input` is used up.
    pub(super) fn decode(&mut self, input: &mut bytes::Bytes) -> std::io::Result<Vec<u8>> {
        while !input.is_empty() && self.decoder.get_ref().is_empty() {
            let step = input.split_to(input.len().min(STEP_BYTES));
            self.decoder.write_all(&step)?;
        }
        Ok(std::mem::take(self.decoder.get_mut()))
    }

    /// What is left at the end of the body; an error where the stream is cut short.
    pub(super) fn finish(&mut self) -> std::io::Result<Vec<u8>> {
        self.decoder.try_finish()?;
        Ok(std::mem::take(self.decoder.get_mut()))
    }
}
