//! PEM blocks (RFC 7468) as Go's encoding/pem writes and finds them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::functions::encoding::decode_base64;

const LINE_CHARACTERS: usize = 64;

pub(super) fn encode(label: &str, der: &[u8]) -> String {
    let mut out = format!("-----BEGIN {label}-----\n");
    for line in STANDARD.encode(der).as_bytes().chunks(LINE_CHARACTERS) {
        out.push_str(&String::from_utf8_lossy(line));
        out.push('\n');
    }
    out.push_str(&format!("-----END {label}-----\n"));
    out
}

/// The first block of a text: its label and bytes.
pub(super) fn decode(text: &str) -> Option<(String, Vec<u8>)> {
    let mut lines = text.lines();
    loop {
        let line = lines.next()?.trim_end();
        let Some(label) = line.strip_prefix("-----BEGIN ").and_then(|rest| rest.strip_suffix("-----")) else {
            continue;
        };
        let end = format!("-----END {label}-----");
        let mut body = String::new();
        for line in lines.by_ref() {
            if line.trim_end() == end {
                if let Ok(der) = decode_base64(body.as_bytes()) {
                    return Some((label.to_owned(), der));
                }
                break;
            }
            // Headers such as `Proc-Type: 4,ENCRYPTED` are not part of the body.
            if !line.contains(':') {
                body.push_str(line.trim());
            }
        }
    }
}
