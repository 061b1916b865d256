//! Number constants of templates: one text, read as every Go kind that can hold it. Which one counts is decided at use.

use super::quote::{quote, unquote_char};

/// Go: parse.NumberNode.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Number {
    pub text: String,
    pub int: Option<i64>,
    pub uint: Option<u64>,
    pub float: Option<f64>,
    /// Real and imaginary part.
    pub complex: Option<(f64, f64)>,
}

/// What a constant is where no type is asked (Go: idealConstant).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ideal {
    Int(i64),
    Float(f64),
    Complex(f64, f64),
    Overflows,
}

impl Number {
    /// Reads a plain number or an imaginary one. Errors are Go's texts.
    pub fn parse(text: &str) -> Result<Number, String> {
        let mut number = Number { text: text.to_owned(), ..Number::default() };
        if let Some(imaginary) = text.strip_suffix('i').and_then(parse_float) {
            return Ok(number.with_complex(0.0, imaginary));
        }
        number.uint = parse_uint(text);
        number.int = parse_int(text);
        if number.int == Some(0) {
            number.uint = Some(0);
        }
        number.float = number.int.map(|int| int as f64).or(number.uint.map(|uint| uint as f64));
        if number.float.is_none()
            && let Some(float) = parse_float(text)
        {
            if !text.contains(['.', 'e', 'E', 'p', 'P']) {
                return Err(format!("integer overflow: {}", quote(text.as_bytes(), false)));
            }
            number.float = Some(float);
            number.int = whole_int(float);
            number.uint = whole_uint(float);
        }
        if number.float.is_none() {
            return Err(format!("illegal number syntax: {}", quote(text.as_bytes(), false)));
        }
        Ok(number)
    }

    /// `1+2i`.
    pub fn parse_complex(text: &str) -> Result<Number, String> {
        let split = text.bytes().enumerate().skip(1).find_map(|(at, byte)| {
            let before = text.as_bytes().get(at - 1).copied().unwrap_or_default();
            (matches!(byte, b'+' | b'-') && !matches!(before, b'e' | b'E' | b'p' | b'P')).then_some(at)
        });
        split
            .and_then(|at| {
                let real = parse_float(text.get(..at)?)?;
                let imaginary = parse_float(text.get(at..)?.strip_suffix('i')?.trim_start_matches('+'))?;
                Some(Number { text: text.to_owned(), ..Number::default() }.with_complex(real, imaginary))
            })
            .ok_or_else(|| "syntax error scanning complex number".to_owned())
    }

    /// `'a'`.
    pub fn parse_char(text: &str) -> Result<Number, String> {
        let body = text.as_bytes().get(1..).unwrap_or_default();
        let Some((value, _, len)) = unquote_char(body, b'\'') else {
            return Err("invalid syntax".to_owned());
        };
        if body.get(len..) != Some(b"'") {
            return Err(format!("malformed character constant: {text}"));
        }
        Ok(Number {
            text: text.to_owned(),
            int: Some(i64::from(value)),
            uint: Some(u64::from(value)),
            float: Some(f64::from(value)),
            complex: None,
        })
    }

    fn with_complex(mut self, real: f64, imaginary: f64) -> Self {
        self.complex = Some((real, imaginary));
        if imaginary == 0.0 {
            self.float = Some(real);
            self.int = whole_int(real);
            self.uint = whole_uint(real);
        }
        self
    }

    #[must_use]
    pub fn ideal(&self) -> Ideal {
        let text = self.text.as_str();
        let hex = text.len() > 2
            && (text.starts_with("0x") || text.starts_with("0X"))
            && !text.contains(['p', 'P']);
        if let Some((real, imaginary)) = self.complex {
            return Ideal::Complex(real, imaginary);
        }
        match (self.float, self.int) {
            (Some(float), _)
                if !hex && !text.starts_with('\'') && text.contains(['.', 'e', 'E', 'p', 'P']) =>
            {
                Ideal::Float(float)
            }
            (_, Some(int)) => Ideal::Int(int),
            _ => Ideal::Overflows,
        }
    }
}

/// 2^63, the first float beyond int64.
const INT_END: f64 = 9_223_372_036_854_775_808.0;

/// The integer that `float` is, if it is one and fits.
fn whole_int(float: f64) -> Option<i64> {
    (float.trunc() == float && (-INT_END..INT_END).contains(&float)).then_some(float as i64)
}

fn whole_uint(float: f64) -> Option<u64> {
    (float.trunc() == float && (0.0..2.0 * INT_END).contains(&float)).then_some(float as u64)
}

/// Go's strconv.ParseUint with base 0: prefixes 0x 0o 0b and 0, underscores between digits.
#[must_use]
pub fn parse_uint(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let (digits, base) = match lower.as_bytes() {
        [b'0', b'x', ..] => (lower.get(2..)?, 16),
        [b'0', b'o', ..] => (lower.get(2..)?, 8),
        [b'0', b'b', ..] => (lower.get(2..)?, 2),
        [b'0', _, ..] => (lower.get(1..)?, 8),
        _ => (lower.as_str(), 10),
    };
    let prefixed = digits.len() < lower.len();
    if !underscores_ok(digits, prefixed) || digits.starts_with(['+', '-']) {
        return None;
    }
    u64::from_str_radix(&digits.replace('_', ""), base).ok()
}

/// Go's strconv.ParseInt with base 0.
#[must_use]
pub fn parse_int(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let value = i128::from(parse_uint(digits)?);
    i64::try_from(if negative { -value } else { value }).ok()
}

/// Underscores may only stand between digits, or between a prefix and a digit.
fn underscores_ok(digits: &str, prefixed: bool) -> bool {
    !digits.is_empty()
        && !digits.ends_with('_')
        && !digits.contains("__")
        && (prefixed || !digits.starts_with('_'))
}

/// Go's strconv.ParseFloat of decimal and hexadecimal floats with underscores as in literals; infinite values are refused.
#[must_use]
pub fn parse_float(text: &str) -> Option<f64> {
    let unsigned = text.trim_start_matches(['+', '-']);
    if text.len() - unsigned.len() > 1 || unsigned.is_empty() {
        return None;
    }
    let negative = text.starts_with('-');
    let lower = unsigned.to_ascii_lowercase();
    let value = if let Some(hex) = lower.strip_prefix("0x") {
        parse_hex_float(&hex.replace('_', ""))?
    } else {
        if !lower.starts_with(|c: char| c.is_ascii_digit() || c == '.')
            || !lower.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'+' | b'-'))
        {
            return None;
        }
        lower.parse::<f64>().ok().filter(|value| value.is_finite())?
    };
    Some(if negative { -value } else { value })
}

/// `1.8p3` after `0x`; the exponent is required.
fn parse_hex_float(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once('p')?;
    let exponent: i32 = exponent.parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut value = 0.0_f64;
    for digit in whole.chars().chain(fraction.chars()) {
        value = value * 16.0 + f64::from(digit.to_digit(16)?);
    }
    let shift = exponent.checked_sub(4 * i32::try_from(fraction.len()).ok()?)?;
    Some(value * 2.0_f64.powi(shift)).filter(|value| value.is_finite())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn constants_are_what_go_says() {
        for (text, want) in [
            ("-3", Ideal::Int(-3)),
            ("0x10", Ideal::Int(16)),
            ("0o17", Ideal::Int(15)),
            ("017", Ideal::Int(15)),
            ("1_000", Ideal::Int(1000)),
            ("1e3", Ideal::Float(1000.0)),
            ("0x1p4", Ideal::Float(16.0)),
            ("18446744073709551615", Ideal::Overflows),
            ("1i", Ideal::Complex(0.0, 1.0)),
        ] {
            assert_eq!(Number::parse(text).unwrap().ideal(), want, "{text}");
        }
        assert_eq!(Number::parse("1e3").unwrap().int, Some(1000));
        assert_eq!(Number::parse("09").unwrap_err(), "integer overflow: \"09\"");
        assert!(Number::parse("99999999999999999999").unwrap_err().starts_with("integer overflow"));
        assert_eq!(Number::parse_char("'\\n'").unwrap().int, Some(10));
        assert_eq!(Number::parse_complex("1+2i").unwrap().complex, Some((1.0, 2.0)));
    }
}
