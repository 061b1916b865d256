//! PAX extended headers (POSIX.1-2001 pax), record by record, each checked as strictly as the strictest reader does.

use super::Refusal;

/// What one PAX header says about the file that follows; facts that nobody acts on are dropped after their check.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) path: Option<Vec<u8>>,
    pub(super) size: Option<String>,
    pub(super) link: bool,
    pub(super) sparse: bool,
}

/// Facts of an `x` header.
pub(super) fn local(text: &[u8]) -> Result<Facts, Refusal> {
    let mut facts = Facts::default();
    for (key, value) in records(text)? {
        match key.as_str() {
            "path" => facts.path = Some(value.to_vec()),
            "linkpath" => facts.link = true,
            "size" => facts.size = Some(integer(value)?),
            "uid" | "gid" => drop(integer(value)?),
            "mtime" | "atime" | "ctime" => seconds(value)?,
            key if key.starts_with("GNU.sparse.") => facts.sparse = true,
            _ => {}
        }
    }
    Ok(facts)
}

/// A `g` header may carry nothing that changes a file (A14).
pub(super) fn global(text: &[u8]) -> Result<(), Refusal> {
    for (key, value) in records(text)? {
        match key.as_str() {
            "comment" => {}
            "mtime" => seconds(value)?,
            _ => return Err(Refusal::PaxGlobal(key)),
        }
    }
    Ok(())
}

/// `LENGTH KEY=VALUE\n` repeated to the last byte.
fn records(mut text: &[u8]) -> Result<Vec<(String, &[u8])>, Refusal> {
    let mut found: Vec<(String, &[u8])> = Vec::new();
    while !text.is_empty() {
        let space = text.iter().position(|byte| *byte == b' ').ok_or(Refusal::PaxMalformed("no length"))?;
        let digits = &text[..space];
        if digits.is_empty()
            || digits.len() > 9
            || !digits.iter().all(u8::is_ascii_digit)
            || digits[0] == b'0'
        {
            return Err(Refusal::PaxMalformed("length is not a decimal number"));
        }
        let length = digits.iter().fold(0_usize, |sum, digit| sum * 10 + usize::from(digit - b'0'));
        if length <= space + 1 || length > text.len() {
            return Err(Refusal::PaxMalformed("length does not fit"));
        }
        let (record, rest) = text.split_at(length);
        let Some((b'\n', body)) = record[space + 1..].split_last() else {
            return Err(Refusal::PaxMalformed("no newline where the length says"));
        };
        let equals =
            body.iter().position(|byte| *byte == b'=').ok_or(Refusal::PaxMalformed("no equals sign"))?;
        let key =
            std::str::from_utf8(&body[..equals]).map_err(|_| Refusal::PaxMalformed("key is not UTF-8"))?;
        let value = &body[equals + 1..];
        if key.is_empty() || key.contains('\0') {
            return Err(Refusal::PaxMalformed("key is empty or has a NUL"));
        }
        if matches!(key, "uname" | "gname" | "linkpath") && value.contains(&0) {
            return Err(Refusal::PaxMalformed("value has a NUL"));
        }
        if found.iter().any(|(seen, _)| seen == key) {
            return Err(Refusal::PaxDuplicateKey(key.to_owned()));
        }
        found.push((key.to_owned(), value));
        text = rest;
    }
    Ok(found)
}

fn integer(value: &[u8]) -> Result<String, Refusal> {
    let text = std::str::from_utf8(value).ok();
    text.filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
        .map(str::to_owned)
        .ok_or(Refusal::PaxMalformed("value is not a decimal number"))
}

/// `-?[0-9]+(\.[0-9]*)?`, the form that Go's reader demands.
fn seconds(value: &[u8]) -> Result<(), Refusal> {
    let digits = value.strip_prefix(b"-").unwrap_or(value);
    let mut parts = digits.splitn(2, |byte| *byte == b'.');
    let whole = parts.next().unwrap_or_default();
    let fraction = parts.next().unwrap_or_default();
    let sound =
        !whole.is_empty() && whole.len() <= 18 && whole.iter().chain(fraction).all(u8::is_ascii_digit);
    if sound { Ok(()) } else { Err(Refusal::PaxMalformed("value is not a time")) }
}
