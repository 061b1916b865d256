//! Where bytes and values come from: values paths that were read, template places that wrote, conditions that let them be.
//! A plain render carries `Trace::default()` everywhere and pays one empty pointer per value.

use std::ops::Range;
use std::rc::Rc;

use crate::value::{Str, Value};

/// A path into the values of the top chart, shared by its prefix: `controller` <- `external` <- `type`.
#[derive(Debug, PartialEq, Eq)]
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

/// The values that decided an enclosing `if`, `with` or `range`, outermost last.
#[derive(Debug, PartialEq, Eq)]
pub struct Guard {
    pub reads: Vec<Rc<ValuesPath>>,
    pub outer: Option<Rc<Guard>>,
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

/// Bytes `range` of a string come from `source`.
#[derive(Clone, Debug)]
pub struct Span {
    pub range: Range<usize>,
    pub source: Rc<Source>,
}

#[derive(Debug)]
pub enum TraceData {
    /// The whole value has one source.
    Whole(Rc<Source>),
    /// A string with sources by range; sorted, not overlapping, gaps allowed.
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
    #[must_use]
    pub fn union<'a>(traces: impl IntoIterator<Item = &'a Trace>) -> Trace {
        let mut merged: Option<Source> = None;
        for source in traces.into_iter().flat_map(Trace::sources) {
            let into = merged.get_or_insert_with(Source::default);
            if into.place.is_none() {
                into.place.clone_from(&source.place);
            }
            if into.guard.is_none() {
                into.guard.clone_from(&source.guard);
            }
            for path in &source.reads {
                if !into.reads.contains(path) {
                    into.reads.push(Rc::clone(path));
                }
            }
        }
        merged.map_or_else(Trace::default, |source| Trace::whole(Rc::new(source)))
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

    /// A piece `range` of `text`, whose trace is `trace`, with the spans that fall into it.
    pub fn slice(&mut self, text: &[u8], trace: &Trace, range: Range<usize>) {
        let Some(piece) = text.get(range.clone()) else { return };
        let at = self.bytes.len();
        self.bytes.extend_from_slice(piece);
        match trace.0.as_deref() {
            None => {}
            Some(TraceData::Whole(_)) if piece.is_empty() => {}
            Some(TraceData::Whole(source)) => {
                self.spans.push(Span { range: at..self.bytes.len(), source: Rc::clone(source) });
            }
            Some(TraceData::Spans(spans)) => {
                let first = spans.partition_point(|span| span.range.end <= range.start);
                for span in spans[first..].iter().take_while(|span| span.range.start < range.end) {
                    let start = span.range.start.max(range.start) - range.start + at;
                    let end = span.range.end.min(range.end) - range.start + at;
                    self.spans.push(Span { range: start..end, source: Rc::clone(&span.source) });
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
