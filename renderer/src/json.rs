//! JSON as Go's encoding/json reads and writes it. YAML and TOML live elsewhere.

/// Decimal exponent from which Go's `%v` of a float takes the exponent form.
const GENERAL_EXPONENT: i32 = 6;

/// Go's `%v` and `strconv 'g' -1` of a float, from Rust's shortest exponent form (`1.25e-7`).
pub(crate) fn shortest_float(scientific: &str) -> String {
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        return match scientific {
            "inf" => "+Inf".to_owned(),
            "-inf" => "-Inf".to_owned(),
            other => other.to_owned(),
        };
    };
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let digits: String = mantissa.chars().filter(|c| *c != '.').collect();
    if !(-4..GENERAL_EXPONENT).contains(&exponent) {
        let sign_of_exponent = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{mantissa}e{sign_of_exponent}{:02}", exponent.abs());
    }
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    if exponent < 0 {
        let zeros = usize::try_from(-exponent - 1).unwrap_or_default();
        return format!("{sign}0.{}{digits}", "0".repeat(zeros));
    }
    if exponent + 1 >= count {
        let zeros = usize::try_from(exponent + 1 - count).unwrap_or_default();
        return format!("{sign}{digits}{}", "0".repeat(zeros));
    }
    let point = usize::try_from(exponent + 1).unwrap_or_default();
    format!("{sign}{}.{}", &digits[..point], &digits[point..])
}
