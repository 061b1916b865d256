//! Go's fmt.Sprintf: the format with its flags, widths, `*`, `[n]` and the error forms. The verbs are in `verbs`.

use super::print::push_printed;
use super::quote::decode_char;
use super::verbs::{Flags, Printer};
use crate::trace::TextBuilder;
use crate::value::{Data, Value};

/// Width and precision that Go accepts at most (fmt.tooLarge).
const WIDTH_MAX: i128 = 1_000_000;

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
        if matches!(verb, 'v' | 'w') {
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
            ("%#O %w", vec![n.clone(), n.clone()], "0o052 %!w(int=42)"),
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
    }
}
