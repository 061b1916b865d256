//! The formats that drafts before 2019-09 assert, with v6's reasons. Unknown formats accept everything.

use std::net::{Ipv4Addr, Ipv6Addr};

use serde_json::Value as Json;

/// Bytes a compiled pattern may need.
const PATTERN_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Why `value` is not in the format `name`; `None` where it is, or is no string.
pub(super) fn check(name: &str, value: &Json) -> Option<String> {
    let text = value.as_str()?;
    let result = match name {
        "ipv4" => ipv4(text),
        "ipv6" => ipv6(text),
        "hostname" => hostname(text),
        "email" => email(text),
        "regex" => pattern(text).map(|_| ()),
        "uuid" => uuid(text),
        "json-pointer" if !text.is_empty() && !text.starts_with('/') => Err("not starting with /".to_owned()),
        "uri" if !text.contains(':') => Err("relative url".to_owned()),
        "uri-reference" if text.contains('\\') => Err("contains \\".to_owned()),
        _ => Ok(()),
    };
    result.err()
}

/// A pattern of a schema, in Go's syntax; the error is Go's text.
pub(super) fn pattern(text: &str) -> Result<regex::Regex, String> {
    regex::RegexBuilder::new(text).size_limit(PATTERN_BYTES_MAX).build().map_err(|error| {
        let shown = error.to_string();
        let (what, part) = if shown.contains("unclosed group") {
            ("missing closing )", text)
        } else if shown.contains("unopened group") {
            ("unexpected )", text)
        } else if shown.contains("unclosed character class") {
            ("missing closing ]", text)
        } else if shown.contains("look-around") {
            ("invalid or unsupported Perl syntax", "(?")
        } else if shown.contains("repetition operator missing expression") {
            ("missing argument to repetition operator", text.get(..1).unwrap_or(text))
        } else {
            ("invalid pattern", text)
        };
        format!("error parsing regexp: {what}: `{part}`")
    })
}

fn ipv4(text: &str) -> Result<(), String> {
    let parts: Vec<&str> = text.split('.').collect();
    if parts.len() != 4 {
        return Err("expected four decimals".to_owned());
    }
    for part in parts {
        if part.len() > 1 && part.starts_with('0') {
            return Err("leading zeros".to_owned());
        }
        part.parse::<u8>().map_err(|_| "decimal must be between 0 and 255".to_owned())?;
    }
    text.parse::<Ipv4Addr>().map(|_| ()).map_err(|why| why.to_string())
}

fn ipv6(text: &str) -> Result<(), String> {
    if !text.contains(':') {
        return Err("missing colon".to_owned());
    }
    if text.contains('%') {
        return Err("zone id is not a part of ipv6 address".to_owned());
    }
    text.parse::<Ipv6Addr>().map(|_| ()).map_err(|_| format!("ParseAddr({text:?}): unable to parse IP"))
}

fn hostname(text: &str) -> Result<(), String> {
    let text = text.strip_suffix('.').unwrap_or(text);
    if text.len() > 253 {
        return Err("more than 253 characters long".to_owned());
    }
    for label in text.split('.') {
        if label.is_empty() || label.len() > 63 {
            return Err("label must be 1 to 63 characters long".to_owned());
        }
        if label.starts_with('-') {
            return Err("label starts with hyphen".to_owned());
        }
        if label.ends_with('-') {
            return Err("label ends with hyphen".to_owned());
        }
        if let Some(c) = label.chars().find(|c| !c.is_ascii_alphanumeric() && *c != '-') {
            return Err(format!("invalid character {c:?}"));
        }
    }
    Ok(())
}

fn email(text: &str) -> Result<(), String> {
    if text.len() > 255 {
        return Err("more than 255 characters long".to_owned());
    }
    let Some((local, domain)) = text.rsplit_once('@') else { return Err("missing @".to_owned()) };
    if local.len() > 64 {
        return Err("local part more than 64 characters long".to_owned());
    }
    let quoted = local.len() > 1 && local.starts_with('"') && local.ends_with('"');
    if quoted {
        if local[1..local.len() - 1].contains(['\\', '"']) {
            return Err("backslash and quote are not allowed within quoted local part".to_owned());
        }
    } else if local.starts_with('.') {
        return Err("starts with dot".to_owned());
    } else if local.ends_with('.') {
        return Err("ends with dot".to_owned());
    } else if local.contains("..") {
        return Err("consecutive dots".to_owned());
    } else if let Some(c) =
        local.chars().find(|c| !c.is_ascii_alphanumeric() && !".!#$%&'*+-/=?^_`{|}~".contains(*c))
    {
        return Err(format!("invalid character {c:?}"));
    }
    if let Some(address) = domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return match address.strip_prefix("IPv6:") {
            Some(six) => ipv6(six).map_err(|why| format!("invalid ipv6 address: {why}")),
            None => ipv4(address).map_err(|why| format!("invalid ipv4 address: {why}")),
        };
    }
    hostname(domain).map_err(|why| format!("invalid domain: {why}"))
}

fn uuid(text: &str) -> Result<(), String> {
    let sizes = [8, 4, 4, 4, 12];
    let parts: Vec<&str> = text.split('-').collect();
    if parts.len() != sizes.len() {
        return Err(format!("must have {} elements", sizes.len()));
    }
    for (at, (part, size)) in parts.iter().zip(sizes).enumerate() {
        if part.len() != size {
            return Err(format!("element {} must be {size} characters long", at + 1));
        }
        if let Some(c) = part.chars().find(|c| !c.is_ascii_hexdigit()) {
            return Err(format!("non-hex character {c:?}"));
        }
    }
    Ok(())
}
