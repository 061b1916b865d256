//! Builds texts whose pieces keep their traces.

use std::ops::Range;
use std::rc::Rc;

use super::{Source, Span, Trace, TraceData};
use crate::value::Value;

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
