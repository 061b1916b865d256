//! Where bytes and values come from: values paths that were read, template places that wrote, conditions that let them be.
//! A plain render carries `Trace::default()` everywhere and pays one empty pointer per value.

mod dependency;
mod text;

use std::collections::HashSet;
use std::ops::Range;
use std::rc::Rc;

pub use dependency::Dependency;
pub(crate) use dependency::Reads;
pub use text::TextBuilder;

use crate::value::Str;

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
    /// What else than values decided.
    pub facts: Vec<Dependency>,
    pub outer: Option<Rc<Guard>>,
}

impl Guard {
    /// A guard and those around it, innermost first.
    pub fn chain(innermost: Option<&Rc<Guard>>) -> impl Iterator<Item = &Rc<Guard>> {
        std::iter::successors(innermost, |guard| guard.outer.as_ref())
    }

    /// The same decision inside another.
    #[must_use]
    pub fn within(&self, outer: Option<Rc<Guard>>) -> Guard {
        Guard { reads: self.reads.clone(), facts: self.facts.clone(), outer }
    }
}

/// Why a value or a run of bytes is what it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// Template place that wrote the bytes; absent for a value that was only read.
    pub place: Option<Rc<Place>>,
    /// Values paths whose content it is (or, after a hash or an encoding, is derived from).
    pub reads: Vec<Rc<ValuesPath>>,
    /// What else than values it depends on.
    pub facts: Vec<Dependency>,
    pub guard: Option<Rc<Guard>>,
}

impl Source {
    /// This mark and `other` at the same place: what either read, under what either stood.
    fn with_mark(self: &Rc<Self>, other: &Source) -> Rc<Source> {
        let mut reads = Reads::default();
        reads.add(&self.reads, &self.facts);
        reads.add(&other.reads, &other.facts);
        let mut guard = self.guard.clone();
        let known: Vec<&Rc<Guard>> = Guard::chain(self.guard.as_ref()).collect();
        for added in Guard::chain(other.guard.as_ref()) {
            if known.iter().any(|known| Rc::ptr_eq(known, added)) {
                break;
            }
            if known.iter().all(|known| known.reads != added.reads || known.facts != added.facts) {
                guard = Some(Rc::new(added.within(guard)));
            }
        }
        let Reads { paths, facts, .. } = reads;
        if paths.len() == self.reads.len() && facts.len() == self.facts.len() && guard == self.guard {
            return Rc::clone(self);
        }
        Rc::new(Source { place: self.place.clone(), reads: paths, facts, guard })
    }
}

/// Bytes `range` of a string come from `source`. An empty range marks a place where `source` wrote nothing: an empty value,
/// a branch that is empty or was not taken.
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

    /// The trace of something that is not among the values.
    #[must_use]
    pub fn fact(fact: Dependency) -> Self {
        Trace::whole(Rc::new(Source { facts: vec![fact], ..Source::default() }))
    }

    /// The trace of all values of the top chart, which have no path: what is read below them has one.
    #[must_use]
    pub fn all_values() -> Self {
        Trace::whole(Rc::new(Source::default()))
    }

    /// This trace, where every source has read `paths` and depends on `facts` as well.
    #[must_use]
    pub fn with(self, paths: &[Rc<ValuesPath>], facts: &[Dependency]) -> Self {
        if paths.is_empty() && facts.is_empty() {
            return self;
        }
        self.map(|source| {
            let mut reads = Reads::default();
            reads.add(&source.reads, &source.facts);
            reads.add(paths, facts);
            (source.reads, source.facts) = (reads.paths, reads.facts);
        })
    }

    /// This trace with each source changed; an empty one becomes a whole one. Neighbours with one source keep one.
    #[must_use]
    pub fn map(self, change: impl Fn(&mut Source)) -> Self {
        let mut known: Option<(Rc<Source>, Rc<Source>)> = None;
        let mut changed = |source: &Rc<Source>| match &known {
            Some((old, new)) if Rc::ptr_eq(old, source) => Rc::clone(new),
            _ => {
                let mut new = Source::clone(source);
                change(&mut new);
                let new = Rc::new(new);
                known = Some((Rc::clone(source), Rc::clone(&new)));
                new
            }
        };
        match self.0.as_deref() {
            None => Trace::whole(changed(&Rc::default())),
            Some(TraceData::Whole(source)) => Trace::whole(changed(source)),
            Some(TraceData::Spans(spans)) => {
                let spans = spans
                    .iter()
                    .map(|span| Span { range: span.range.clone(), source: changed(&span.source) });
                Trace(Some(Rc::new(TraceData::Spans(spans.collect()))))
            }
        }
    }

    /// Whether it names no source, or, as the trace of all values does, one of which nothing is known.
    #[must_use]
    pub fn says_nothing(&self) -> bool {
        self.sources().all(|source| **source == Source::default())
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
            let is_known = std::mem::replace(&mut last, Rc::as_ptr(source)) == last;
            if is_known || **source == Source::default() {
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
            reads.add(&source.reads, &source.facts);
            for guard in Guard::chain(source.guard.as_ref()) {
                if !guards.insert(Rc::as_ptr(guard)) {
                    break;
                }
                reads.add(&guard.reads, &guard.facts);
            }
        }
        let Reads { paths, facts, .. } = reads;
        merged.map_or_else(Trace::default, |source| {
            Trace::whole(Rc::new(Source { reads: paths, facts, ..source }))
        })
    }
}
