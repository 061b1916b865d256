//! Values as text: Go's fmt.Sprint, Sprintln and the `%v` of one value. Verbs and flags are in `printf`.

use super::verbs::{Flags, Printer};
use crate::limits::VALUE_DEPTH_MAX;
use crate::trace::{TextBuilder, Trace};
use crate::value::{Data, Value};

/// What a template prints for a value (`%v`); nil is `<nil>`.
#[must_use]
pub fn sprint(value: &Value) -> Vec<u8> {
    match &value.data {
        Data::Str(text) => text.as_bytes().to_vec(),
        _ => {
            let mut printer = Printer::default();
            printer.arg(value, 'v', Flags::default());
            printer.out
        }
    }
}

/// `sprint` as text; bytes that are not UTF-8 are replaced.
#[must_use]
pub fn sprint_text(value: &Value) -> String {
    String::from_utf8_lossy(&sprint(value)).into_owned()
}

/// One value printed, with its trace over the printed bytes.
#[must_use]
pub fn print_value(value: &Value) -> Value {
    if matches!(value.data, Data::Str(_)) {
        return value.clone();
    }
    let mut text = TextBuilder::new();
    push_printed(&mut text, &sprint(value), value);
    text.finish()
}

/// Adds the printed form of `value` with what is known of its origin.
pub(super) fn push_printed(text: &mut TextBuilder, printed: &[u8], value: &Value) {
    if value.as_string().is_some_and(|own| own.as_bytes() == printed) {
        text.string(value);
        return;
    }
    let trace = content_trace(value);
    text.from_source(printed, trace.sources().next());
}

/// The trace of a value and of everything in it, as one source.
#[must_use]
pub fn content_trace(value: &Value) -> Trace {
    let mut traces = Vec::new();
    collect(value, &mut traces, 0);
    Trace::union(&traces)
}

fn collect(value: &Value, traces: &mut Vec<Trace>, depth: usize) {
    if depth > VALUE_DEPTH_MAX {
        return;
    }
    if !value.trace.is_empty() {
        traces.push(value.trace.clone());
    }
    match &value.data {
        Data::List(list) => list.items.iter().for_each(|item| collect(item, traces, depth + 1)),
        Data::Map(map) => map.entries.borrow().values().for_each(|item| collect(item, traces, depth + 1)),
        _ => {}
    }
}

/// Go's fmt.Sprint: a space between operands when neither is a string.
#[must_use]
pub fn sprint_all(values: &[Value]) -> Value {
    let mut text = TextBuilder::new();
    let mut after_string = true;
    for value in values {
        let is_string = matches!(value.data, Data::Str(_));
        if !is_string && !after_string {
            text.literal(b" ");
        }
        push_printed(&mut text, &sprint(value), value);
        after_string = is_string;
    }
    text.finish()
}

/// Go's fmt.Sprintln: a space between all operands and a newline.
#[must_use]
pub fn sprintln_all(values: &[Value]) -> Value {
    let mut text = TextBuilder::new();
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            text.literal(b" ");
        }
        push_printed(&mut text, &sprint(value), value);
    }
    text.literal(b"\n");
    text.finish()
}
