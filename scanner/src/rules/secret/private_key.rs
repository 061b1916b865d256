//! secret/private-key: a private key that every user of the chart shares.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::evidence::mask;
use crate::finding::{Draft, Findings};
use crate::model::Chart;
use crate::report::{Severity, TemplateRef};
use crate::rule::{Check, Confidence, Rule};

pub const RULE: Rule = Rule {
    id: "secret/private-key",
    severity: Severity::Critical,
    confidence: Confidence::High,
    title: "Private key is shipped in the chart",
    explain: "A private key in a file of the chart is known to everybody who can download it: whatever it protects is \
              open. Make keys at installation (cert-manager, a Secret made by the operator) and refer to them by \
              name. Keystores with their password beside them count; an encrypted key alone is high, one in a comment medium. Waive it for \
              keys of test fixtures that no template uses.",
    bad: &[PEM, PACKED],
    good: &["-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", SHORT, TEMPLATED],
    peers: &["C-0012"],
    compliance: &[
        "CIS 5.4.1",
        "NIST IA-5",
        "NIST SC-12",
        "NIST SC-28",
        "CSF PR.AA-01",
        "CSF PR.DS-01",
        "ISO 5.17",
        "ISO 8.24",
        "ISO 8.28",
        "NSA-Net",
    ],
    check: Check::Chart(check),
};

const PEM: &str = "tls:\n  key: |\n    -----BEGIN RSA PRIVATE KEY-----\n    MIIEpAIBAAKCAQEA7bq98jUbYcMRDqB3lE4P3zVQ2WmZkZ4m4oZ1yTgK3b6vZ0aJ\n    qv5YlW1nJg7c8VbK0n5dZx1r7sT0fYc2mQ9hL4uXo3pRk6aWfE8iNs5tGjUvBzCd\n    -----END RSA PRIVATE KEY-----\n";
const PACKED: &str = "key: LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCk1JSUVwQUlCQUFLQ0FRRUE3YnE5OGpVYlljTVJEcUIzbEU0UDN6VlEyV21aa1o0bTRvWjF5VGdLM2I2dlowYUpxdjVZbFcxbkpnN2M4VmJLMG41ZFp4MXI3c1QwClpaWVdFYW5TcVY1WWxXMW5KZzdjOFZiSzBuNWRaeDFyN3NUMGZZYzJtUTloTDR1WG8zcFJrNmFXZkU4aU5zNXQKLS0tLS1FTkQgUFJJVkFURSBLRVktLS0tLQo=\n";
const SHORT: &str = "# key: |\n#   -----BEGIN PRIVATE KEY-----\n#   ...\n#   -----END PRIVATE KEY-----\n";
const TEMPLATED: &str =
    "key: |\n  -----BEGIN PRIVATE KEY-----\n  {{ .Values.key }}\n  -----END PRIVATE KEY-----\n";

/// Base64 characters of the shortest real key (an Ed25519 key in PKCS #8 has 64).
const KEY_CHARS_MIN: usize = 60;
/// How a PEM file begins when it is base64 once more: `-----BEGIN `.
const PACKED_BEGIN: &str = "LS0tLS1CRUdJTi";
/// First bytes of a Java keystore and of a JCEKS one.
const KEYSTORE_MAGIC: &[&[u8]] = &[&[0xfe, 0xed, 0xfe, 0xed], &[0xce, 0xce, 0xce, 0xce]];
const KEYSTORE_ENDINGS: &[&str] = &[".jks", ".jceks", ".keystore", ".p12", ".pfx"];

fn check(chart: &Chart<'_>, out: &mut Findings<'_>) {
    for file in chart.files {
        let place = |line| Some(TemplateRef { file: format!("{}/{}", chart.name, file.path), line });
        if is_keystore(&file.path, &file.data) {
            if has_password_beside(chart, &file.path) {
                let message = format!("{} is a keystore and its password lies beside it", file.path);
                out.push(Draft::of_file(&file.path, place(1)).evidence("keystore").message(message));
            }
            continue;
        }
        let Ok(text) = std::str::from_utf8(&file.data) else { continue };
        for key in keys(text) {
            let (severity, how) = match (key.commented, key.encrypted) {
                // An example, but one that people copy.
                (true, _) => (Severity::Medium, " in a comment"),
                (false, true) => (Severity::High, ", encrypted"),
                (false, false) => (Severity::Critical, ""),
            };
            let message = format!("{} holds a private key ({}){how}", file.path, key.label);
            let draft = Draft::of_file(&file.path, place(key.line)).severity(severity);
            out.push(draft.evidence(&format!("{} {}", key.label, mask(&key.body))).message(message));
        }
    }
}

struct Key {
    label: String,
    body: String,
    line: u32,
    encrypted: bool,
    /// Every line of it begins as a comment does.
    commented: bool,
}

/// Private keys in PEM, also with the whole of it base64 once more.
fn keys(text: &str) -> Vec<Key> {
    let mut found = pem_keys(text, 1);
    for (at, _) in text.match_indices(PACKED_BEGIN) {
        let end = text[at..].find(|c: char| !(c.is_ascii_alphanumeric() || "+/=".contains(c)));
        let packed = &text[at..end.map_or(text.len(), |end| at + end)];
        let line = line_at(text, at);
        let Some(inner) = STANDARD.decode(packed).ok().and_then(|bytes| String::from_utf8(bytes).ok()) else {
            continue;
        };
        found.extend(pem_keys(&inner, line).into_iter().map(|key| Key { line, ..key }));
    }
    found
}

fn pem_keys(text: &str, first_line: u32) -> Vec<Key> {
    const BEGIN: &str = "-----BEGIN ";
    let mut found = Vec::new();
    for (at, _) in text.match_indices(BEGIN) {
        let rest = &text[at + BEGIN.len()..];
        let Some((label, rest)) = rest.split_once("-----") else { continue };
        if !label.ends_with("PRIVATE KEY") || label.len() > 40 {
            continue;
        }
        let Some((inner, _)) = rest.split_once("-----END") else { continue };
        // JSON and Go strings write line ends as `\n`.
        let inner = inner.replace("\\n", "\n").replace("\\r", "");
        let commented = inner.lines().skip(1).all(|line| line.trim_start().starts_with('#'));
        let encrypted = label.starts_with("ENCRYPTED") || inner.contains("ENCRYPTED");
        let body: String = inner
            .lines()
            .map(|line| line.trim_matches(|c: char| c.is_whitespace() || "\"',#|\\".contains(c)))
            .filter(|line| !line.contains(':'))
            .collect();
        let is_base64 = body.chars().all(|c| c.is_ascii_alphanumeric() || "+/=".contains(c));
        if body.len() >= KEY_CHARS_MIN && is_base64 {
            found.push(Key {
                label: label.to_owned(),
                body,
                line: first_line - 1 + line_at(text, at),
                encrypted,
                commented,
            });
        }
    }
    found
}

fn line_at(text: &str, at: usize) -> u32 {
    u32::try_from(text[..at].matches('\n').count() + 1).unwrap_or(u32::MAX)
}

fn is_keystore(path: &str, data: &[u8]) -> bool {
    let named = KEYSTORE_ENDINGS.iter().any(|ending| path.to_ascii_lowercase().ends_with(ending));
    KEYSTORE_MAGIC.iter().any(|magic| data.starts_with(magic)) || (named && data.starts_with(&[0x30]))
}

/// A file in the same folder whose name says that it is a password.
fn has_password_beside(chart: &Chart<'_>, path: &str) -> bool {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    chart.files.iter().any(|file| {
        let (at, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
        let name = name.to_ascii_lowercase();
        at == folder
            && (name.ends_with(".pass")
                || name.ends_with(".password")
                || name.contains("password")
                || name.contains("passwd"))
    })
}
