//! `urlParse` and `urlJoin`: URLs as Go's net/url takes them apart and puts them together.

mod escaping;

use std::collections::BTreeMap;

use escaping::{Part, escape, unescape};

use super::adapter::{Dict, Text, function};
use super::kinds::kind_of;
use super::text::quoted;
use super::{CallError, Function};
use crate::value::{Str, Value};

pub(super) fn family() -> Vec<Function> {
    vec![function!("urlJoin", url_join), function!("urlParse", url_parse)]
}

/// A URL in parts, unescaped.
#[derive(Default)]
struct Url {
    scheme: Vec<u8>,
    opaque: Vec<u8>,
    user: Option<User>,
    host: Vec<u8>,
    path: Vec<u8>,
    query: Vec<u8>,
    fragment: Vec<u8>,
}

struct User {
    name: Vec<u8>,
    password: Option<Vec<u8>>,
}

impl User {
    fn print(&self) -> Vec<u8> {
        let mut text = escape(&self.name, Part::User);
        if let Some(password) = &self.password {
            text.push(b':');
            text.extend(escape(password, Part::User));
        }
        text
    }
}

/// Sprig `urlParse`: scheme, host, hostname, path, query, opaque, fragment and userinfo as strings.
fn url_parse(text: Text<'_>) -> Result<Value, CallError> {
    let url = parse(text.bytes).map_err(|error| format!("unable to parse url: {error}"))?;
    let parts = [
        ("scheme", url.scheme),
        ("hostname", hostname(&url.host).to_vec()),
        ("host", url.host),
        ("path", url.path),
        ("query", url.query),
        ("opaque", url.opaque),
        ("fragment", url.fragment),
        ("userinfo", url.user.map(|user| user.print()).unwrap_or_default()),
    ];
    let entries: BTreeMap<Str, Value> =
        parts.into_iter().map(|(key, value)| (Str::from(key), Value::from(value))).collect();
    Ok(Value::map(entries))
}

/// Sprig `urlJoin`: the parts of `urlParse` back to a text.
fn url_join(parts: Dict<'_>) -> Result<Vec<u8>, CallError> {
    let part = |key: &str| match parts.get(key.as_bytes()) {
        None => Ok(Vec::new()),
        Some(value) => match value.as_string() {
            Some(text) => Ok(text.as_bytes().to_vec()),
            None if value.is_nil() => Err(CallError::from(super::lists::NIL_TYPE_PANIC)),
            None => Err(format!(
                "unable to parse {key} key, must be of type string, but {} found",
                kind_of(&value)
            )
            .into()),
        },
    };
    let mut url = Url {
        scheme: part("scheme")?,
        host: part("host")?,
        path: part("path")?,
        query: part("query")?,
        opaque: part("opaque")?,
        fragment: part("fragment")?,
        user: None,
    };
    let user = part("userinfo")?;
    if !user.is_empty() {
        let probe = [b"proto://", user.as_slice(), b"@host"].concat();
        let parsed = parse(&probe).map_err(|error| format!("unable to parse userinfo in dict: {error}"))?;
        url.user = parsed.user;
    }
    Ok(url.print())
}

/// Go url.Parse; the error is its text, the URL quoted in it.
fn parse(text: &[u8]) -> Result<Url, String> {
    let (before, fragment) = cut(text, b'#');
    let mut url = parse_reference(before).map_err(|error| format!("parse {}: {error}", quoted(before)))?;
    if let Some(fragment) = fragment {
        url.fragment =
            unescape(fragment, Part::Fragment).map_err(|error| format!("parse {}: {error}", quoted(text)))?;
    }
    Ok(url)
}

fn cut(text: &[u8], at: u8) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|&byte| byte == at) {
        Some(i) => (&text[..i], Some(&text[i + 1..])),
        None => (text, None),
    }
}

fn parse_reference(text: &[u8]) -> Result<Url, String> {
    if text.iter().any(|&byte| byte < b' ' || byte == 0x7f) {
        return Err("net/url: invalid control character in URL".to_owned());
    }
    let mut url = Url::default();
    if text == b"*" {
        url.path = text.to_vec();
        return Ok(url);
    }
    let (scheme, rest) = split_scheme(text)?;
    url.scheme = scheme.to_ascii_lowercase();
    let (mut rest, query) = cut(rest, b'?');
    url.query = query.unwrap_or_default().to_vec();
    if !rest.starts_with(b"/") {
        if !url.scheme.is_empty() {
            url.opaque = rest.to_vec();
            return Ok(url);
        }
        if cut(rest, b'/').0.contains(&b':') {
            return Err("first path segment in URL cannot contain colon".to_owned());
        }
    }
    if rest.starts_with(b"//") && (!url.scheme.is_empty() || !rest.starts_with(b"///")) {
        let after = &rest[2..];
        let end = after.iter().position(|&byte| byte == b'/').unwrap_or(after.len());
        (url.user, url.host) = parse_authority(&url.scheme, &after[..end])?;
        rest = &after[end..];
    }
    url.path = unescape(rest, Part::Path)?;
    Ok(url)
}

/// `scheme:` and the rest, where there is a scheme.
fn split_scheme(text: &[u8]) -> Result<(&[u8], &[u8]), String> {
    for (i, &byte) in text.iter().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if i > 0 => {}
            b':' if i == 0 => return Err("missing protocol scheme".to_owned()),
            b':' => return Ok((&text[..i], &text[i + 1..])),
            _ => break,
        }
    }
    Ok((&[], text))
}

fn parse_authority(scheme: &[u8], authority: &[u8]) -> Result<(Option<User>, Vec<u8>), String> {
    let Some(at) = authority.iter().rposition(|&byte| byte == b'@') else {
        return Ok((None, parse_host(scheme, authority)?));
    };
    let host = parse_host(scheme, &authority[at + 1..])?;
    let userinfo = &authority[..at];
    if !userinfo.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(byte)) {
        return Err("net/url: invalid userinfo".to_owned());
    }
    let (name, password) = cut(userinfo, b':');
    let name = unescape(name, Part::User)?;
    let password = password.map(|password| unescape(password, Part::User)).transpose()?;
    Ok((Some(User { name, password }), host))
}

fn check_port(port: &[u8]) -> Result<(), String> {
    if port.is_empty() || port[0] == b':' && port[1..].iter().all(u8::is_ascii_digit) {
        return Ok(());
    }
    Err(format!("invalid port {} after host", quoted(port)))
}

fn parse_host(scheme: &[u8], host: &[u8]) -> Result<Vec<u8>, String> {
    match host.iter().rposition(|&byte| byte == b'[') {
        Some(0) => return parse_ip_literal(host),
        Some(_) => return Err("invalid IP-literal".to_owned()),
        None => {}
    }
    if let Some(first) = host.iter().position(|&byte| byte == b':') {
        let last = host.iter().rposition(|&byte| byte == b':').unwrap_or(first);
        // Lists of hosts are known from databases; the web has none.
        let is_web = scheme == b"http" || scheme == b"https";
        check_port(&host[if is_web { first } else { last }..])?;
    }
    unescape(host, Part::Host)
}

/// `[address]:port`.
fn parse_ip_literal(host: &[u8]) -> Result<Vec<u8>, String> {
    let close = host.iter().rposition(|&byte| byte == b']');
    let close = close.ok_or_else(|| "missing ']' in host".to_owned())?;
    let (name, port) = (&host[1..close], &host[close + 1..]);
    check_port(port)?;
    let zone = name.windows(3).position(|window| window == b"%25").unwrap_or(name.len());
    let mut unescaped = unescape(&name[..zone], Part::Host)?;
    unescaped.extend(unescape(&name[zone..], Part::Zone)?);
    let text = String::from_utf8_lossy(&unescaped).into_owned();
    let address = text.split('%').next().unwrap_or_default();
    if address.parse::<std::net::Ipv4Addr>().is_ok() {
        return Err("invalid IP-literal".to_owned());
    }
    if address.parse::<std::net::Ipv6Addr>().is_err() {
        return Err(format!("invalid host: ParseAddr({}): unable to parse IP", quoted(&unescaped)));
    }
    Ok([b"[", unescaped.as_slice(), b"]", port].concat())
}

/// The host without its port and brackets.
fn hostname(host: &[u8]) -> &[u8] {
    let colon = host.iter().rposition(|&byte| byte == b':').filter(|&at| check_port(&host[at..]).is_ok());
    let name = &host[..colon.unwrap_or(host.len())];
    name.strip_prefix(b"[").and_then(|name| name.strip_suffix(b"]")).unwrap_or(name)
}

impl Url {
    /// Go URL.String.
    fn print(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if !self.scheme.is_empty() {
            out.extend_from_slice(&self.scheme);
            out.push(b':');
        }
        if self.opaque.is_empty() {
            self.print_hierarchy(&mut out);
        } else {
            out.extend_from_slice(&self.opaque);
        }
        if !self.query.is_empty() {
            out.push(b'?');
            out.extend_from_slice(&self.query);
        }
        if !self.fragment.is_empty() {
            out.push(b'#');
            out.extend(escape(&self.fragment, Part::Fragment));
        }
        out
    }

    fn print_hierarchy(&self, out: &mut Vec<u8>) {
        if !self.scheme.is_empty() || !self.host.is_empty() || self.user.is_some() {
            if !self.host.is_empty() || !self.path.is_empty() || self.user.is_some() {
                out.extend_from_slice(b"//");
            }
            if let Some(user) = &self.user {
                out.extend(user.print());
                out.push(b'@');
            }
            out.extend(escape(&self.host, Part::Host));
        }
        let path = if self.path == b"*" { self.path.clone() } else { escape(&self.path, Part::Path) };
        if !path.is_empty() && path[0] != b'/' && !self.host.is_empty() {
            out.push(b'/');
        }
        if out.is_empty() && cut(&path, b'/').0.contains(&b':') {
            out.extend_from_slice(b"./");
        }
        out.extend(path);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::super::tests::{call, error};
    use super::super::text::sprint;
    use super::*;

    #[test]
    fn urls() {
        for (url, want) in [
            (
                "HTTPS://u:p%40@host:8443/p%20a?q=1#f%20r",
                "map[fragment:f r host:host:8443 hostname:host opaque: path:/p a query:q=1 scheme:https \
                 userinfo:u:p%40]",
            ),
            ("mailto:a@b", "map[fragment: host: hostname: opaque:a@b path: query: scheme:mailto userinfo:]"),
            (
                "http://[::1]:80/",
                "map[fragment: host:[::1]:80 hostname:::1 opaque: path:/ query: scheme:http userinfo:]",
            ),
        ] {
            assert_eq!(sprint(&call("urlParse", &[Value::from(url)])), want.as_bytes());
        }
        for (url, want) in [
            ("://bad", "parse \"://bad\": missing protocol scheme"),
            ("http://h:x/", "parse \"http://h:x/\": invalid port \":x\" after host"),
            ("/%zz", "parse \"/%zz\": invalid URL escape \"%zz\""),
            ("http://a b/", "parse \"http://a b/\": invalid character \" \" in host name"),
            ("a:b/c#%", "parse \"a:b/c#%\": invalid URL escape \"%\""),
        ] {
            assert_eq!(error("urlParse", &[Value::from(url)]), format!("unable to parse url: {want}"));
        }
    }

    #[test]
    fn joins_what_it_parsed() {
        for url in ["https://u:p@h:1/p/a%20b?a=b#f", "mailto:a@b", "/rel", "//h", "http://u:p@h/x?y=1"] {
            let parts = call("urlParse", &[Value::from(url)]);
            assert_eq!(sprint(&call("urlJoin", &[parts])), url.as_bytes());
        }
    }
}
