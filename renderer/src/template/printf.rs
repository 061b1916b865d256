//! Go's fmt.Sprintf: verbs, flags, width, precision, `*`, `[n]` and the error forms. Float digits come from `float`.

use super::float::format_float;
use super::print::push_printed;
use super::quote::{decode_char, quote, quote_char};
use crate::trace::TextBuilder;
use crate::value::{Data, Value};

/// Width and precision that Go accepts at most (fmt.tooLarge).
const WIDTH_MAX: i128 = 1_000_000;

/// The flags of one verb.
#[derive(Clone, Copy, Default)]
pub struct Flags {
    width: Option<usize>,
    precision: Option<usize>,
    minus: bool,
    plus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    /// `%+v` and `%#v`, which change what is below.
    plus_v: bool,
    sharp_v: bool,
}

/// `printf FORMAT ARGS`.
#[must_use]
pub fn sprintf(format: &Value, args: &[Value]) -> Value {
    let Some(text) = format.as_string() else { return Value::from("") };
    let mut run = Run { args, next: 0, reordered: false, good_index: true, out: TextBuilder::new() };
    run.format(text.as_bytes(), format);
    if !run.reordered && run.next < args.len() {
        run.out.literal(b"%!(EXTRA ");
        for (at, arg) in args.iter().enumerate().skip(run.next) {
            if at > run.next {
                run.out.literal(b", ");
            }
            if arg.is_nil() {
                run.out.literal(b"<nil>");
            } else {
                run.out.literal(arg.type_name().as_bytes());
                run.out.literal(b"=");
                run.print(arg, 'v', Flags::default());
            }
        }
        run.out.literal(b")");
    }
    run.out.finish()
}

struct Run<'a> {
    args: &'a [Value],
    next: usize,
    reordered: bool,
    good_index: bool,
    out: TextBuilder,
}

impl Run<'_> {
    fn format(&mut self, text: &[u8], value: &Value) {
        let mut at = 0;
        while at < text.len() {
            let literal = at;
            while text.get(at).is_some_and(|byte| *byte != b'%') {
                at += 1;
            }
            self.out.slice(text, &value.trace, literal..at);
            if at >= text.len() {
                break;
            }
            at = self.verb(text, at + 1);
        }
    }

    /// One directive that begins after `%`; gives where it ends.
    fn verb(&mut self, text: &[u8], mut at: usize) -> usize {
        let mut flags = Flags::default();
        self.good_index = true;
        while let Some(byte) = text.get(at) {
            match byte {
                b'#' => flags.sharp = true,
                b'0' => flags.zero = true,
                b'+' => flags.plus = true,
                b'-' => flags.minus = true,
                b' ' => flags.space = true,
                _ => break,
            }
            at += 1;
        }
        let mut after_index;
        (at, after_index) = self.index(text, at);
        if text.get(at) == Some(&b'*') {
            at += 1;
            match self.int_arg() {
                Some(width) => {
                    flags.minus |= width < 0;
                    flags.width = usize::try_from(width.abs()).ok();
                }
                None => self.out.literal(b"%!(BADWIDTH)"),
            }
            after_index = false;
        } else {
            let (width, end) = number(text, at);
            if after_index && width.is_some() {
                self.good_index = false;
            }
            flags.width = width;
            at = end;
        }
        if text.get(at) == Some(&b'.') {
            at += 1;
            if after_index {
                self.good_index = false;
            }
            (at, after_index) = self.index(text, at);
            if text.get(at) == Some(&b'*') {
                at += 1;
                match self.int_arg() {
                    Some(precision) => flags.precision = usize::try_from(precision).ok(),
                    None => self.out.literal(b"%!(BADPREC)"),
                }
                after_index = false;
            } else {
                let (precision, end) = number(text, at);
                flags.precision = Some(precision.unwrap_or_default());
                at = end;
            }
        }
        if !after_index {
            (at, _) = self.index(text, at);
        }
        let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) else {
            self.out.literal(b"%!(NOVERB)");
            return at;
        };
        let (verb, len) = decode_char(rest);
        let verb = char::from_u32(verb).unwrap_or('\u{FFFD}');
        self.directive(verb, flags);
        at + len
    }

    fn directive(&mut self, verb: char, mut flags: Flags) {
        if verb == '%' {
            self.out.literal(b"%");
            return;
        }
        let args = self.args;
        let problem = if !self.good_index { "BADINDEX" } else { "MISSING" };
        let arg = if self.good_index { args.get(self.next) } else { None };
        let Some(arg) = arg else {
            self.out.literal(format!("%!{verb}({problem})").as_bytes());
            return;
        };
        self.next += 1;
        if verb == 'v' {
            flags.sharp_v = std::mem::take(&mut flags.sharp);
            flags.plus_v = std::mem::take(&mut flags.plus);
        }
        self.print(arg, verb, flags);
    }

    fn print(&mut self, arg: &Value, verb: char, flags: Flags) {
        let mut printer = Printer::default();
        printer.arg(arg, verb, flags);
        push_printed(&mut self.out, &printer.out, arg);
    }

    /// `[n]`: the next argument's number, 1-based. Gives the end and whether there was one.
    fn index(&mut self, text: &[u8], at: usize) -> (usize, bool) {
        if text.get(at) != Some(&b'[') {
            return (at, false);
        }
        self.reordered = true;
        let Some(len) = text.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b']')) else {
            self.good_index = false;
            return (at + 1, false);
        };
        let (number, end) = number(text, at + 1);
        match number.filter(|_| end == at + len).and_then(|number| number.checked_sub(1)) {
            Some(index) if index < self.args.len() => {
                self.next = index;
                (at + len + 1, true)
            }
            _ => {
                self.good_index = false;
                (at + len + 1, number.is_some() && end == at + len)
            }
        }
    }

    /// The argument of a `*`.
    fn int_arg(&mut self) -> Option<i128> {
        let arg = self.args.get(self.next)?;
        self.next += 1;
        integer(arg).filter(|value| (-WIDTH_MAX..=WIDTH_MAX).contains(value))
    }
}

fn number(text: &[u8], mut at: usize) -> (Option<usize>, usize) {
    let mut value: Option<usize> = None;
    while let Some(digit) = text.get(at).filter(|byte| byte.is_ascii_digit()) {
        let next = value.unwrap_or_default() * 10 + usize::from(digit - b'0');
        if next as i128 > WIDTH_MAX {
            return (None, text.len());
        }
        value = Some(next);
        at += 1;
    }
    (value, at)
}

fn integer(value: &Value) -> Option<i128> {
    match value.data {
        Data::Int(int) | Data::Int64(int) => Some(i128::from(int)),
        Data::Sized(_, int) => Some(int),
        _ => None,
    }
}

/// Prints single values into `out`.
#[derive(Default)]
pub struct Printer {
    pub out: Vec<u8>,
}

impl Printer {
    /// One operand under `verb` (Go: pp.printArg).
    pub fn arg(&mut self, value: &Value, verb: char, flags: Flags) {
        match verb {
            _ if value.is_nil() && matches!(verb, 'T' | 'v') => self.pad(b"<nil>", flags),
            'T' => self.string(value.type_name().as_bytes(), 's', flags, value),
            'p' => self.bad_verb(verb, value, flags),
            _ if value.is_nil() => self.bad_verb(verb, value, flags),
            _ => self.value(value, verb, flags),
        }
    }

    fn value(&mut self, value: &Value, verb: char, flags: Flags) {
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
    fn bad_verb(&mut self, verb: char, value: &Value, flags: Flags) {
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
    fn pad(&mut self, text: &[u8], flags: Flags) {
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

    fn fill(&mut self, count: usize, byte: u8) {
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

    fn integer(&mut self, int: i128, verb: char, flags: Flags, value: &Value) {
        let unsigned = value.type_name().starts_with("uint");
        match verb {
            'v' if flags.sharp_v && unsigned => self.out.extend_from_slice(format!("{int:#x}").as_bytes()),
            'v' | 'd' => self.digits(int, format!("{}", int.unsigned_abs()), "", flags),
            'b' => self.digits(int, format!("{:b}", int.unsigned_abs()), "0b", flags),
            'o' => self.digits(int, format!("{:o}", int.unsigned_abs()), "0", flags),
            'O' => {
                self.digits(int, format!("{:o}", int.unsigned_abs()), "0o", Flags { sharp: true, ..flags })
            }
            'x' => self.digits(int, format!("{:x}", int.unsigned_abs()), "0x", flags),
            'X' => self.digits(int, format!("{:X}", int.unsigned_abs()), "0X", flags),
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
    fn digits(&mut self, int: i128, digits: String, prefix: &str, flags: Flags) {
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
        text.push_str(&digits);
        self.pad(text.as_bytes(), Flags { zero: false, ..flags });
    }

    fn code_point(&mut self, int: i128, flags: Flags) {
        let width = flags.precision.map_or(4, |precision| precision.max(4));
        let mut text = format!("U+{int:0width$X}");
        if flags.sharp
            && let Some(c) = u32::try_from(int).ok().and_then(char::from_u32)
            && super::quote::is_print(c)
        {
            text.push_str(&format!(" '{c}'"));
        }
        self.pad(text.as_bytes(), Flags { zero: false, ..flags });
    }

    /// Go: fmt.fmtFloat.
    fn float(&mut self, float: f64, verb: char, flags: Flags, value: &Value) {
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
        'g' | 'G' | 'x' | 'X' => {
            precision.map_or(6, |precision| i64::try_from(precision).unwrap_or(i64::MAX))
        }
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

const MONTHS: [&str; 12] = [
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
const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

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
    use super::*;

    fn f(format: &str, args: &[Value]) -> String {
        String::from_utf8_lossy(sprintf(&Value::from(format), args).as_string().map_or(&[], |s| s.as_bytes()))
            .into_owned()
    }

    #[test]
    fn verbs_flags_and_error_forms() {
        let list = Value::list(vec![Value::from("a"), Value::from("b")]);
        let (hi, n, x) = (Value::from("hi"), Value::from(42_i64), Value::from(3.5));
        for (format, args, want) in [
            ("%5.2f", vec![hi.clone()], "%!f(string=   hi)"),
            ("%05d", vec![Value::from(-42_i64)], "-0042"),
            ("%08.3f", vec![n.clone()], "%!f(int=     042)"),
            ("%08.3f", vec![x.clone()], "0003.500"),
            ("%#x", vec![x.clone()], "0x1.c000p+01"),
            ("%#q", vec![x.clone()], "%!q(float64=3.50000)"),
            ("% d", vec![x], "%!d(float64= 3.5)"),
            ("%[2]v %[1]v", vec![hi.clone()], "%!v(BADINDEX) hi"),
            ("%*d|%-*d|", vec![Value::from(5_i64), n.clone(), Value::from(5_i64), n.clone()], "   42|42   |"),
            ("%*d", vec![hi.clone()], "%!(BADWIDTH)%!d(MISSING)"),
            ("%s", vec![hi.clone(), n.clone()], "hi%!(EXTRA int=42)"),
            ("%q", vec![list.clone()], "[\"a\" \"b\"]"),
            ("%#v", vec![list], "[]interface {}{\"a\", \"b\"}"),
            ("%d %s %", vec![Value::nil(), Value::nil()], "%!d(<nil>) %!s(<nil>) %!(NOVERB)"),
            ("%x|%X|%#o|%U|%c", vec![n.clone(), n.clone(), n.clone(), n.clone(), n], "2a|2A|052|U+002A|*"),
            (
                "%.2s|%-4s|%6s",
                vec![Value::from("\u{2603}\u{e9}x"), hi.clone(), hi],
                "\u{2603}\u{e9}|hi  |    hi",
            ),
        ] {
            assert_eq!(f(format, &args), want, "{format}");
        }
        assert_eq!(duration_text(3_723_500_000_000), "1h2m3.5s");
        assert_eq!(duration_text(1_500_000), "1.5ms");
    }
}
