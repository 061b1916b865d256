//! Floating-point numbers as Go's strconv.FormatFloat writes them. Widths and flags are printf's.

/// Decimal digits without trailing zeros and the position of the point: 0.digits * 10^point.
struct Decimal {
    digits: Vec<u8>,
    point: i32,
}

/// Splits Rust's exponent form, which has exactly the digits asked for.
fn decimal(text: &str) -> Decimal {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let mut digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).collect();
    while digits.len() > 1 && digits.last() == Some(&b'0') {
        digits.pop();
    }
    if digits == [b'0'] {
        return Decimal { digits: Vec::new(), point: 0 };
    }
    Decimal { digits, point: exponent.parse::<i32>().unwrap_or_default() + 1 }
}

/// Go's `strconv.FormatFloat(value, verb, precision, 64)`; `None` is the fewest digits that read back. Verbs: e E f g G x X b.
#[must_use]
pub fn format_float(value: f64, verb: char, precision: Option<usize>) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    if value.is_infinite() {
        return format!("{}Inf", if sign.is_empty() { "+" } else { sign });
    }
    let absolute = value.abs();
    let body = match verb {
        'e' | 'E' => exponent_form(absolute, precision, verb),
        'f' | 'F' => match precision {
            Some(precision) => format!("{absolute:.precision$}"),
            None => format!("{absolute}"),
        },
        'x' | 'X' => hex_form(absolute, precision, verb == 'X'),
        'b' => {
            let (mantissa, exponent) = parts(absolute);
            format!("{mantissa}p{exponent:+}")
        }
        _ => general_form(absolute, precision, verb),
    };
    format!("{sign}{body}")
}

/// `%e`: one digit, the point, and an exponent of at least two digits.
fn exponent_form(value: f64, precision: Option<usize>, verb: char) -> String {
    let text = match precision {
        Some(precision) => format!("{value:.precision$e}"),
        None => format!("{value:e}"),
    };
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}{verb}{sign}{:02}", exponent.unsigned_abs())
}

/// Decimal exponent from which `%g` without a precision turns to the exponent form.
const GENERAL_EXPONENT_MIN: i32 = 6;

fn general_form(value: f64, precision: Option<usize>, verb: char) -> String {
    let wanted = precision.map(|precision| precision.max(1));
    let digits = match wanted {
        Some(wanted) => decimal(&format!("{value:.*e}", wanted - 1)),
        None => decimal(&format!("{value:e}")),
    };
    let count = i32::try_from(digits.digits.len()).unwrap_or(i32::MAX);
    let mut threshold =
        wanted.map_or(GENERAL_EXPONENT_MIN, |wanted| i32::try_from(wanted).unwrap_or(i32::MAX));
    if wanted.is_some() && threshold > count && count >= digits.point {
        threshold = count;
    }
    let exponent = digits.point - 1;
    if !digits.digits.is_empty() && (exponent < -4 || exponent >= threshold) {
        let verb = if verb == 'G' { 'E' } else { 'e' };
        let shown = usize::try_from(count - 1).unwrap_or_default();
        return exponent_form(value, Some(shown), verb);
    }
    let decimals = usize::try_from((count - digits.point).max(0)).unwrap_or_default();
    format!("{value:.decimals$}")
}

/// Mantissa of 53 bits and binary exponent: mantissa * 2^exponent.
fn parts(value: f64) -> (u64, i32) {
    let bits = value.to_bits();
    let exponent = i32::try_from((bits >> 52) & 0x7FF).unwrap_or_default();
    let fraction = bits & ((1 << 52) - 1);
    if exponent == 0 { (fraction, -1074) } else { (fraction | (1 << 52), exponent - 1075) }
}

fn hex_form(value: f64, precision: Option<usize>, upper: bool) -> String {
    let (mut mantissa, mut exponent) = parts(value);
    if mantissa == 0 {
        exponent = 0;
    } else {
        exponent += 52;
        while mantissa & (1 << 52) == 0 {
            mantissa <<= 1;
            exponent -= 1;
        }
    }
    // The fraction has 13 hexadecimal digits; rounding is half to even.
    let mut shown = 13;
    if let Some(precision) = precision.filter(|precision| *precision < 13) {
        let cut = 4 * (13 - precision);
        let (rest, half) = (mantissa & ((1 << cut) - 1), 1_u64 << (cut - 1));
        mantissa >>= cut;
        if rest > half || (rest == half && mantissa & 1 == 1) {
            mantissa += 1;
        }
        mantissa <<= cut;
        if mantissa & (1 << 53) != 0 {
            mantissa >>= 1;
            exponent += 1;
        }
        shown = precision;
    }
    let digits = format!("{:013x}", mantissa & ((1 << 52) - 1));
    let mut fraction = digits.get(..shown).unwrap_or_default().to_owned();
    match precision {
        None => fraction.truncate(fraction.trim_end_matches('0').len()),
        Some(precision) => fraction.extend(std::iter::repeat_n('0', precision.saturating_sub(13))),
    }
    let point = if fraction.is_empty() { "" } else { "." };
    let sign = if exponent < 0 { '-' } else { '+' };
    let text = format!("0x{}{point}{fraction}p{sign}{:02}", mantissa >> 52, exponent.unsigned_abs());
    if upper { text.to_ascii_uppercase() } else { text }
}

#[cfg(test)]
mod tests {
    use super::format_float;

    #[test]
    fn floats_print_as_go_prints_them() {
        for (value, verb, precision, want) in [
            (100_000.0, 'g', None, "100000"),
            (1e6, 'g', None, "1e+06"),
            (12_345_678.0, 'g', None, "1.2345678e+07"),
            (0.0001, 'g', None, "0.0001"),
            (0.00001, 'g', None, "1e-05"),
            (0.0, 'g', None, "0"),
            (-0.0, 'g', None, "-0"),
            (2.5, 'f', Some(0), "2"),
            (0.25, 'f', Some(1), "0.2"),
            (123_456.789, 'e', Some(6), "1.234568e+05"),
            (1e-10, 'G', None, "1E-10"),
            (2.718_21, 'g', Some(3), "2.72"),
            (12_345_678.0, 'g', Some(3), "1.23e+07"),
            (100.0, 'g', Some(3), "100"),
            (3.5, 'x', None, "0x1.cp+01"),
            (1.0, 'x', Some(2), "0x1.00p+00"),
            (1.0, 'b', None, "4503599627370496p-52"),
        ] {
            assert_eq!(format_float(value, verb, precision), want, "{value} {verb} {precision:?}");
        }
    }
}
