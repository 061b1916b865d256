//! An upstream in words for logs, pages and the command line, without what may be secret in its address. Pure.

use reqwest::Url;

use crate::db::upstreams::UpstreamRow;
use crate::outbound::shown;

/// What an upstream brings in, in one sentence without secrets.
#[must_use]
pub fn description(row: &UpstreamRow) -> String {
    let charts = row.chart_names();
    let charts = if charts.is_empty() { "every chart".to_owned() } else { charts.join(", ") };
    let versions = if row.versions.is_empty() {
        "every version".to_owned()
    } else {
        format!("versions {}", row.versions)
    };
    let url = shown_url(row);
    let every = every_words(row.every_seconds);
    format!("{} follows {url} into {} every {every}: {charts}, {versions}", row.name, row.repository)
}

/// The upstream's address without what may be secret in it.
#[must_use]
pub fn shown_url(row: &UpstreamRow) -> String {
    Url::parse(&row.url).map(|url| shown(&url)).unwrap_or_default()
}

/// `90 s`, `15 min`, `1 h`, `2 d`: the largest unit that says it exactly.
#[must_use]
pub fn every_words(seconds: i64) -> String {
    for (unit, name) in [(86_400, "d"), (3_600, "h"), (60, "min")] {
        if seconds >= unit && seconds % unit == 0 {
            return format!("{} {name}", seconds / unit);
        }
    }
    format!("{seconds} s")
}

#[cfg(test)]
mod tests {
    use super::every_words;

    #[test]
    fn a_period_is_said_in_its_largest_unit() {
        let said: Vec<String> = [90, 900, 3_600, 172_800, 5_400].map(every_words).to_vec();
        assert_eq!(said, ["90 s", "15 min", "1 h", "2 d", "90 min"]);
    }
}
