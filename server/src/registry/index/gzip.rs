//! A rope as one gzip member (RFC 1952): each fragment's deflate blocks are made once and spliced, so that a change costs
//! what the changed fragment costs. Nothing here knows what the text means.

use bytes::Bytes;
use flate2::{Compress, Compression, Crc, FlushCompress};

/// Magic, deflate, no flags, no time, unknown system: the same bytes on every server.
const HEADER: &[u8] = &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// A last deflate block with nothing in it.
const LAST_BLOCK: [u8; 2] = [3, 0];
/// Level 9 was no smaller on indexes.
const LEVEL: u32 = 6;
/// The CRC-32's polynomial, reflected.
const POLYNOMIAL: u32 = 0xedb8_8320;

/// The compressed form.
#[derive(Debug)]
pub struct Gzip {
    pieces: Vec<Bytes>,
    length: u64,
}

impl Gzip {
    #[must_use]
    pub fn pieces(&self) -> &[Bytes] {
        &self.pieces
    }

    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Splices pieces of a text, each with its blocks where they are known; the others are short and stay as they are.
    pub(super) fn of<'a>(rope: impl Iterator<Item = (&'a Bytes, Option<&'a Deflated>)>) -> Gzip {
        let mut pieces = vec![Bytes::from_static(HEADER)];
        let (mut crc, mut size) = (0, 0_u32);
        for (text, known) in rope {
            let made;
            let part = match known {
                Some(part) => part,
                None => {
                    made = Deflated::stored(text);
                    &made
                }
            };
            crc = multiply(part.shift, crc) ^ part.crc;
            // RFC 1952 keeps the size modulo 2^32.
            size = size.wrapping_add(text.len() as u32);
            pieces.push(part.blocks.clone());
        }
        let mut end = LAST_BLOCK.to_vec();
        end.extend(crc.to_le_bytes());
        end.extend(size.to_le_bytes());
        pieces.push(end.into());
        Gzip { length: pieces.iter().map(|piece| piece.len() as u64).sum(), pieces }
    }
}

/// Deflate blocks of one piece, ended at a byte boundary, none of them the last; and what its checksum needs.
#[derive(Debug)]
pub(super) struct Deflated {
    blocks: Bytes,
    crc: u32,
    /// What the checksum of everything before is multiplied by.
    shift: u32,
}

impl Deflated {
    pub(super) fn of(text: &[u8]) -> Deflated {
        let mut compress = Compress::new(Compression::new(LEVEL), false);
        let mut blocks = Vec::with_capacity(text.len() / 8 + 64);
        loop {
            let rest = text.get(compress.total_in() as usize..).unwrap_or_default();
            let done = compress.compress_vec(rest, &mut blocks, FlushCompress::Full);
            if done.is_err() {
                // It only fails where it is called after an end, which it is not; stored blocks say the same bytes.
                return Deflated::stored(text);
            }
            if compress.total_in() as usize == text.len() && blocks.len() < blocks.capacity() {
                break;
            }
            blocks.reserve(blocks.capacity());
        }
        blocks.shrink_to_fit();
        Deflated::with(blocks, text)
    }

    fn stored(text: &[u8]) -> Deflated {
        let mut blocks = Vec::with_capacity(text.len() + 5);
        for block in text.chunks(usize::from(u16::MAX)) {
            let length = block.len() as u16;
            blocks.push(0);
            blocks.extend(length.to_le_bytes());
            blocks.extend((!length).to_le_bytes());
            blocks.extend(block);
        }
        Deflated::with(blocks, text)
    }

    fn with(blocks: Vec<u8>, text: &[u8]) -> Deflated {
        let mut crc = Crc::new();
        crc.update(text);
        Deflated { blocks: blocks.into(), crc: crc.sum(), shift: shift(text.len()) }
    }
}

/// x to the power of eight times `bytes`, modulo the polynomial: moves a checksum past so many bytes.
fn shift(mut bytes: usize) -> u32 {
    const ONE: u32 = 1 << 31;
    const X_TO_8: u32 = 1 << 23;
    let (mut product, mut square) = (ONE, X_TO_8);
    while bytes > 0 {
        if bytes & 1 == 1 {
            product = multiply(square, product);
        }
        square = multiply(square, square);
        bytes >>= 1;
    }
    product
}

/// Product of two polynomials over GF(2) modulo the CRC-32's, in its reflected order (zlib 1.3, crc32.c, `multmodp`).
fn multiply(a: u32, mut b: u32) -> u32 {
    let mut product = 0;
    for bit in (0..32).rev() {
        if a >> bit & 1 == 1 {
            product ^= b;
        }
        b = (b >> 1) ^ (POLYNOMIAL * (b & 1));
    }
    product
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Read as _;

    use super::*;

    #[test]
    fn spliced_pieces_are_one_member_with_the_right_checksum() {
        let noise = |length: u32| (0..length).map(|n| (n.wrapping_mul(n) >> 7) as u8).collect::<Vec<u8>>();
        let texts: Vec<Bytes> = [noise(100_000), b"{".to_vec(), vec![b'a'; 300_000], Vec::new(), noise(7)]
            .into_iter()
            .map(Bytes::from)
            .collect();
        let known = [Deflated::of(&texts[0]), Deflated::of(&texts[2])];
        let rope = texts.iter().zip([Some(&known[0]), None, Some(&known[1]), None, None]);
        let gzip = Gzip::of(rope);
        let bytes = gzip.pieces().concat();
        assert_eq!(bytes.len() as u64, gzip.length());
        let mut decoder = flate2::bufread::GzDecoder::new(&*bytes);
        let mut read = Vec::new();
        decoder.read_to_end(&mut read).unwrap();
        assert_eq!(read, texts.concat(), "the checksum is verified by the reader");
        assert!(decoder.into_inner().is_empty(), "one member is all there is");
        assert!(bytes.len() < 110_000, "it is compressed: {}", bytes.len());
    }
}
