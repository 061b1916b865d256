//! Go's path functions on slash paths. Sprig's os forms are the same here: templates render as on Linux.

use super::Function;
use super::adapter::{Text, function};

pub(super) fn family() -> Vec<Function> {
    vec![
        function!("base", base),
        function!("clean", clean),
        function!("dir", dir),
        function!("ext", ext),
        function!("isAbs", is_abs),
        function!("osBase", base),
        function!("osClean", clean),
        function!("osDir", dir),
        function!("osExt", ext),
        function!("osIsAbs", is_abs),
    ]
}

/// Go path.Clean: the shortest path of the same meaning; `.` for nothing.
fn cleaned(path: &[u8]) -> Vec<u8> {
    let rooted = path.starts_with(b"/");
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in path.split(|&byte| byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." if parts.last().is_some_and(|last| *last != b"..") => {
                parts.pop();
            }
            b".." if rooted => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join(&b'/');
    match (rooted, joined.is_empty()) {
        (true, _) => [b"/", joined.as_slice()].concat(),
        (false, true) => b".".to_vec(),
        (false, false) => joined,
    }
}

fn clean(path: Text<'_>) -> Vec<u8> {
    cleaned(path.bytes)
}

/// Go path.Base: the last part, slashes at the end left out.
fn base(path: Text<'_>) -> Vec<u8> {
    let Some(end) = path.bytes.iter().rposition(|&byte| byte != b'/') else {
        return if path.bytes.is_empty() { b".".to_vec() } else { b"/".to_vec() };
    };
    path.bytes[..=end].rsplit(|&byte| byte == b'/').next().unwrap_or_default().to_vec()
}

/// Go path.Dir: all but the last part, cleaned.
fn dir(path: Text<'_>) -> Vec<u8> {
    let end = path.bytes.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
    cleaned(&path.bytes[..end])
}

/// Go path.Ext: from the last dot of the last part.
fn ext(path: Text<'_>) -> Vec<u8> {
    let last = path.bytes.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    last.iter().rposition(|&byte| byte == b'.').map_or_else(Vec::new, |dot| last[dot..].to_vec())
}

fn is_abs(path: Text<'_>) -> bool {
    path.bytes.starts_with(b"/")
}

#[cfg(test)]
mod tests {
    use super::super::tests::call;
    use super::super::text::sprint;
    use crate::value::Value;

    #[test]
    fn paths() {
        for (name, path, want) in [
            ("clean", "a/../b//c/.", "b/c"),
            ("clean", "../../a", "../../a"),
            ("clean", "/../a", "/a"),
            ("clean", "", "."),
            ("base", "/a/b.c/", "b.c"),
            ("base", "//", "/"),
            ("dir", "/a/b.c", "/a"),
            ("dir", "x", "."),
            ("ext", "x.tar.gz", ".gz"),
            ("ext", "a.b/c", ""),
        ] {
            assert_eq!(sprint(&call(name, &[Value::from(path)])), want.as_bytes(), "{name} {path}");
        }
    }
}
