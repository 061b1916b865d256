//! One version as an entry of the index, Helm's repo.ChartVersion. It is JSON in which every character that a YAML reader
//! could take for syntax or refuse is escaped, so that nothing a chart says becomes either.

use std::fmt::Write as _;

use crate::db::versions::PublishedRow;
use crate::model::ChartName;

/// Chart.yaml's fields, digest, time of publication, relative address.
pub(super) fn write(out: &mut String, chart: &ChartName, row: &PublishedRow) {
    // Kept as serde_json wrote it: an object whose keys are none of those that follow.
    let fields = row.metadata.strip_suffix('}').filter(|fields| fields.len() > 1).unwrap_or("{");
    escape(out, fields);
    if fields != "{" {
        out.push(',');
    }
    let created = text(&row.published_at.unwrap_or(row.uploaded_at).rfc3339());
    let address = text(&format!("charts/{chart}-{}.tgz", row.version));
    let _ = write!(out, "\"created\":{created},\"digest\":\"{}\",\"urls\":[{address}]}}", row.digest.hex());
}

/// A JSON string.
pub(super) fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    escape(&mut out, &serde_json::Value::from(text).to_string());
    out
}

/// Copies JSON. Outside of strings it has none of the characters in question; inside, an escape means the same.
fn escape(out: &mut String, json: &str) {
    if json.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        out.push_str(json);
        return;
    }
    for c in json.chars() {
        if must_escape(c) {
            let _ = write!(out, "\\u{:04x}", c as u32);
        } else {
            out.push(c);
        }
    }
}

/// Controls, line separators, byte-order marks, non-characters and direction marks; all lie below U+10000.
fn must_escape(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' | '\u{61c}')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
}
