//! Keywords of strings and numbers, and how single values are shown.

use serde_json::{Number, Value as Json};

use super::super::fault::quote;
use super::super::{format, number};
use super::{Evaluator, Pass, is_primitive};

impl<'a> Evaluator<'a> {
    pub(super) fn string(&mut self, pass: &mut Pass<'a>, text: &str) {
        let length = text.chars().count();
        let grouped = number::grouped;
        if let Some(want) = pass.count("minLength").filter(|want| length < *want) {
            pass.faults.push(self.fault(format!(
                "minLength: got {}, want {}",
                grouped(length),
                grouped(want)
            )));
        }
        if let Some(want) = pass.count("maxLength").filter(|want| length > *want) {
            pass.faults.push(self.fault(format!(
                "maxLength: got {}, want {}",
                grouped(length),
                grouped(want)
            )));
        }
        if let Some(Json::String(pattern)) = pass.node.get("pattern")
            && let Ok(regex) = format::pattern(pattern)
            && !regex.is_match(text)
        {
            pass.faults.push(self.fault(format!(
                "{} does not match pattern {}",
                quote(text),
                quote(pattern)
            )));
        }
    }

    pub(super) fn number(&mut self, pass: &mut Pass<'a>, value: &Number) {
        let got = number::float(value);
        let bound = |keyword: &str| pass.node.get(keyword).and_then(Json::as_f64);
        // Draft-04 makes a bound exclusive by a flag beside it.
        let flag = |keyword: &str| pass.node.get(keyword) == Some(&Json::Bool(true));
        let exclusive = |keyword: &str, inclusive: &str| {
            if flag(keyword) { bound(inclusive) } else { bound(keyword) }
        };
        let checks = [
            ("minimum", bound("minimum").filter(|_| !flag("exclusiveMinimum")).filter(|want| got < *want)),
            ("maximum", bound("maximum").filter(|_| !flag("exclusiveMaximum")).filter(|want| got > *want)),
            ("exclusiveMinimum", exclusive("exclusiveMinimum", "minimum").filter(|want| got <= *want)),
            ("exclusiveMaximum", exclusive("exclusiveMaximum", "maximum").filter(|want| got >= *want)),
            ("multipleOf", bound("multipleOf").filter(|want| !number::is_multiple(got, *want))),
        ];
        for (keyword, want) in checks {
            if let Some(want) = want {
                let text = format!("{keyword}: got {}, want {}", number::shown(got), number::shown(want));
                pass.faults.push(self.fault(text));
            }
        }
    }
}

/// A single value inside a sentence.
pub(super) fn display(value: &Json) -> String {
    match value {
        Json::String(text) => quote(text),
        Json::Array(_) | Json::Object(_) => "value".to_owned(),
        Json::Null => "<nil>".to_owned(),
        other => other.to_string(),
    }
}

pub(super) fn enum_text(wants: &[Json]) -> String {
    if !wants.iter().all(is_primitive) {
        return "'enum' failed".to_owned();
    }
    match wants {
        [one] => format!("value must be {}", display(one)),
        many => {
            let shown: Vec<String> = many.iter().map(display).collect();
            format!("value must be one of {}", shown.join(", "))
        }
    }
}
