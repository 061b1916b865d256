//! Go's `%q` of a text and `%v` of a float, for the error texts of values and versions.

use std::fmt::Write as _;

/// Go's `strconv.Quote` for text that is UTF-8.
#[must_use]
pub(crate) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{b}' => quoted.push_str("\\v"),
            c if (c as u32) < 0x20 || c as u32 == 0x7f => {
                let _ = write!(quoted, "\\x{:02x}", c as u32);
            }
            c if c != ' ' && (c.is_control() || c.is_whitespace() || crate::archive::is_hidden(c)) => {
                let width = if c as u32 > 0xffff { 8 } else { 4 };
                let letter = if width == 8 { 'U' } else { 'u' };
                let _ = write!(quoted, "\\{letter}{:0width$x}", c as u32);
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// `strconv.FormatFloat(x, 'g', -1, 64)`.
#[must_use]
pub(crate) fn general_64(number: f64) -> String {
    general(&format!("{number:e}"), number.is_nan(), number.is_infinite(), number.is_sign_negative())
}

/// `strconv.FormatFloat(x, 'g', -1, 32)`: what sigs.k8s.io/yaml makes of a float where a text is wanted.
#[must_use]
pub(crate) fn general_32(number: f64) -> String {
    // Rounding to 32 bits is what Go does here.
    #[allow(clippy::cast_possible_truncation)]
    let number = number as f32;
    general(&format!("{number:e}"), number.is_nan(), number.is_infinite(), number.is_sign_negative())
}

/// Go's `g` layout from Rust's shortest digits in `1.25e7` form.
fn general(scientific: &str, nan: bool, infinite: bool, negative: bool) -> String {
    if nan {
        return "NaN".to_owned();
    }
    if infinite {
        return if negative { "-Inf" } else { "+Inf" }.to_owned();
    }
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    if !(-4..6).contains(&exponent) {
        let tail = if digits.len() > 1 { format!(".{}", &digits[1..]) } else { String::new() };
        let exponent_sign = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{}{tail}e{exponent_sign}{:02}", &digits[..1], exponent.abs());
    }
    sign.to_owned() + &plain(&digits, exponent)
}

/// Digits with the point where the exponent says.
fn plain(digits: &str, exponent: i32) -> String {
    let point = exponent + 1;
    let Ok(point) = usize::try_from(point) else {
        return format!("0.{}{digits}", "0".repeat(point.unsigned_abs() as usize));
    };
    if point == 0 {
        format!("0.{digits}")
    } else if point >= digits.len() {
        format!("{digits}{}", "0".repeat(point - digits.len()))
    } else {
        format!("{}.{}", &digits[..point], &digits[point..])
    }
}
