//! Base64 and base32 as Go reads and writes them, and the checksums. Keys and ciphers are in `crypto`.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::Function;
use super::adapter::{Text, function};

pub(super) fn family() -> Vec<Function> {
    vec![
        function!("adler32sum", adler32sum),
        function!("b32dec", b32dec),
        function!("b32enc", b32enc),
        function!("b64dec", b64dec),
        function!("b64enc", b64enc),
        function!("sha1sum", sha1sum),
        function!("sha256sum", sha256sum),
        function!("sha512sum", sha512sum),
    ]
}

fn b64enc(s: Text<'_>) -> String {
    STANDARD.encode(s.bytes)
}

/// Sprig `b64dec`: the error's text is the value.
fn b64dec(s: Text<'_>) -> Vec<u8> {
    decode_base64(s.bytes).unwrap_or_else(String::into_bytes)
}

/// Go base64.StdEncoding.DecodeString: newlines are skipped, padding is obligatory.
///
/// # Errors
/// Go's text with the place of the byte.
pub(super) fn decode_base64(text: &[u8]) -> Result<Vec<u8>, String> {
    let corrupt = |at: usize| format!("illegal base64 data at input byte {at}");
    let is_newline = |byte: u8| byte == b'\n' || byte == b'\r';
    let skip_newlines = |mut at: usize| {
        while text.get(at).copied().is_some_and(is_newline) {
            at += 1;
        }
        at
    };
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let mut bits = 0_u32;
    let mut held = 0_usize;
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        at += 1;
        let Some(six) = base64_digit(byte) else {
            if is_newline(byte) {
                continue;
            }
            if byte != b'=' || held < 2 {
                return Err(corrupt(at - 1));
            }
            if held == 2 {
                at = skip_newlines(at);
                match text.get(at) {
                    None => return Err(corrupt(text.len())),
                    Some(b'=') => at += 1,
                    Some(_) => return Err(corrupt(at - 1)),
                }
            }
            at = skip_newlines(at);
            if at < text.len() {
                return Err(corrupt(at));
            }
            let whole = (bits << (6 * (4 - held))).to_be_bytes();
            out.extend_from_slice(&whole[1..held]);
            return Ok(out);
        };
        bits = bits << 6 | u32::from(six);
        held += 1;
        if held == 4 {
            out.extend_from_slice(&bits.to_be_bytes()[1..]);
            (bits, held) = (0, 0);
        }
    }
    if held > 0 { Err(corrupt(at - held)) } else { Ok(out) }
}

fn base64_digit(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

/// RFC 4648's alphabet.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn b32enc(s: Text<'_>) -> String {
    let mut out = String::with_capacity(s.bytes.len().div_ceil(5) * 8);
    for chunk in s.bytes.chunks(5) {
        let mut block = [0_u8; 8];
        block[3..3 + chunk.len()].copy_from_slice(chunk);
        let bits = u64::from_be_bytes(block);
        let digits = (chunk.len() * 8).div_ceil(5);
        for i in 0..8 {
            let digit = BASE32[(bits >> (35 - 5 * i) & 31) as usize];
            out.push(if i < digits { char::from(digit) } else { '=' });
        }
    }
    out
}

/// Sprig `b32dec`: the error's text is the value.
fn b32dec(s: Text<'_>) -> Vec<u8> {
    decode_base32(s.bytes).unwrap_or_else(|at| format!("illegal base32 data at input byte {at}").into_bytes())
}

/// Go base32.StdEncoding.DecodeString; the error is the place of the byte, newlines not counted.
fn decode_base32(text: &[u8]) -> Result<Vec<u8>, usize> {
    let text: Vec<u8> = text.iter().copied().filter(|&byte| byte != b'\n' && byte != b'\r').collect();
    let mut out = Vec::with_capacity(text.len() / 8 * 5);
    let mut at = 0;
    while at < text.len() {
        let (mut bits, mut held) = (0_u64, 0_usize);
        while held < 8 {
            let Some(&byte) = text.get(at) else { return Err(at - held) };
            at += 1;
            let left = text.len() - at;
            if byte == b'=' && held >= 2 && left < 8 {
                if left + held < 7 {
                    return Err(text.len());
                }
                let padding = text[at..].iter().take(7 - held);
                if let Some(wrong) = padding.clone().position(|&byte| byte != b'=') {
                    return Err(at + wrong - 1);
                }
                if held == 3 || held == 6 {
                    return Err(at - 1);
                }
                let bytes = (bits << (5 * (8 - held))).to_be_bytes();
                out.extend_from_slice(&bytes[3..3 + held * 5 / 8]);
                return Ok(out);
            }
            let digit = BASE32.iter().position(|&known| known == byte).ok_or(at - 1)?;
            bits = bits << 5 | digit as u64;
            held += 1;
        }
        out.extend_from_slice(&bits.to_be_bytes()[3..]);
    }
    Ok(out)
}

/// Lower case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        // Writing into a String cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn sha1sum(s: Text<'_>) -> String {
    hex(&Sha1::digest(s.bytes))
}

fn sha256sum(s: Text<'_>) -> String {
    hex(&Sha256::digest(s.bytes))
}

fn sha512sum(s: Text<'_>) -> String {
    hex(&Sha512::digest(s.bytes))
}

/// Adler-32 (RFC 1950) in decimal.
fn adler32sum(s: Text<'_>) -> String {
    const MODULUS: u32 = 65_521;
    let (a, b) = s.bytes.iter().fold((1, 0), |(a, b), &byte| {
        let a = (a + u32::from(byte)) % MODULUS;
        (a, (b + a) % MODULUS)
    });
    (b << 16 | a).to_string()
}

#[cfg(test)]
mod tests {
    use super::super::tests::call;
    use super::super::text::sprint;
    use crate::value::Value;

    #[test]
    fn encodings() {
        for (name, text, want) in [
            ("b64enc", "hello ☃", "aGVsbG8g4piD"),
            ("b64dec", "aGVs\nbG8=", "hello"),
            ("b64dec", "!!!", "illegal base64 data at input byte 0"),
            ("b64dec", "aGVsbG8", "illegal base64 data at input byte 4"),
            ("b64dec", "aGVsbA=", "illegal base64 data at input byte 7"),
            ("b64dec", "aGVsbA==x", "illegal base64 data at input byte 8"),
            ("b64dec", "a===", "illegal base64 data at input byte 1"),
            ("b32enc", "hello", "NBSWY3DP"),
            ("b32enc", "hi", "NBUQ===="),
            ("b32dec", "NBUQ====", "hi"),
            ("b32dec", "1", "illegal base32 data at input byte 0"),
            ("b32dec", "NBU", "illegal base32 data at input byte 0"),
            ("adler32sum", "hello", "103547413"),
            ("sha1sum", "", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        ] {
            assert_eq!(sprint(&call(name, &[Value::from(text)])), want.as_bytes(), "{name} {text}");
        }
    }
}
