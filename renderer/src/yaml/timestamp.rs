//! Whether a text is a timestamp of YAML 1.1 in one of the four forms that goyaml knows. The time itself is not wanted.

/// `2024-1-2`, `2024-1-2T3:4:5.6Z`, `2024-1-2t3:4:5+01:00`, `2024-1-2 3:4:5`.
pub(crate) fn is_timestamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() < 5 || !bytes[..4].iter().all(u8::is_ascii_digit) || bytes[4] != b'-' {
        return false;
    }
    let year = bytes[..4].iter().fold(0, |year, digit| year * 10 + u32::from(digit - b'0'));
    parse_date(year, &bytes[5..]).is_some_and(|rest| match rest {
        [] => true,
        [b'T' | b't', time @ ..] => parse_time(time).is_some_and(is_zone),
        [b' ', ..] => {
            let spaces = rest.iter().take_while(|byte| **byte == b' ').count();
            parse_time(&rest[spaces..]).is_some_and(<[u8]>::is_empty)
        }
        _ => false,
    })
}

/// Month and day; gives what follows them.
fn parse_date(year: u32, bytes: &[u8]) -> Option<&[u8]> {
    let (month, rest) = parse_number(bytes)?;
    let (day, rest) = parse_number(rest.strip_prefix(b"-")?)?;
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    (1..=days).contains(&day).then_some(rest)
}

/// Hour, minute, second and fraction; gives what follows them.
fn parse_time(bytes: &[u8]) -> Option<&[u8]> {
    let (hour, rest) = parse_number(bytes)?;
    let (minute, rest) = parse_number(rest.strip_prefix(b":")?)?;
    let (second, rest) = parse_number(rest.strip_prefix(b":")?)?;
    let rest = match rest {
        [b'.' | b',', digits @ ..] => match digits.iter().take_while(|byte| byte.is_ascii_digit()).count() {
            0 => rest,
            count => &digits[count..],
        },
        _ => rest,
    };
    (hour < 24 && minute < 60 && second < 60).then_some(rest)
}

fn is_zone(bytes: &[u8]) -> bool {
    let two = |tens: u8, ones: u8| {
        (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| (tens - b'0') * 10 + (ones - b'0'))
    };
    match *bytes {
        [b'Z'] => true,
        [b'+' | b'-', a, b, b':', c, d] => {
            two(a, b).is_some_and(|hours| hours <= 24) && two(c, d).is_some_and(|minutes| minutes <= 60)
        }
        _ => false,
    }
}

/// One or two digits.
fn parse_number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    match bytes {
        [a, b, rest @ ..] if a.is_ascii_digit() && b.is_ascii_digit() => {
            Some((u32::from(a - b'0') * 10 + u32::from(b - b'0'), rest))
        }
        [a, rest @ ..] if a.is_ascii_digit() => Some((u32::from(a - b'0'), rest)),
        _ => None,
    }
}
