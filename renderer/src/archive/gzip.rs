//! One gzip member as a bounded stream: header, deflate data, checked trailer, nothing after it (RFC 1952). It knows no tar.

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::{Budget, Refusal};
use crate::limits::GZIP_HEADER_BYTES_MAX;

const BUFFER_BYTES: usize = 64 * 1024;
const FIXED_HEADER_BYTES: usize = 10;
const TRAILER_BYTES: usize = 8;
const MAGIC: [u8; 3] = [0x1f, 0x8b, 8];

const FLAG_HEADER_CRC: u8 = 2;
const FLAG_EXTRA: u8 = 4;
const FLAG_NAME: u8 = 8;
const FLAG_COMMENT: u8 = 16;
const FLAGS_RESERVED: u8 = 0xe0;

/// Inflates on demand; every byte that comes out is charged to the budget.
pub(super) struct Member<'a> {
    /// What follows the gzip header.
    input: &'a [u8],
    inflate: Decompress,
    crc: Crc,
    buffer: Vec<u8>,
    /// The part of `buffer` that nobody has read yet.
    ready: std::ops::Range<usize>,
    finished: bool,
}

impl<'a> Member<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, Refusal> {
        let body = skip_header(bytes)?;
        Ok(Member {
            input: body,
            inflate: Decompress::new(false),
            crc: Crc::new(),
            buffer: vec![0; BUFFER_BYTES],
            ready: 0..0,
            finished: false,
        })
    }

    /// Fills `into` as far as the stream goes and says how many bytes that was; fewer than asked only at its end.
    pub(super) fn read(&mut self, into: &mut [u8], budget: &mut Budget) -> Result<usize, Refusal> {
        let mut filled = 0;
        while filled < into.len() {
            if self.ready.is_empty() && !self.refill(budget)? {
                break;
            }
            let count = self.ready.len().min(into.len() - filled);
            let from = self.ready.start;
            into[filled..filled + count].copy_from_slice(&self.buffer[from..from + count]);
            self.ready.start += count;
            filled += count;
        }
        Ok(filled)
    }

    /// Inflates the next piece; false at the end of the stream, whose trailer has then been checked.
    fn refill(&mut self, budget: &mut Budget) -> Result<bool, Refusal> {
        while !self.finished {
            let (before_in, before_out) = (self.inflate.total_in(), self.inflate.total_out());
            let status = self
                .inflate
                .decompress(self.input, &mut self.buffer, FlushDecompress::None)
                .map_err(|_| Refusal::GzipDamaged("deflate data"))?;
            let read = usize::try_from(self.inflate.total_in() - before_in).unwrap_or(usize::MAX);
            let written = usize::try_from(self.inflate.total_out() - before_out).unwrap_or(usize::MAX);
            self.input = self.input.get(read..).unwrap_or_default();
            self.crc.update(&self.buffer[..written]);
            budget.take_bytes(written as u64)?;
            if status == Status::StreamEnd {
                self.finished = true;
                self.check_trailer()?;
            } else if read == 0 && written == 0 {
                return Err(Refusal::GzipTruncated);
            }
            if written > 0 {
                self.ready = 0..written;
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn check_trailer(&self) -> Result<(), Refusal> {
        let Some((trailer, rest)) = self.input.split_first_chunk::<TRAILER_BYTES>() else {
            return Err(Refusal::GzipTruncated);
        };
        let [c0, c1, c2, c3, l0, l1, l2, l3] = *trailer;
        if u32::from_le_bytes([c0, c1, c2, c3]) != self.crc.sum() {
            return Err(Refusal::GzipDamaged("checksum"));
        }
        if u32::from_le_bytes([l0, l1, l2, l3]) != self.crc.amount() {
            return Err(Refusal::GzipDamaged("length"));
        }
        if rest.starts_with(&MAGIC) {
            return Err(Refusal::GzipMembers);
        }
        if !rest.is_empty() {
            return Err(Refusal::GzipTrailing(rest.len()));
        }
        Ok(())
    }
}

/// The bytes after the member's header, whose optional fields are bounded and never shown (A29).
fn skip_header(bytes: &[u8]) -> Result<&[u8], Refusal> {
    if !bytes.starts_with(&MAGIC) {
        return Err(Refusal::NotGzip);
    }
    let (fixed, mut rest) = bytes.split_at_checked(FIXED_HEADER_BYTES).ok_or(Refusal::GzipTruncated)?;
    let flags = fixed[3];
    if flags & FLAGS_RESERVED != 0 {
        return Err(Refusal::GzipFlags);
    }
    let mut spent = 0;
    if flags & FLAG_EXTRA != 0 {
        let (length, after) = rest.split_first_chunk::<2>().ok_or(Refusal::GzipTruncated)?;
        let length = usize::from(u16::from_le_bytes(*length));
        spend(&mut spent, length)?;
        rest = after.get(length..).ok_or(Refusal::GzipTruncated)?;
    }
    for flag in [FLAG_NAME, FLAG_COMMENT] {
        if flags & flag != 0 {
            let window = &rest[..rest.len().min(GZIP_HEADER_BYTES_MAX + 1)];
            let Some(length) = window.iter().position(|byte| *byte == 0) else {
                let cut = rest.len() <= GZIP_HEADER_BYTES_MAX;
                return Err(if cut { Refusal::GzipTruncated } else { Refusal::GzipHeaderTooLong });
            };
            spend(&mut spent, length)?;
            rest = &rest[length + 1..];
        }
    }
    if flags & FLAG_HEADER_CRC != 0 {
        let (sum, after) = rest.split_first_chunk::<2>().ok_or(Refusal::GzipTruncated)?;
        let mut crc = Crc::new();
        crc.update(&bytes[..bytes.len() - rest.len()]);
        if u32::from(u16::from_le_bytes(*sum)) != crc.sum() & 0xffff {
            return Err(Refusal::GzipDamaged("header checksum"));
        }
        rest = after;
    }
    Ok(rest)
}

fn spend(spent: &mut usize, bytes: usize) -> Result<(), Refusal> {
    *spent += bytes;
    if *spent > GZIP_HEADER_BYTES_MAX { Err(Refusal::GzipHeaderTooLong) } else { Ok(()) }
}
