//! Sprig's random texts, drawn from the seeded generator and recorded. Keys and certificates are in `crypto`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::adapter::{Text, function};
use super::encoding::hex;
use super::strings::check_length;
use super::{CallError, Env, Function};

pub(super) fn family() -> Vec<Function> {
    vec![
        function!("randAlpha", rand_alpha),
        function!("randAlphaNum", rand_alpha_num),
        function!("randAscii", rand_ascii),
        function!("randBytes", rand_bytes),
        function!("randNumeric", rand_numeric),
        function!("shuffle", shuffle),
        function!("uuidv4", uuidv4),
    ]
}

/// `count` random bytes; `by` is recorded.
pub(super) fn bytes(env: &mut Env, by: &'static str, count: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(count + 8);
    while out.len() < count {
        out.extend_from_slice(&env.random(by).to_le_bytes());
    }
    out.truncate(count);
    out
}

/// A number below `limit`; the bias of the remainder is below one in 2^32 for every limit used here.
fn below(env: &mut Env, by: &'static str, limit: usize) -> usize {
    (env.random(by) % (limit.max(1) as u64)) as usize
}

/// `count` characters of `set`; a negative count gives none, as Sprig drops that error.
fn pick(env: &mut Env, by: &'static str, count: i64, set: &[u8]) -> Result<Vec<u8>, CallError> {
    env.records.random.insert(by);
    let count = usize::try_from(count).unwrap_or(0);
    check_length(count)?;
    Ok((0..count).map(|_| set[below(env, by, set.len())]).collect())
}

const ALPHA_NUM: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

fn rand_alpha_num(env: &mut Env, count: i64) -> Result<Vec<u8>, CallError> {
    pick(env, "randAlphaNum", count, ALPHA_NUM)
}

fn rand_alpha(env: &mut Env, count: i64) -> Result<Vec<u8>, CallError> {
    pick(env, "randAlpha", count, &ALPHA_NUM[..52])
}

fn rand_numeric(env: &mut Env, count: i64) -> Result<Vec<u8>, CallError> {
    pick(env, "randNumeric", count, &ALPHA_NUM[52..])
}

/// goutils.RandomAscii: the characters from the space up to the tilde.
fn rand_ascii(env: &mut Env, count: i64) -> Result<Vec<u8>, CallError> {
    let set: Vec<u8> = (b' '..=b'~').collect();
    pick(env, "randAscii", count, &set)
}

/// Sprig `randBytes`: random bytes in base64.
fn rand_bytes(env: &mut Env, count: i64) -> Result<String, CallError> {
    let count =
        usize::try_from(count).map_err(|_| CallError::from("runtime error: makeslice: len out of range"))?;
    check_length(count.saturating_mul(2))?;
    env.records.random.insert("randBytes");
    Ok(STANDARD.encode(bytes(env, "randBytes", count)))
}

/// xstrings.Shuffle: the characters in another order.
fn shuffle(env: &mut Env, text: Text<'_>) -> String {
    let mut chars: Vec<char> = text.lossy().chars().collect();
    for last in (1..chars.len()).rev() {
        let other = below(env, "shuffle", last + 1);
        chars.swap(last, other);
    }
    chars.into_iter().collect()
}

/// A random UUID (RFC 9562, version 4).
fn uuidv4(env: &mut Env) -> String {
    let mut id = bytes(env, "uuidv4", 16);
    id[6] = id[6] & 0x0f | 0x40;
    id[8] = id[8] & 0x3f | 0x80;
    let text = hex(&id);
    format!("{}-{}-{}-{}-{}", &text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::super::tests::{call, error};
    use crate::value::Value;

    #[test]
    fn random_texts_have_their_form() {
        let text = |name: &str, count: i64| {
            let value = call(name, &[Value::from(count)]);
            value.as_string().unwrap().to_str().unwrap().to_owned()
        };
        assert!(text("randAlpha", 50).bytes().all(|byte| byte.is_ascii_alphabetic()));
        assert!(text("randNumeric", 50).bytes().all(|byte| byte.is_ascii_digit()));
        assert_eq!(text("randAlphaNum", -1), "");
        assert_eq!(text("randBytes", 3).len(), 4);
        assert_eq!(error("randAscii", &[Value::from(i64::MAX)]), "STRING_BYTES_MAX");
        let id = call("uuidv4", &[]);
        let id = id.as_string().unwrap().to_str().unwrap().to_owned();
        assert_eq!((id.len(), &id[14..15]), (36, "4"));
        let shuffled = call("shuffle", &[Value::from("aé☃")]);
        assert_eq!(shuffled.as_string().unwrap().len(), "aé☃".len());
    }
}
