//! Go's time layouts: how a layout falls into elements, and how a time is written by it. Reading is in `parse`.

use super::time::Time;

/// One element of a layout, by what Go calls it in the reference time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    LongMonth,
    Month,
    NumMonth,
    ZeroMonth,
    LongWeekday,
    Weekday,
    Day,
    UnderDay,
    ZeroDay,
    UnderYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    UpperPm,
    LowerPm,
    ZoneName,
    Offset(Offset),
    /// `.000`: this many digits; `.999`: without zeros at the end.
    Fraction {
        digits: usize,
        trims: bool,
    },
}

/// `-07`, `Z07:00` and their like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offset {
    /// `Z` stands for zero.
    pub z: bool,
    pub colon: bool,
    /// Fields written: hours; and minutes; and seconds.
    pub fields: u8,
}

pub(crate) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
pub(crate) const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// A layout cut at its first element: the text before, the element, the element's text, and the rest.
pub(super) struct Chunk<'a> {
    pub prefix: &'a [u8],
    pub element: Option<Element>,
    pub text: &'a [u8],
    pub rest: &'a [u8],
}

/// Go's nextStdChunk.
pub(super) fn next_chunk(layout: &[u8]) -> Chunk<'_> {
    for at in 0..layout.len() {
        let tail = &layout[at..];
        if tail.starts_with(b"_2006") {
            let (prefix, rest) = layout.split_at(at + 1);
            return Chunk { prefix, element: Some(Element::LongYear), text: &rest[..4], rest: &rest[4..] };
        }
        if let Some((element, len)) = element_at(tail) {
            return Chunk {
                prefix: &layout[..at],
                element: Some(element),
                text: &tail[..len],
                rest: &tail[len..],
            };
        }
    }
    Chunk { prefix: layout, element: None, text: &[], rest: &[] }
}

/// Elements by their text, longer ones before their beginnings.
const BY_TEXT: [(&[u8], Element); 23] = [
    (b"January", Element::LongMonth),
    (b"Monday", Element::LongWeekday),
    (b"MST", Element::ZoneName),
    (b"002", Element::ZeroYearDay),
    (b"01", Element::ZeroMonth),
    (b"02", Element::ZeroDay),
    (b"03", Element::ZeroHour12),
    (b"04", Element::ZeroMinute),
    (b"05", Element::ZeroSecond),
    (b"06", Element::Year),
    (b"15", Element::Hour),
    (b"1", Element::NumMonth),
    (b"2006", Element::LongYear),
    (b"2", Element::Day),
    (b"__2", Element::UnderYearDay),
    (b"_2", Element::UnderDay),
    (b"3", Element::Hour12),
    (b"4", Element::Minute),
    (b"5", Element::Second),
    (b"PM", Element::UpperPm),
    (b"pm", Element::LowerPm),
    (b"Jan", Element::Month),
    (b"Mon", Element::Weekday),
];

fn element_at(tail: &[u8]) -> Option<(Element, usize)> {
    match tail.first()? {
        b'-' | b'Z' => return offset_at(tail),
        b'.' | b',' => return fraction_at(tail),
        _ => {}
    }
    let (text, element) = BY_TEXT.iter().find(|(text, _)| tail.starts_with(text))?;
    let is_short_name = matches!(element, Element::Month | Element::Weekday);
    let goes_on = tail.get(text.len()).is_some_and(u8::is_ascii_lowercase);
    (!(is_short_name && goes_on)).then_some((*element, text.len()))
}

fn offset_at(tail: &[u8]) -> Option<(Element, usize)> {
    const FORMS: [(&[u8], bool, u8); 5] = [
        (b"070000", false, 3),
        (b"07:00:00", true, 3),
        (b"0700", false, 2),
        (b"07:00", true, 2),
        (b"07", false, 1),
    ];
    let (form, colon, fields) = FORMS.iter().find(|(form, ..)| tail[1..].starts_with(form))?;
    let offset = Offset { z: tail[0] == b'Z', colon: *colon, fields: *fields };
    Some((Element::Offset(offset), form.len() + 1))
}

fn fraction_at(tail: &[u8]) -> Option<(Element, usize)> {
    let digit = *tail.get(1).filter(|byte| matches!(byte, b'0' | b'9'))?;
    let digits = tail[1..].iter().take_while(|&&byte| byte == digit).count();
    if tail.get(1 + digits).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    Some((Element::Fraction { digits, trims: digit == b'9' }, 1 + digits))
}

/// Go Time.Format.
pub(super) fn format(time: &Time, layout: &[u8]) -> Vec<u8> {
    let clock = time.clock();
    let mut out = Vec::new();
    let mut rest = layout;
    loop {
        let chunk = next_chunk(rest);
        out.extend_from_slice(chunk.prefix);
        let Some(element) = chunk.element else { return out };
        rest = chunk.rest;
        let hour12 = if clock.hour.is_multiple_of(12) { 12 } else { clock.hour % 12 };
        let month = MONTHS.get(usize::from(clock.month) - 1).copied().unwrap_or_default();
        let weekday = WEEKDAYS.get(usize::from(clock.weekday)).copied().unwrap_or_default();
        let text = match element {
            Element::LongMonth => month.to_owned(),
            Element::Month => month[..3].to_owned(),
            Element::NumMonth => clock.month.to_string(),
            Element::ZeroMonth => format!("{:02}", clock.month),
            Element::LongWeekday => weekday.to_owned(),
            Element::Weekday => weekday[..3].to_owned(),
            Element::Day => clock.day.to_string(),
            Element::UnderDay => format!("{:2}", clock.day),
            Element::ZeroDay => format!("{:02}", clock.day),
            Element::UnderYearDay => format!("{:3}", clock.year_day),
            Element::ZeroYearDay => format!("{:03}", clock.year_day),
            Element::Hour => format!("{:02}", clock.hour),
            Element::Hour12 => hour12.to_string(),
            Element::ZeroHour12 => format!("{hour12:02}"),
            Element::Minute => clock.minute.to_string(),
            Element::ZeroMinute => format!("{:02}", clock.minute),
            Element::Second => clock.second.to_string(),
            Element::ZeroSecond => format!("{:02}", clock.second),
            Element::LongYear if clock.year < 0 => format!("-{:04}", clock.year.unsigned_abs()),
            Element::LongYear => format!("{:04}", clock.year),
            Element::Year => format!("{:02}", clock.year.max(0) % 100),
            Element::UpperPm => if clock.hour >= 12 { "PM" } else { "AM" }.to_owned(),
            Element::LowerPm => if clock.hour >= 12 { "pm" } else { "am" }.to_owned(),
            Element::ZoneName if clock.zone.is_empty() => {
                offset_text(clock.offset_seconds, Offset { z: false, colon: false, fields: 2 })
            }
            Element::ZoneName => clock.zone.clone(),
            Element::Offset(form) => offset_text(clock.offset_seconds, form),
            Element::Fraction { digits, trims } => fraction_text(time.nanoseconds, chunk.text, digits, trims),
        };
        out.extend_from_slice(text.as_bytes());
    }
}

fn offset_text(seconds: i32, form: Offset) -> String {
    if form.z && seconds == 0 {
        return "Z".to_owned();
    }
    let sign = if seconds / 60 < 0 { '-' } else { '+' };
    let total = seconds.unsigned_abs();
    let colon = if form.colon { ":" } else { "" };
    let mut text = format!("{sign}{:02}", total / 3600);
    if form.fields > 1 {
        text.push_str(&format!("{colon}{:02}", total / 60 % 60));
    }
    if form.fields > 2 {
        text.push_str(&format!("{colon}{:02}", total % 60));
    }
    text
}

fn fraction_text(nanoseconds: u32, text: &[u8], digits: usize, trims: bool) -> String {
    let all = format!("{nanoseconds:09}");
    let shown = format!("{all:0<digits$}");
    let mut shown = &shown[..digits];
    if trims {
        shown = shown.trim_end_matches('0');
        if shown.is_empty() {
            return String::new();
        }
    }
    format!("{}{shown}", if text.starts_with(b",") { ',' } else { '.' })
}
