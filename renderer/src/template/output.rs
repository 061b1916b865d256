//! What a template writes: bytes, and in a traced run where they come from. It knows no nodes.

use std::rc::Rc;

use crate::trace::{Guard, Place, Reads, Source, Span, TextBuilder, Trace, TraceData, ValuesPath};
use crate::value::{Data, Value};

/// The place, guards and callers that bytes written now come from.
pub struct Here {
    pub place: Rc<Place>,
    pub guard: Option<Rc<Guard>>,
}

impl Here {
    /// The source of bytes that read nothing.
    #[must_use]
    pub fn source(&self) -> Rc<Source> {
        let (place, guard) = (Some(Rc::clone(&self.place)), self.guard.clone());
        Rc::new(Source { place, guard, ..Source::default() })
    }

    /// A value's source with this place where it has none, and these guards around its own.
    fn around(&self, source: &Source) -> Rc<Source> {
        Rc::new(Source {
            place: Some(Rc::clone(source.place.as_ref().unwrap_or(&self.place))),
            reads: source.reads.clone(),
            facts: source.facts.clone(),
            guard: joined(source.guard.as_ref(), self.guard.as_ref()),
        })
    }

    /// Writes a printed value: its own sources, and this place for bytes that have none. An empty text leaves marks.
    pub fn write(&self, out: &mut TextBuilder, text: &[u8], trace: &Trace) {
        let own = self.source();
        if text.is_empty() {
            Trace::union([trace]).sources().for_each(|source| out.mark(&self.around(source)));
            return;
        }
        let mut at = 0;
        let whole;
        let spans: &[Span] = match trace.0.as_deref() {
            None => &[],
            Some(TraceData::Whole(source)) => {
                whole = [Span { range: 0..text.len(), source: Rc::clone(source) }];
                &whole
            }
            Some(TraceData::Spans(spans)) => spans,
        };
        for span in spans {
            let end = span.range.end.min(text.len());
            let start = span.range.start.clamp(at, end.max(at));
            out.from_source(text.get(at..start).unwrap_or_default(), Some(&own));
            if span.range.is_empty() {
                out.mark(&self.around(&span.source));
            } else {
                out.from_source(text.get(start..end).unwrap_or_default(), Some(&self.around(&span.source)));
            }
            at = end.max(at);
        }
        out.from_source(text.get(at..).unwrap_or_default(), Some(&own));
    }
}

/// `inner` with `outer` around it, unless it is there already.
fn joined(inner: Option<&Rc<Guard>>, outer: Option<&Rc<Guard>>) -> Option<Rc<Guard>> {
    let (Some(inner), Some(outer)) = (inner, outer) else { return inner.or(outer).cloned() };
    let chain: Vec<&Rc<Guard>> = std::iter::successors(Some(inner), |guard| guard.outer.as_ref()).collect();
    if chain.iter().any(|guard| Rc::ptr_eq(guard, outer)) {
        return Some(Rc::clone(inner));
    }
    let rebuilt =
        chain.iter().rev().fold(Rc::clone(outer), |around, guard| Rc::new(guard.within(Some(around))));
    Some(rebuilt)
}

/// What a value depends on: its content, and what decided inside an include that the content is there.
/// `known` are the guards around already.
#[must_use]
pub fn reads_of(value: &Value, known: Option<&Rc<Guard>>) -> Reads {
    let mut reads = Reads::default();
    for source in value.trace.sources() {
        reads.add(&source.reads, &source.facts);
        let is_known = |guard: &&Rc<Guard>| known.is_some_and(|known| Rc::ptr_eq(known, guard));
        let inner = Guard::chain(source.guard.as_ref());
        inner.take_while(|guard| !is_known(guard)).for_each(|guard| reads.add(&guard.reads, &guard.facts));
    }
    reads
}

/// The trace of a value that was set, or left as it was, under `guard`.
#[must_use]
pub fn under_guard(trace: Trace, guard: &Rc<Guard>) -> Trace {
    trace.map(|source| source.guard = joined(source.guard.as_ref(), Some(guard)))
}

/// The trace of a key that a traced map does not have.
#[must_use]
pub fn missing_key(map: &Trace, key: &str) -> Trace {
    match map.0.as_deref() {
        Some(TraceData::Whole(source)) if source.place.is_none() && source.facts.is_empty() => match source
            .reads
            .as_slice()
        {
            [parent] => Trace::path(Rc::new(ValuesPath { parent: Some(Rc::clone(parent)), key: key.into() })),
            [] if **source == Source::default() => {
                Trace::path(Rc::new(ValuesPath { parent: None, key: key.into() }))
            }
            _ => map.clone(),
        },
        _ => map.clone(),
    }
}

/// The trace of a value that a function picked among others: its own, and what was looked at before it was picked.
#[must_use]
pub fn chosen_trace(result: &Value, looked_at: &[Value]) -> Trace {
    if matches!(result.data, Data::Map(_) | Data::List(_)) && !result.trace.is_empty() {
        return result.trace.clone();
    }
    let mut reads = Reads::default();
    for value in looked_at {
        let more = reads_of(value, None);
        reads.add(&more.paths, &more.facts);
    }
    result.trace.clone().with(&reads.paths, &reads.facts)
}

/// The trace of a function's result: its own, or what its arguments came from. A map or list without a trace of its own,
/// such as `$` or `.Values`, counts with all that is in it only where that was made into text: a test reads none of it, and neither does a
/// function that `picks` an item out of it.
#[must_use]
pub fn result_trace(result: &Value, args: &[Value], picks: bool) -> Trace {
    if !result.trace.is_empty() {
        return result.trace.clone();
    }
    let by_content = !picks && result.as_string().is_some_and(|text| !text.is_empty());
    let traces: Vec<Trace> = args
        .iter()
        .map(|arg| match &arg.data {
            Data::Map(_) | Data::List(_) if by_content && arg.trace.says_nothing() => {
                super::print::content_trace(arg)
            }
            _ => arg.trace.clone(),
        })
        .collect();
    Trace::union(&traces)
}

/// Removes every `<no value>` from a text, as Helm does with what templates gave.
#[must_use]
pub fn without_no_value(value: Value) -> Value {
    const MARK: &[u8] = b"<no value>";
    let Some(text) = value.as_string() else { return value };
    let bytes = text.as_bytes();
    let find = |from: usize| {
        bytes.get(from..).and_then(|rest| rest.windows(MARK.len()).position(|window| window == MARK))
    };
    let Some(mut found) = find(0) else { return value };
    let mut out = TextBuilder::new();
    let mut at = 0;
    loop {
        out.slice(bytes, &value.trace, at..at + found);
        at += found + MARK.len();
        match find(at) {
            Some(next) => found = next,
            None => break,
        }
    }
    out.slice(bytes, &value.trace, at..bytes.len());
    out.finish()
}
