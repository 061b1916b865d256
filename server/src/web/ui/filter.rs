//! The typed filter of lists: `severity:>=high repository:charts -by:ci nginx`. Parsing only; each list says what its
//! words mean. A key that a list does not know is an error with the keys it knows, never silently ignored.

use scanner::report::Severity;

/// Terms of one filter; a longer one is refused rather than evaluated.
const TERMS_MAX: usize = 20;

/// One word of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// Matches what does not match.
    pub excludes: bool,
    /// Empty for a plain word.
    pub key: &'static str,
    pub value: String,
}

/// Reads a filter whose keys are `keys`.
///
/// # Errors
/// A sentence for the person who typed it.
pub fn parse(text: &str, keys: &'static [&'static str]) -> Result<Vec<Term>, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.len() > TERMS_MAX {
        return Err(format!("A filter has at most {TERMS_MAX} words."));
    }
    words.into_iter().map(|word| term(word, keys)).collect()
}

fn term(word: &str, keys: &'static [&'static str]) -> Result<Term, String> {
    let (excludes, rest) = word.strip_prefix('-').map_or((false, word), |rest| (true, rest));
    let Some((key, value)) = rest.split_once(':') else {
        return Ok(Term { excludes, key: "", value: rest.to_lowercase() });
    };
    let Some(known) = keys.iter().find(|known| **known == key) else {
        return Err(format!("“{key}:” is not known here; use {} or a plain word.", listed(keys)));
    };
    if value.is_empty() {
        return Err(format!("“{key}:” needs a value after the colon."));
    }
    Ok(Term { excludes, key: known, value: value.to_lowercase() })
}

fn listed(keys: &[&str]) -> String {
    keys.iter().map(|key| format!("{key}:")).collect::<Vec<_>>().join(", ")
}

/// Whether every term holds; `matches` decides one term without its minus.
pub fn holds(terms: &[Term], matches: impl Fn(&Term) -> bool) -> bool {
    terms.iter().all(|term| matches(term) != term.excludes)
}

/// `high`, `>=high`, `<medium`: a test of severities.
///
/// # Errors
/// A sentence that lists the severities.
pub fn severity_test(value: &str) -> Result<impl Fn(Severity) -> bool + use<>, String> {
    let word = value.trim_start_matches(['<', '>', '=']);
    let severity = severity(word).ok_or_else(|| {
        format!("“{word}” is no severity; use critical, high, medium, low or info, also as >=high.")
    })?;
    let operator = value[..value.len() - word.len()].to_owned();
    if !matches!(operator.as_str(), "" | "=" | ">=" | "<=" | ">" | "<") {
        return Err(format!("“{operator}” is no comparison; use >=, <=, >, < or =."));
    }
    Ok(move |other: Severity| match operator.as_str() {
        ">=" => other >= severity,
        "<=" => other <= severity,
        ">" => other > severity,
        "<" => other < severity,
        _ => other == severity,
    })
}

/// The severity with this name.
#[must_use]
pub fn severity(word: &str) -> Option<Severity> {
    [Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical]
        .into_iter()
        .find(|severity| super::parts::severity_word(*severity) == word)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const KEYS: &[&str] = &["severity", "by"];

    #[test]
    fn words_keys_and_minus_are_told_apart() {
        let terms = parse("Nginx -by:ci severity:>=high", KEYS).unwrap();
        let shown: Vec<_> = terms.iter().map(|term| (term.excludes, term.key, term.value.as_str())).collect();
        assert_eq!(shown, [(false, "", "nginx"), (true, "by", "ci"), (false, "severity", ">=high")]);
        assert!(holds(&terms, |term| term.key != "by"));
        assert!(!holds(&terms, |_| true));
    }

    #[test]
    fn what_is_not_understood_is_said() {
        for (given, said) in [("colour:red", "“colour:” is not known"), ("by:", "needs a value")] {
            assert!(parse(given, KEYS).unwrap_err().contains(said), "{given}");
        }
        assert!(parse(&"x ".repeat(TERMS_MAX + 1), KEYS).is_err());
    }

    #[test]
    fn severities_compare() {
        for (test, severity, expected) in [
            (">=high", Severity::Critical, true),
            (">high", Severity::High, false),
            ("<medium", Severity::Low, true),
            ("low", Severity::Low, true),
        ] {
            assert_eq!(severity_test(test).unwrap()(severity), expected, "{test}");
        }
        assert!(severity_test(">=severe").is_err());
        assert!(severity_test("><high").is_err());
    }
}
