//! Numbers of JSON by their decimal value, and as the sentences print them. It does no arithmetic beyond comparison and division.

use serde_json::Number;

/// A number as a float with the text it was written in.
pub(super) fn float(number: &Number) -> f64 {
    number.as_f64().unwrap_or(f64::NAN)
}

pub(super) fn is_integer(number: &Number) -> bool {
    let value = float(number);
    number.is_i64() || number.is_u64() || (value.is_finite() && value.fract() == 0.0)
}

/// Whether `value` is a whole multiple of `step`, both taken as the decimals they are written as.
pub(super) fn is_multiple(value: f64, step: f64) -> bool {
    let (Some((a, a_scale)), Some((b, b_scale))) = (decimal(value), decimal(step)) else {
        return (value / step).fract() == 0.0;
    };
    if b == 0 {
        return false;
    }
    let scale = a_scale.max(b_scale);
    let at =
        |digits: i128, own: u32| 10_i128.checked_pow(scale - own).and_then(|power| digits.checked_mul(power));
    match (at(a, a_scale), at(b, b_scale)) {
        (Some(a), Some(b)) => a % b == 0,
        _ => (value / step).fract() == 0.0,
    }
}

/// Digits and how many of them stand behind the point.
fn decimal(value: f64) -> Option<(i128, u32)> {
    let text = value.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digits = format!("{whole}{fraction}").parse().ok()?;
    Some((digits, u32::try_from(fraction.len()).ok()?))
}

/// A count with English thousands separators.
pub(super) fn grouped(count: usize) -> String {
    group(&count.to_string())
}

fn group(digits: &str) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |rest| ("-", rest));
    let mut out = String::from(sign);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number as an English message shows it: `1,234.5`, `1.2345678×10⁰⁷`.
pub(super) fn shown(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let power: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&power) {
        let text = value.to_string();
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let point = if fraction.is_empty() { "" } else { "." };
        return format!("{}{point}{fraction}", group(whole));
    }
    let digits = "⁰¹²³⁴⁵⁶⁷⁸⁹";
    let sign = if power < 0 { "⁻" } else { "" };
    let raised: String = format!("{:02}", power.abs())
        .bytes()
        .filter_map(|digit| digits.chars().nth(usize::from(digit - b'0')))
        .collect();
    format!("{mantissa}×10{sign}{raised}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_in_english() {
        let cases = [
            (12_345_678.0, "1.2345678×10⁰⁷"),
            (1000.0, "1,000"),
            (1_234.567_890_1, "1,234.5678901"),
            (-1e-7, "-1×10⁻⁰⁷"),
            (1e30, "1×10³⁰"),
            (0.0001, "0.0001"),
            (1.3, "1.3"),
        ];
        for (value, want) in cases {
            assert_eq!(shown(value), want);
        }
        assert_eq!(grouped(1234), "1,234");
        assert!(is_multiple(0.3, 0.1) && !is_multiple(1.3, 0.5) && is_multiple(1e3, 10.0));
    }
}
