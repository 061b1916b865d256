//! One entry from its raw fields: what Helm and the registry need is checked, the rest is not looked at.

use renderer::version_range;

use super::Entry;
use crate::model::{ChartName, Digest, Micros, Version};

/// Characters of a refused name or version that are kept to name it.
const SHOWN_CHARS_MAX: usize = 80;
/// One URL of an entry.
const URL_BYTES_MAX: usize = 4_096;

/// The fields that are read, as written; `None` for absent and null.
#[derive(Debug, Default)]
pub(super) struct Raw {
    pub name: Option<String>,
    pub version: Option<String>,
    pub urls: Vec<String>,
    pub digest: Option<String>,
    pub created: Option<String>,
    /// The first field of the wrong kind, or that the entry is none.
    pub fault: Option<String>,
}

/// The fields that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Name,
    Version,
    Urls,
    Digest,
    Created,
}

impl Field {
    pub(super) fn of(key: &str) -> Option<Field> {
        match key {
            "name" => Some(Field::Name),
            "version" => Some(Field::Version),
            "urls" => Some(Field::Urls),
            "digest" => Some(Field::Digest),
            "created" => Some(Field::Created),
            _ => None,
        }
    }
}

impl Raw {
    /// An entry that is not even a mapping.
    pub(super) fn faulty(why: &str) -> Raw {
        Raw { fault: Some(why.to_owned()), ..Raw::default() }
    }

    /// A field's text; [`Field::Urls`] is not one.
    pub(super) fn put(&mut self, field: Field, text: Option<String>) {
        match field {
            Field::Name => self.name = text,
            Field::Version => self.version = text,
            Field::Digest => self.digest = text,
            Field::Created => self.created = text,
            Field::Urls => {}
        }
    }

    pub(super) fn wrong_kind(&mut self, field: Field) {
        let why = match field {
            Field::Name => "its name is not a text",
            Field::Version => "its version is not a text",
            Field::Urls => "its urls are not a list of texts",
            Field::Digest => "its digest is not a text",
            // Nothing depends on it.
            Field::Created => return,
        };
        self.fault.get_or_insert_with(|| why.to_owned());
    }

    /// # Errors
    /// Why the entry cannot be followed.
    pub(super) fn into_entry(self, chart: &ChartName, position: usize) -> Result<Entry, String> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        match self.name {
            None => return Err("it has no name".to_owned()),
            Some(name) if name != chart.as_str() => {
                return Err(format!("it names itself {:?}", shortened(&name)));
            }
            Some(_) => {}
        }
        let written = self.version.ok_or("it has no version")?;
        let read = version_range::Version::parse_lenient(&written)
            .map_err(|error| format!("its version is not one that Helm reads: {error}"))?;
        if self.urls.iter().all(String::is_empty) {
            return Err("it has no URL".to_owned());
        }
        if self.urls.iter().any(|url| url.len() > URL_BYTES_MAX) {
            return Err(format!("one of its URLs is longer than {URL_BYTES_MAX} bytes"));
        }
        let digest = digest(self.digest.as_deref().unwrap_or_default())?;
        let version = Version::parse(&written).ok();
        let created = self.created.as_deref().and_then(time);
        Ok(Entry { chart: chart.clone(), written, read, version, urls: self.urls, digest, created, position })
    }
}

/// Both forms that Helm knows: with and without `sha256:`; some servers say none.
fn digest(text: &str) -> Result<Option<Digest>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let hex = text.strip_prefix("sha256:").unwrap_or(text).to_ascii_lowercase();
    Digest::parse(&format!("sha256:{hex}"))
        .map(Some)
        .map_err(|_| "its digest is not a sha256 of 64 hexadecimal digits".to_owned())
}

fn time(text: &str) -> Option<Micros> {
    text.parse::<jiff::Timestamp>().ok().map(|at| Micros(at.as_microsecond()))
}

/// A foreign text in a length that can be shown, without control characters.
pub(in crate::mirror) fn shortened(text: &str) -> String {
    let plain = |c: char| if c.is_control() { '\u{FFFD}' } else { c };
    let mut short: String = text.chars().take(SHOWN_CHARS_MAX).map(plain).collect();
    if short.len() < text.len() && text.chars().nth(SHOWN_CHARS_MAX).is_some() {
        short.push('…');
    }
    short
}
