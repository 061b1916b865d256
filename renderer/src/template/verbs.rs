//! One value under one verb: Go's fmt printers for every kind but numbers, which are in `verbs_numbers`.

use super::quote::{decode_char, quote};
use super::verbs_numbers::duration_text;
use crate::functions::dates::{MONTHS, WEEKDAYS};
use crate::limits::{STRING_BYTES_MAX, VALUE_DEPTH_MAX};
use crate::value::{Data, Value};

/// The flags of one verb.
#[derive(Clone, Copy, Default)]
pub struct Flags {
    pub width: Option<usize>,
    pub precision: Option<usize>,
    pub minus: bool,
    pub plus: bool,
    pub sharp: bool,
    pub space: bool,
    pub zero: bool,
    /// `%+v` and `%#v`, which change what is below.
    pub plus_v: bool,
    pub sharp_v: bool,
}

/// Prints single values into `out`.
#[derive(Default)]
pub struct Printer {
    pub out: Vec<u8>,
    depth: usize,
}

impl Printer {
    /// One operand under `verb` (Go: pp.printArg).
    pub fn arg(&mut self, value: &Value, verb: char, flags: Flags) {
        match verb {
            _ if value.is_nil() && matches!(verb, 'T' | 'v') => self.pad(b"<nil>", flags),
            'T' => self.string(value.type_name().as_bytes(), 's', flags, value),
            // Pointers are not among our kinds; only Errorf knows %w.
            'p' | 'w' => self.bad_verb(verb, value, flags),
            _ if value.is_nil() => self.bad_verb(verb, value, flags),
            _ => self.value(value, verb, flags),
        }
    }

    fn value(&mut self, value: &Value, verb: char, flags: Flags) {
        if self.depth > VALUE_DEPTH_MAX || self.out.len() > STRING_BYTES_MAX {
            // A map that holds itself, where Go overflows its stack and dies.
            self.out.extend_from_slice(b"<nested too deeply>");
            return;
        }
        self.depth += 1;
        self.value_within(value, verb, flags);
        self.depth -= 1;
    }

    fn value_within(&mut self, value: &Value, verb: char, flags: Flags) {
        match &value.data {
            // A nil inside a list or map.
            Data::Nil if flags.sharp_v => self.out.extend_from_slice(b"interface {}(nil)"),
            Data::Nil => self.out.extend_from_slice(b"<nil>"),
            Data::Bool(truth) if matches!(verb, 't' | 'v') => {
                self.pad(if *truth { b"true" } else { b"false" }, flags);
            }
            Data::Int(int) | Data::Int64(int) => self.integer(i128::from(*int), verb, flags, value),
            Data::Sized(name, int) => self.sized(name, *int, verb, flags, value),
            Data::Float(float) => self.float(*float, verb, flags, value),
            Data::Str(text) => self.string(text.as_bytes(), verb, flags, value),
            Data::Bytes(bytes) => self.bytes(bytes, verb, flags, value),
            Data::List(list) => self.list(value, &list.items, verb, flags),
            Data::Map(map) => self.map(value, map, verb, flags),
            Data::Object(object) => self.string(object.print().as_bytes(), verb, flags, value),
            Data::Bool(_) => self.bad_verb(verb, value, flags),
        }
    }

    /// Durations and months print by their String methods.
    fn sized(&mut self, name: &str, int: i128, verb: char, flags: Flags, value: &Value) {
        let text = match name {
            "time.Duration" => Some(duration_text(int)),
            "time.Month" => {
                MONTHS.get(usize::try_from(int - 1).unwrap_or(usize::MAX)).map(|m| (*m).to_owned())
            }
            "time.Weekday" => {
                WEEKDAYS.get(usize::try_from(int).unwrap_or(usize::MAX)).map(|d| (*d).to_owned())
            }
            _ => None,
        };
        match text {
            Some(text) if matches!(verb, 'v' | 's' | 'q' | 'x' | 'X') && !flags.sharp_v => {
                self.string(text.as_bytes(), verb, flags, value);
            }
            _ => self.integer(int, verb, flags, value),
        }
    }

    fn list(&mut self, value: &Value, items: &[Value], verb: char, flags: Flags) {
        let (open, between, close): (&[u8], &[u8], &[u8]) =
            if flags.sharp_v { (b"{", b", ", b"}") } else { (b"[", b" ", b"]") };
        if flags.sharp_v {
            self.out.extend_from_slice(value.type_name().as_bytes());
        }
        self.out.extend_from_slice(open);
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                self.out.extend_from_slice(between);
            }
            self.value(item, verb, flags);
        }
        self.out.extend_from_slice(close);
    }

    fn map(&mut self, value: &Value, map: &crate::value::Map, verb: char, flags: Flags) {
        if flags.sharp_v {
            self.out.extend_from_slice(value.type_name().as_bytes());
            self.out.push(b'{');
        } else {
            self.out.extend_from_slice(b"map[");
        }
        for (at, (key, item)) in map.entries.borrow().iter().enumerate() {
            if at > 0 {
                self.out.extend_from_slice(if flags.sharp_v { b", " } else { b" " });
            }
            self.string(key.as_bytes(), verb, flags, &Value::from(key.clone()));
            self.out.push(b':');
            self.value(item, verb, flags);
        }
        self.out.push(if flags.sharp_v { b'}' } else { b']' });
    }

    /// `%!d(string=hi)`.
    pub(super) fn bad_verb(&mut self, verb: char, value: &Value, flags: Flags) {
        self.out.extend_from_slice(format!("%!{verb}(").as_bytes());
        if value.is_nil() {
            self.out.extend_from_slice(b"<nil>");
        } else {
            self.out.extend_from_slice(value.type_name().as_bytes());
            self.out.push(b'=');
            self.value(value, 'v', flags);
        }
        self.out.push(b')');
    }

    /// Writes `text` in its width; zeros only pad on the left.
    pub(super) fn pad(&mut self, text: &[u8], flags: Flags) {
        let chars = String::from_utf8_lossy(text).chars().count();
        let fill = flags.width.unwrap_or_default().saturating_sub(chars);
        if flags.minus {
            self.out.extend_from_slice(text);
            self.fill(fill, b' ');
        } else {
            self.fill(fill, if flags.zero { b'0' } else { b' ' });
            self.out.extend_from_slice(text);
        }
    }

    pub(super) fn fill(&mut self, count: usize, byte: u8) {
        self.out.extend(std::iter::repeat_n(byte, count));
    }

    fn string(&mut self, text: &[u8], verb: char, flags: Flags, value: &Value) {
        match verb {
            'v' if flags.sharp_v => self.quoted(text, flags),
            'v' | 's' => self.pad(truncated(text, flags), flags),
            'q' => self.quoted(text, flags),
            'x' | 'X' => self.hex(text, verb == 'X', flags),
            _ => self.bad_verb(verb, value, flags),
        }
    }

    fn quoted(&mut self, text: &[u8], flags: Flags) {
        let text = truncated(text, flags);
        let plain = std::str::from_utf8(text).is_ok_and(|text| {
            !text.contains(|c: char| (c < ' ' && c != '\t') || c == '`' || c == '\u{7f}' || c == '\u{feff}')
        });
        if flags.sharp && plain {
            let mut raw = vec![b'`'];
            raw.extend_from_slice(text);
            raw.push(b'`');
            self.pad(&raw, flags);
        } else {
            self.pad(quote(text, flags.plus).as_bytes(), flags);
        }
    }

    /// `%x` of text: two digits a byte, `% x` with spaces, `%#x` with 0x.
    fn hex(&mut self, text: &[u8], upper: bool, flags: Flags) {
        let text = flags.precision.and_then(|precision| text.get(..precision)).unwrap_or(text);
        let mut hex = String::with_capacity(text.len() * 3);
        for (at, byte) in text.iter().enumerate() {
            if flags.space && at > 0 {
                hex.push(' ');
            }
            if flags.sharp && (flags.space || at == 0) {
                hex.push_str(if upper { "0X" } else { "0x" });
            }
            hex.push_str(&if upper { format!("{byte:02X}") } else { format!("{byte:02x}") });
        }
        self.pad(hex.as_bytes(), flags);
    }

    fn bytes(&mut self, bytes: &[u8], verb: char, flags: Flags, value: &Value) {
        if matches!(verb, 's' | 'q' | 'x' | 'X') {
            self.string(bytes, verb, flags, value);
            return;
        }
        if flags.sharp_v {
            let items: Vec<String> = bytes.iter().map(|byte| format!("{byte:#x}")).collect();
            self.out.extend_from_slice(format!("[]byte{{{}}}", items.join(", ")).as_bytes());
            return;
        }
        self.out.push(b'[');
        for (at, byte) in bytes.iter().enumerate() {
            if at > 0 {
                self.out.push(b' ');
            }
            let item = Value::from(Data::Sized("uint8", i128::from(*byte)));
            self.integer(i128::from(*byte), verb, flags, &item);
        }
        self.out.push(b']');
    }
}

/// The first `precision` characters.
fn truncated(text: &[u8], flags: Flags) -> &[u8] {
    let Some(precision) = flags.precision else { return text };
    let mut end = 0;
    for _ in 0..precision {
        let Some(rest) = text.get(end..).filter(|rest| !rest.is_empty()) else { break };
        end += decode_char(rest).1.max(1);
    }
    text.get(..end).unwrap_or(text)
}
