//! Where bytes and values come from: values paths that were read, template places that wrote, conditions that let them be.
//! A plain render carries `Trace::default()` everywhere and pays one empty pointer per value.

use std::collections::HashSet;
use std::ops::Range;
use std::rc::Rc;

use crate::value::{Str, Value};

/// A path into the values of the top chart, shared by its prefix: `controller` <- `external` <- `type`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct ValuesPath {
    pub parent: Option<Rc<ValuesPath>>,
    pub key: Str,
}

impl ValuesPath {
    /// `controller.external.type`; list items appear as `[0]`.
    #[must_use]
    pub fn dotted(&self) -> String {
        let key = self.key.lossy();
        match &self.parent {
            None => key.into_owned(),
            Some(parent) if key.starts_with('[') => format!("{}{key}", parent.dotted()),
            Some(parent) => format!("{}.{key}", parent.dotted()),
        }
    }
}

/// A place in a template, with the chain of includes that led there (innermost first).
#[derive(Debug, PartialEq, Eq)]
pub struct Place {
    /// `demo/templates/svc.yaml`.
    pub template: Rc<str>,
    /// 1-based.
    pub line: u32,
    /// 0-based byte offset in the line, as Go counts.
    pub column: u32,
    pub caller: Option<Rc<Place>>,
}

impl Place {
    /// Whether every call that both stand in, and the place in the innermost of them, is on one line.
    #[must_use]
    pub fn goes_on_from(&self, other: &Place) -> bool {
        let frames = |innermost: &Place| -> Vec<(Rc<str>, u32)> {
            std::iter::successors(Some(innermost), |place| place.caller.as_deref())
                .map(|place| (Rc::clone(&place.template), place.line))
                .collect()
        };
        frames(self).iter().rev().zip(frames(other).iter().rev()).all(|(own, other)| own == other)
    }
}

/// The values that decided an enclosing `if`, `with` or `range`, outermost last.
#[derive(Debug, PartialEq, Eq)]
pub struct Guard {
    pub reads: Vec<Rc<ValuesPath>>,
    pub outer: Option<Rc<Guard>>,
}

impl Guard {
    /// A guard and those around it, innermost first.
    pub fn chain(innermost: Option<&Rc<Guard>>) -> impl Iterator<Item = &Rc<Guard>> {
        std::iter::successors(innermost, |guard| guard.outer.as_ref())
    }
}

/// Why a value or a run of bytes is what it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// Template place that wrote the bytes; absent for a value that was only read.
    pub place: Option<Rc<Place>>,
    /// Values paths whose content it is (or, after a hash or an encoding, is derived from).
    pub reads: Vec<Rc<ValuesPath>>,
    pub guard: Option<Rc<Guard>>,
}

impl Source {
    /// This mark and `other` at the same place: what either read, under what either stood.
    fn with_mark(self: &Rc<Self>, other: &Source) -> Rc<Source> {
        let mut reads = Reads::default();
        reads.add(&self.reads);
        reads.add(&other.reads);
        let mut guard = self.guard.clone();
        let known: Vec<&Rc<Guard>> = Guard::chain(self.guard.as_ref()).collect();
        for added in Guard::chain(other.guard.as_ref()) {
            if known.iter().any(|known| Rc::ptr_eq(known, added)) {
                break;
            }
            if known.iter().all(|known| known.reads != added.reads) {
                guard = Some(Rc::new(Guard { reads: added.reads.clone(), outer: guard }));
            }
        }
        if reads.paths.len() == self.reads.len() && guard == self.guard {
            return Rc::clone(self);
        }
        Rc::new(Source { place: self.place.clone(), reads: reads.paths, guard })
    }
}

/// Bytes `range` of a string come from `source`. An empty range marks a place where `source` wrote nothing: an empty value,
/// a branch that was not taken.
#[derive(Clone, Debug)]
pub struct Span {
    pub range: Range<usize>,
    pub source: Rc<Source>,
}

impl Span {
    /// Whether it is about a byte of `range`, or marks a place in it or at its borders.
    #[must_use]
    pub fn touches(&self, range: &Range<usize>) -> bool {
        let Range { start, end } = self.range;
        if start == end {
            range.start <= start && end <= range.end
        } else {
            start < range.end && end > range.start
        }
    }
}

#[derive(Debug)]
pub enum TraceData {
    /// The whole value has one source.
    Whole(Rc<Source>),
    /// A string with sources by range; sorted, not overlapping, gaps and marks allowed.
    Spans(Vec<Span>),
}

/// The trace of one value; empty in a plain render.
#[derive(Clone, Debug, Default)]
pub struct Trace(pub Option<Rc<TraceData>>);

impl Trace {
    #[must_use]
    pub fn whole(source: Rc<Source>) -> Self {
        Trace(Some(Rc::new(TraceData::Whole(source))))
    }

    /// The trace of a value read from `path`.
    #[must_use]
    pub fn path(path: Rc<ValuesPath>) -> Self {
        Trace::whole(Rc::new(Source { reads: vec![path], ..Source::default() }))
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Every source in it, in order.
    pub fn sources(&self) -> impl Iterator<Item = &Rc<Source>> {
        let (one, many) = match self.0.as_deref() {
            None => (None, [].as_slice()),
            Some(TraceData::Whole(source)) => (Some(source), [].as_slice()),
            Some(TraceData::Spans(spans)) => (None, spans.as_slice()),
        };
        one.into_iter().chain(many.iter().map(|span| &span.source))
    }

    /// The union of several traces as one whole source: what a function's result depends on when it keeps no text.
    /// Conditions of one part only count as read.
    #[must_use]
    pub fn union<'a>(traces: impl IntoIterator<Item = &'a Trace>) -> Trace {
        let mut merged: Option<Source> = None;
        let mut reads = Reads::default();
        let mut guards = HashSet::new();
        let mut last: *const Source = std::ptr::null();
        for source in traces.into_iter().flat_map(Trace::sources) {
            if std::mem::replace(&mut last, Rc::as_ptr(source)) == last {
                continue;
            }
            let into = merged.get_or_insert_with(Source::default);
            if into.place.is_none() {
                into.place.clone_from(&source.place);
            }
            if into.guard.is_none() {
                into.guard.clone_from(&source.guard);
                guards.extend(Guard::chain(into.guard.as_ref()).map(Rc::as_ptr));
            }
            reads.add(&source.reads);
            for guard in Guard::chain(source.guard.as_ref()) {
                if !guards.insert(Rc::as_ptr(guard)) {
                    break;
                }
                reads.add(&guard.reads);
            }
        }
        merged.map_or_else(Trace::default, |source| {
            Trace::whole(Rc::new(Source { reads: reads.paths, ..source }))
        })
    }

    /// The same trace, where every source has read `more` as well.
    #[must_use]
    pub fn with_reads(&self, more: &[Rc<ValuesPath>]) -> Trace {
        if more.is_empty() {
            return self.clone();
        }
        let mut known: Option<(Rc<Source>, Rc<Source>)> = None;
        let mut extended = |source: &Rc<Source>| {
            if let Some((old, new)) = &known
                && Rc::ptr_eq(old, source)
            {
                return Rc::clone(new);
            }
            let mut reads = Reads::default();
            reads.add(&source.reads);
            reads.add(more);
            let new = Rc::new(Source { reads: reads.paths, ..Source::clone(source) });
            known = Some((Rc::clone(source), Rc::clone(&new)));
            new
        };
        match self.0.as_deref() {
            None => Trace::whole(Rc::new(Source { reads: more.to_vec(), ..Source::default() })),
            Some(TraceData::Whole(source)) => Trace::whole(extended(source)),
            Some(TraceData::Spans(spans)) => {
                let spans = spans
                    .iter()
                    .map(|span| Span { range: span.range.clone(), source: extended(&span.source) });
                Trace(Some(Rc::new(TraceData::Spans(spans.collect()))))
            }
        }
    }
}

/// Paths, each once, in the order of their first appearance.
#[derive(Default)]
pub(crate) struct Reads {
    pub paths: Vec<Rc<ValuesPath>>,
    seen: HashSet<Rc<ValuesPath>>,
}

impl Reads {
    pub fn add(&mut self, paths: &[Rc<ValuesPath>]) {
        for path in paths {
            if self.seen.insert(Rc::clone(path)) {
                self.paths.push(Rc::clone(path));
            }
        }
    }
}

/// Builds a string out of pieces and keeps each piece's trace; costs nothing more than the bytes when no piece has one.
#[derive(Default)]
pub struct TextBuilder {
    pub bytes: Vec<u8>,
    spans: Vec<Span>,
}

impl TextBuilder {
    #[must_use]
    pub fn new() -> Self {
        TextBuilder::default()
    }

    /// Bytes of the function's own (quotes, indentation); they have no source.
    pub fn literal(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Bytes with one known source.
    pub fn from_source(&mut self, bytes: &[u8], source: Option<&Rc<Source>>) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        if let Some(source) = source
            && !bytes.is_empty()
        {
            self.spans.push(Span { range: start..self.bytes.len(), source: Rc::clone(source) });
        }
    }

    /// Notes that `source` wrote nothing here. There is one mark at a place, so that loops that write nothing stay cheap.
    pub fn mark(&mut self, source: &Rc<Source>) {
        let at = self.bytes.len();
        match self.spans.last_mut() {
            Some(last) if last.range == (at..at) => {
                if !Rc::ptr_eq(&last.source, source) {
                    last.source = last.source.with_mark(source);
                }
            }
            _ => self.spans.push(Span { range: at..at, source: Rc::clone(source) }),
        }
    }

    /// A piece `range` of `text`, whose trace is `trace`, with the spans that fall into it. A mark at the end of the range
    /// belongs to what follows, unless nothing does.
    pub fn slice(&mut self, text: &[u8], trace: &Trace, range: Range<usize>) {
        let last = range.end == text.len();
        self.copy(text, trace, range, last);
    }

    /// [`TextBuilder::slice`] where what follows is cut off: marks at the end of the range stay.
    pub fn slice_last(&mut self, text: &[u8], trace: &Trace, range: Range<usize>) {
        self.copy(text, trace, range, true);
    }

    fn copy(&mut self, text: &[u8], trace: &Trace, range: Range<usize>, last: bool) {
        let Some(piece) = text.get(range.clone()) else { return };
        let at = self.bytes.len();
        self.bytes.extend_from_slice(piece);
        match trace.0.as_deref() {
            None => {}
            Some(TraceData::Whole(source)) if text.is_empty() => self.mark(source),
            Some(TraceData::Whole(_)) if piece.is_empty() => {}
            Some(TraceData::Whole(source)) => {
                self.spans.push(Span { range: at..self.bytes.len(), source: Rc::clone(source) });
            }
            Some(TraceData::Spans(spans)) => {
                let first = spans.partition_point(|span| {
                    span.range.end < range.start || (span.range.end == range.start && !span.range.is_empty())
                });
                for span in &spans[first..] {
                    let is_mark = span.range.is_empty();
                    let beyond =
                        span.range.start > range.end || (span.range.start == range.end && !(is_mark && last));
                    if beyond {
                        break;
                    }
                    let start = span.range.start.max(range.start) - range.start + at;
                    let end = span.range.end.min(range.end) - range.start + at;
                    match self.spans.last_mut() {
                        Some(previous) if is_mark && previous.range == (start..end) => {
                            previous.source = previous.source.with_mark(&span.source);
                        }
                        _ => self.spans.push(Span { range: start..end, source: Rc::clone(&span.source) }),
                    }
                }
            }
        }
    }

    /// `bytes` stand for the piece `range` of a text whose trace is `trace`: an escape, an encoding.
    pub fn slice_as(&mut self, bytes: &[u8], trace: &Trace, range: Range<usize>) {
        let source = match trace.0.as_deref() {
            None => None,
            Some(TraceData::Whole(source)) => Some(source),
            Some(TraceData::Spans(spans)) => spans
                .iter()
                .find(|span| span.range.start < range.end && span.range.end > range.start)
                .map(|span| &span.source),
        };
        self.from_source(bytes, source);
    }

    /// A whole string value. Other kinds are the caller's to print first.
    pub fn string(&mut self, value: &Value) {
        if let Some(text) = value.as_string() {
            self.slice(text.as_bytes(), &value.trace, 0..text.len());
        }
    }

    #[must_use]
    pub fn finish(self) -> Value {
        let trace = if self.spans.is_empty() {
            Trace::default()
        } else {
            Trace(Some(Rc::new(TraceData::Spans(self.spans))))
        };
        Value::from(self.bytes).with_trace(trace)
    }
}
