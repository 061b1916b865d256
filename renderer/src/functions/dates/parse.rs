//! Times read by Go's layouts, with Go's errors. How a layout falls into elements is in `layout`.

use super::layout::{Element, MONTHS, Offset, WEEKDAYS, next_chunk};
use super::time::{Time, Zone, days_from_civil};

/// What has been read so far; absent parts have Go's defaults in the end.
#[derive(Default)]
struct Read {
    year: i64,
    month: Option<i64>,
    day: Option<i64>,
    year_day: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanoseconds: u32,
    is_pm: Option<bool>,
    is_utc: bool,
    offset_seconds: Option<i64>,
    zone: String,
}

/// Why an element could not be read.
enum Bad {
    Text,
    /// A number that its element does not allow, by what is out of range.
    Range(&'static str),
}

/// Go time.ParseInLocation with UTC as the location.
///
/// # Errors
/// Go's text.
pub(super) fn parse(layout: &[u8], value: &[u8]) -> Result<Time, String> {
    let mut read = Read::default();
    let mut layout_rest = layout;
    let mut rest = value;
    let failed = |message: &str| format!("parsing time {}{message}", quoted(value));
    let cannot = |at: &[u8], element: &[u8]| {
        format!(
            "parsing time {} as {}: cannot parse {} as {}",
            quoted(value),
            quoted(layout),
            quoted(at),
            quoted(element)
        )
    };
    loop {
        let chunk = next_chunk(layout_rest);
        rest = skip(rest, chunk.prefix).map_err(|at| cannot(at, chunk.prefix))?;
        let Some(element) = chunk.element else {
            if !rest.is_empty() {
                return Err(failed(&format!(": extra text: {}", quoted(rest))));
            }
            break;
        };
        layout_rest = chunk.rest;
        let held = rest;
        match read.element(element, &mut rest, layout_rest, chunk.text) {
            Ok(()) => {}
            Err(Bad::Text) => return Err(cannot(held, chunk.text)),
            Err(Bad::Range(what)) => return Err(failed(&format!(": {what} out of range"))),
        }
    }
    read.finish().map_err(|message| failed(&format!(": {message}")))
}

/// The text behind `prefix`; a space in the prefix stands for any run of them.
fn skip<'a>(mut text: &'a [u8], mut prefix: &[u8]) -> Result<&'a [u8], &'a [u8]> {
    let cut_spaces = |text: &[u8]| text.iter().take_while(|&&byte| byte == b' ').count();
    while let Some(&byte) = prefix.first() {
        if byte == b' ' {
            if text.first().is_some_and(|&byte| byte != b' ') {
                return Err(text);
            }
            prefix = &prefix[cut_spaces(prefix)..];
            text = &text[cut_spaces(text)..];
        } else if text.first() == Some(&byte) {
            (text, prefix) = (&text[1..], &prefix[1..]);
        } else {
            return Err(text);
        }
    }
    Ok(text)
}

/// One or two digits (three for days of the year), exactly so many when `fixed`.
fn number(rest: &mut &[u8], most: usize, fixed: bool) -> Result<i64, Bad> {
    let digits = rest.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 || fixed && digits < most {
        return Err(Bad::Text);
    }
    let number = rest[..digits].iter().fold(0, |n, digit| n * 10 + i64::from(digit - b'0'));
    *rest = &rest[digits..];
    Ok(number)
}

fn in_range(number: i64, range: std::ops::RangeInclusive<i64>, what: &'static str) -> Result<i64, Bad> {
    if range.contains(&number) { Ok(number) } else { Err(Bad::Range(what)) }
}

/// The first name that the text begins with, in any case; `len` cuts the names.
fn name(rest: &mut &[u8], names: &[&str], len: Option<usize>) -> Result<i64, Bad> {
    for (i, name) in names.iter().enumerate() {
        let name = &name.as_bytes()[..len.unwrap_or(name.len())];
        if rest.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name)) {
            *rest = &rest[name.len()..];
            return Ok(i as i64);
        }
    }
    Err(Bad::Text)
}

impl Read {
    fn element(
        &mut self,
        element: Element,
        rest: &mut &[u8],
        layout_rest: &[u8],
        text: &[u8],
    ) -> Result<(), Bad> {
        match element {
            Element::Year => {
                let year = number(rest, 2, true)?;
                self.year = year + if year >= 69 { 1900 } else { 2000 };
            }
            Element::LongYear => self.year = number(rest, 4, true)?,
            Element::Month => self.month = Some(name(rest, &MONTHS, Some(3))? + 1),
            Element::LongMonth => self.month = Some(name(rest, &MONTHS, None)? + 1),
            Element::NumMonth | Element::ZeroMonth => {
                let month = number(rest, 2, element == Element::ZeroMonth)?;
                self.month = Some(in_range(month, 1..=12, "month")?);
            }
            Element::Weekday => drop(name(rest, &WEEKDAYS, Some(3))?),
            Element::LongWeekday => drop(name(rest, &WEEKDAYS, None)?),
            Element::Day | Element::UnderDay | Element::ZeroDay => {
                if element == Element::UnderDay {
                    *rest = rest.strip_prefix(b" ").unwrap_or(rest);
                }
                self.day = Some(number(rest, 2, element == Element::ZeroDay)?);
            }
            Element::UnderYearDay | Element::ZeroYearDay => {
                let spaces = rest.iter().take(2).take_while(|&&byte| byte == b' ').count();
                if element == Element::UnderYearDay {
                    *rest = &rest[spaces..];
                }
                self.year_day = Some(number(rest, 3, element == Element::ZeroYearDay)?);
            }
            Element::Hour => self.hour = in_range(number(rest, 2, false)?, 0..=23, "hour")?,
            Element::Hour12 | Element::ZeroHour12 => {
                self.hour = in_range(number(rest, 2, element == Element::ZeroHour12)?, 0..=12, "hour")?;
            }
            Element::Minute | Element::ZeroMinute => {
                self.minute = in_range(number(rest, 2, element == Element::ZeroMinute)?, 0..=59, "minute")?;
            }
            Element::Second | Element::ZeroSecond => {
                self.second = in_range(number(rest, 2, element == Element::ZeroSecond)?, 0..=59, "second")?;
                let next_is_fraction =
                    matches!(next_chunk(layout_rest).element, Some(Element::Fraction { .. }));
                if !next_is_fraction && is_fraction(rest) {
                    self.fraction(rest, None)?;
                }
            }
            Element::UpperPm | Element::LowerPm => {
                let (am, pm): (&[u8], &[u8]) =
                    if element == Element::UpperPm { (b"AM", b"PM") } else { (b"am", b"pm") };
                self.is_pm = match rest.get(..2) {
                    Some(half) if half == pm => Some(true),
                    Some(half) if half == am => Some(false),
                    _ => return Err(Bad::Text),
                };
                *rest = &rest[2..];
            }
            Element::Offset(form) => self.offset(form, rest)?,
            Element::ZoneName => self.zone_name(rest)?,
            Element::Fraction { trims: true, .. } if !is_fraction(rest) => {}
            Element::Fraction { trims: true, .. } => self.fraction(rest, None)?,
            Element::Fraction { .. } => self.fraction(rest, Some(text.len()))?,
        }
        Ok(())
    }

    /// A point or comma and digits: `len` bytes, or as many as there are.
    fn fraction(&mut self, rest: &mut &[u8], len: Option<usize>) -> Result<(), Bad> {
        let all = 1 + rest.iter().skip(1).take_while(|byte| byte.is_ascii_digit()).count();
        let len = len.unwrap_or(all);
        if rest.len() < len || !matches!(rest.first(), Some(b'.' | b',')) || all < len {
            return Err(Bad::Text);
        }
        let digits = rest[1..len].iter().chain(std::iter::repeat(&b'0')).take(9);
        self.nanoseconds = digits.fold(0, |n, digit| n * 10 + u32::from(digit - b'0'));
        *rest = &rest[len..];
        Ok(())
    }

    fn offset(&mut self, form: Offset, rest: &mut &[u8]) -> Result<(), Bad> {
        if form.z && rest.first() == Some(&b'Z') {
            *rest = &rest[1..];
            self.is_utc = true;
            return Ok(());
        }
        let sign = match rest.first() {
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ => return Err(Bad::Text),
        };
        *rest = &rest[1..];
        let mut parts = [0_i64; 3];
        for (i, part) in parts.iter_mut().enumerate().take(usize::from(form.fields)) {
            if i > 0 && form.colon {
                *rest = rest.strip_prefix(b":").ok_or(Bad::Text)?;
            }
            *part = number(rest, 2, true)?;
        }
        let hours = in_range(parts[0], 0..=24, "time zone offset hour")?;
        let minutes = in_range(parts[1], 0..=60, "time zone offset minute")?;
        let seconds = in_range(parts[2], 0..=60, "time zone offset second")?;
        self.offset_seconds = Some(sign * ((hours * 60 + minutes) * 60 + seconds));
        Ok(())
    }

    fn zone_name(&mut self, rest: &mut &[u8]) -> Result<(), Bad> {
        if let Some(after) = rest.strip_prefix(b"UTC") {
            *rest = after;
            self.is_utc = true;
            return Ok(());
        }
        let len = zone_name_len(rest).ok_or(Bad::Text)?;
        self.zone = String::from_utf8_lossy(&rest[..len]).into_owned();
        *rest = &rest[len..];
        Ok(())
    }

    fn finish(self) -> Result<Time, String> {
        let hour = match self.is_pm {
            Some(true) if self.hour < 12 => self.hour + 12,
            Some(false) if self.hour == 12 => 0,
            _ => self.hour,
        };
        let month_lengths =
            [31, if is_leap(self.year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let (mut month, mut day) = (self.month, self.day);
        if let Some(year_day) = self.year_day {
            let (of_month, of_day) =
                split_year_day(year_day, &month_lengths).ok_or("day-of-year out of range")?;
            if month.is_some_and(|month| month != of_month) {
                return Err("day-of-year does not match month".to_owned());
            }
            if day.is_some_and(|day| day != of_day) {
                return Err("day-of-year does not match day".to_owned());
            }
            (month, day) = (Some(of_month), Some(of_day));
        }
        let (month, day) = (month.unwrap_or(1), day.unwrap_or(1));
        let last = usize::try_from(month - 1).ok().and_then(|month| month_lengths.get(month)).copied();
        if day < 1 || day > last.unwrap_or(31) {
            return Err("day out of range".to_owned());
        }
        let seconds = hour * 3_600 + self.minute * 60 + self.second;
        let time = |zone: Zone| {
            Time::from_clock(days_from_civil(self.year, month, day), seconds, self.nanoseconds, zone)
        };
        Ok(match self.offset_seconds {
            _ if self.is_utc => time(Zone::Utc),
            Some(0) if self.zone.is_empty() || self.zone == "UTC" => time(Zone::Utc),
            Some(offset) => time(Zone::Fixed(self.zone.as_str().into(), offset as i32)),
            None if self.zone.is_empty() => time(Zone::Utc),
            None => {
                let hours = self.zone.strip_prefix("GMT").and_then(|hours| hours.parse::<i32>().ok());
                time(Zone::Fixed(self.zone.as_str().into(), hours.unwrap_or(0) * 3_600))
            }
        })
    }
}

fn is_fraction(rest: &[u8]) -> bool {
    matches!(rest.first(), Some(b'.' | b',')) && rest.get(1).is_some_and(u8::is_ascii_digit)
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn split_year_day(year_day: i64, month_lengths: &[i64; 12]) -> Option<(i64, i64)> {
    let mut day = year_day;
    for (month, length) in (1..).zip(month_lengths) {
        if day <= *length {
            return (day >= 1).then_some((month, day));
        }
        day -= length;
    }
    None
}

/// Go's parseTimeZone: what may be an abbreviation; its length.
fn zone_name_len(text: &[u8]) -> Option<usize> {
    if text.len() < 3 {
        return None;
    }
    if text.starts_with(b"ChST") || text.starts_with(b"MeST") {
        return Some(4);
    }
    let signed = |text: &[u8]| {
        if !matches!(text.first(), Some(b'+' | b'-')) {
            return 0;
        }
        let digits = text[1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let hours = std::str::from_utf8(&text[1..=digits]).ok().and_then(|digits| digits.parse::<u32>().ok());
        if hours.is_some_and(|hours| hours <= 23) { 1 + digits } else { 0 }
    };
    if text.starts_with(b"GMT") {
        return Some(3 + signed(&text[3..]));
    }
    if matches!(text[0], b'+' | b'-') {
        let len = signed(text);
        return (len > 0).then_some(len);
    }
    let capitals = text.iter().take(6).take_while(|byte| byte.is_ascii_uppercase()).count();
    match capitals {
        5 if text[4] == b'T' => Some(5),
        4 if text[3] == b'T' || text.starts_with(b"WITA") => Some(4),
        3 => Some(3),
        _ => None,
    }
}

/// The time package's own quoting: everything beyond printable ASCII by its bytes.
fn quoted(text: &[u8]) -> String {
    let mut out = String::from("\"");
    for &byte in text {
        match byte {
            b'"' | b'\\' => out.extend(['\\', char::from(byte)]),
            b' '..=b'\x7f' => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push('"');
    out
}
