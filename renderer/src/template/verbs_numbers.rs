//! Integers and floats under printf's verbs, and durations as Go prints them. Digits of floats come from `float`.

use super::float::format_float;
use super::quote::quote_char;
use super::verbs::{Flags, Printer};
use crate::value::Value;

impl Printer {
    pub(super) fn integer(&mut self, int: i128, verb: char, flags: Flags, value: &Value) {
        let unsigned = value.type_name().starts_with("uint");
        match verb {
            'v' if flags.sharp_v && unsigned => self.out.extend_from_slice(format!("{int:#x}").as_bytes()),
            'v' | 'd' => self.digits(int, &format!("{}", int.unsigned_abs()), "", flags),
            'b' => self.digits(int, &format!("{:b}", int.unsigned_abs()), "0b", flags),
            'o' => self.digits(int, &format!("{:o}", int.unsigned_abs()), "0", flags),
            'O' => {
                let zero = if flags.sharp && int != 0 { "0" } else { "" };
                let digits = format!("{zero}{:o}", int.unsigned_abs());
                self.digits(int, &digits, "0o", Flags { sharp: true, ..flags });
            }
            'x' => self.digits(int, &format!("{:x}", int.unsigned_abs()), "0x", flags),
            'X' => self.digits(int, &format!("{:X}", int.unsigned_abs()), "0X", flags),
            'c' => {
                let c = u32::try_from(int).ok().and_then(char::from_u32).unwrap_or('\u{FFFD}');
                self.pad(c.encode_utf8(&mut [0; 4]).as_bytes(), flags);
            }
            'q' => self.pad(quote_char(int, flags.plus).as_bytes(), flags),
            'U' => self.code_point(int, flags),
            _ => self.bad_verb(verb, value, flags),
        }
    }

    /// Go: fmt.fmtInteger.
    fn digits(&mut self, int: i128, digits: &str, prefix: &str, flags: Flags) {
        let signed = int < 0 || flags.plus || flags.space;
        let least = match flags.precision {
            Some(0) if int == 0 => {
                self.fill(flags.width.unwrap_or_default(), b' ');
                return;
            }
            Some(precision) => precision,
            None if flags.zero && !flags.minus => {
                flags.width.unwrap_or_default().saturating_sub(usize::from(signed))
            }
            None => 0,
        };
        let mut text = String::new();
        if int < 0 {
            text.push('-');
        } else if flags.plus {
            text.push('+');
        } else if flags.space {
            text.push(' ');
        }
        let zeros = least.saturating_sub(digits.len());
        if flags.sharp && !(prefix == "0" && (zeros > 0 || digits.starts_with('0'))) {
            text.push_str(prefix);
        }
        text.extend(std::iter::repeat_n('0', zeros));
        text.push_str(digits);
        self.pad(text.as_bytes(), Flags { zero: false, ..flags });
    }

    fn code_point(&mut self, int: i128, flags: Flags) {
        let width = flags.precision.map_or(4, |precision| precision.max(4));
        // Go takes the number's 64 bits.
        let bits = (int as i64).cast_unsigned();
        let mut text = format!("U+{bits:0width$X}");
        if flags.sharp
            && let Some(c) = u32::try_from(int).ok().and_then(char::from_u32)
            && super::quote::is_print(c)
        {
            text.push_str(&format!(" '{c}'"));
        }
        self.pad(text.as_bytes(), Flags { zero: false, ..flags });
    }

    /// Go: fmt.fmtFloat.
    pub(super) fn float(&mut self, float: f64, verb: char, flags: Flags, value: &Value) {
        let (form, default) = match verb {
            'v' => ('g', None),
            'b' | 'g' | 'G' | 'x' | 'X' => (verb, None),
            'f' | 'F' => ('f', Some(6)),
            'e' | 'E' => (verb, Some(6)),
            _ => return self.bad_verb(verb, value, flags),
        };
        let precision = flags.precision.or(default);
        let text = format_float(float, form, precision);
        let (negative, mut body) = match text.strip_prefix('-') {
            Some(body) => (true, body.to_owned()),
            None => (false, text.trim_start_matches('+').to_owned()),
        };
        let sign = match (negative, flags.plus, flags.space) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ if float.is_infinite() => "",
            _ => "",
        };
        if !float.is_finite() {
            let sign = if float.is_infinite() && sign.is_empty() { "+" } else { sign };
            self.pad(format!("{sign}{body}").as_bytes(), Flags { zero: false, ..flags });
            return;
        }
        if flags.sharp && verb != 'b' {
            body = with_point(&body, form, precision);
        }
        let width = flags.width.unwrap_or_default();
        if flags.zero && !flags.minus && !sign.is_empty() && width > body.len() + 1 {
            self.out.extend_from_slice(sign.as_bytes());
            self.fill(width - body.len() - 1, b'0');
            self.out.extend_from_slice(body.as_bytes());
        } else {
            self.pad(format!("{sign}{body}").as_bytes(), flags);
        }
    }
}

/// The `#` flag of floats: always a point, and for `%g` no trailing zeros removed.
fn with_point(body: &str, form: char, precision: Option<usize>) -> String {
    let mut missing = match form {
        'g' | 'G' | 'x' => precision.map_or(6, |precision| i64::try_from(precision).unwrap_or(i64::MAX)),
        _ => 0,
    };
    let hex = matches!(form, 'x' | 'X');
    let tail_at =
        body.find(|c| matches!(c, 'p' | 'P') || (!hex && matches!(c, 'e' | 'E'))).unwrap_or(body.len());
    let (head, tail) = body.split_at(tail_at);
    let mut seen = false;
    for c in head.chars().filter(|c| *c != '.') {
        seen |= c != '0';
        missing -= i64::from(seen);
    }
    let mut text = head.to_owned();
    if !head.contains('.') {
        if head == "0" {
            missing -= 1;
        }
        text.push('.');
    }
    text.extend(std::iter::repeat_n('0', usize::try_from(missing.max(0)).unwrap_or_default()));
    text + tail
}

/// Go's time.Duration.String: `1h2m3.5s`, `1.5ms`, `0s`; nanoseconds in.
#[must_use]
pub fn duration_text(nanoseconds: i128) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let total = nanoseconds.unsigned_abs();
    let decimal = |unit: u128, digits: usize| {
        let fraction = format!("{:0digits$}", total % unit);
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        (total / unit, format!("{point}{fraction}"))
    };
    let body = if total == 0 {
        return "0s".to_owned();
    } else if total < 1_000 {
        format!("{total}ns")
    } else if total < 1_000_000 {
        let (whole, fraction) = decimal(1_000, 3);
        format!("{whole}{fraction}\u{b5}s")
    } else if total < 1_000_000_000 {
        let (whole, fraction) = decimal(1_000_000, 6);
        format!("{whole}{fraction}ms")
    } else {
        let (seconds, fraction) = decimal(1_000_000_000, 9);
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        let tail = format!("{}{fraction}s", seconds % 60);
        match (hours, minutes) {
            (0, 0) => tail,
            (0, _) => format!("{minutes}m{tail}"),
            _ => format!("{hours}h{minutes}m{tail}"),
        }
    };
    format!("{sign}{body}")
}

#[cfg(test)]
mod tests {
    use super::duration_text;

    #[test]
    fn durations_print_as_go_prints_them() {
        for (nanoseconds, want) in
            [(3_723_500_000_000, "1h2m3.5s"), (1_500_000, "1.5ms"), (0, "0s"), (-90_000_000_000, "-1m30s")]
        {
            assert_eq!(duration_text(nanoseconds), want);
        }
    }
}
