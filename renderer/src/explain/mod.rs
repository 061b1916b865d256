//! Where a field of the output comes from, for people: template lines, values keys with the file and line that won, conditions.
//! It renders nothing; it reads what a traced render gave.

mod fields;
mod layers;

use std::fmt::Write as _;
use std::rc::Rc;

pub use layers::{Given, Layers};

use crate::coverage::{printable, within};
use crate::render::{Manifest, Rendered};
use crate::trace::{Dependency, Guard, Source, TraceData, ValuesPath};
use fields::{Field, Question};

/// Fields and objects that come near what was asked for, at most.
const NEAR_MISSES_MAX: usize = 5;

/// The explanation of `question`, `KIND/NAME PATH` or `PATH`: one block for each scalar field that it names, in the order of
/// the output. `chart` is the name of the top chart.
///
/// # Errors
/// Nothing in the output is called so; the text names what comes near.
pub fn explain(
    rendered: &Rendered,
    chart: &str,
    layers: &Layers<'_>,
    question: &str,
) -> Result<String, String> {
    let manifests: Vec<&Manifest> = rendered.manifests.iter().chain(&rendered.hooks).collect();
    let fields: Vec<Field<'_>> = manifests.iter().flat_map(|manifest| fields::of(manifest)).collect();
    let question = Question::read(question, &fields);
    let found: Vec<&Field<'_>> = fields.iter().filter(|field| question.names(field)).collect();
    if found.is_empty() {
        return Err(printable(&question.near_misses(&fields, NEAR_MISSES_MAX)));
    }
    let texts: String =
        found.into_iter().map(|field| Origins::of(field).text(field, chart, layers)).collect();
    Ok(printable(&texts))
}

/// What the spans of a field say together, each thing once, first ones first.
#[derive(Default)]
struct Origins {
    /// `(template, line)`: where it was written, then who called that.
    places: Vec<(Rc<str>, u32)>,
    values: Vec<Rc<ValuesPath>>,
    facts: Vec<Dependency>,
    /// Innermost first.
    guards: Vec<Rc<ValuesPath>>,
    guard_facts: Vec<Dependency>,
}

impl Origins {
    fn of(field: &Field<'_>) -> Origins {
        let mut origins = Origins::default();
        let sources: Vec<&Rc<Source>> = match field.manifest.trace.0.as_deref() {
            None => Vec::new(),
            Some(TraceData::Whole(source)) => vec![source],
            Some(TraceData::Spans(spans)) => {
                let touches = |span: &&crate::trace::Span| {
                    span.range.start < field.bytes.end && span.range.end > field.bytes.start
                };
                spans.iter().filter(touches).map(|span| &span.source).collect()
            }
        };
        // Quotes around a value are text of the template; what they hold says more.
        let telling = sources.iter().find(|source| !source.reads.is_empty() || !source.facts.is_empty());
        if let Some(source) = telling.or(sources.first()) {
            let places = std::iter::successors(source.place.as_ref(), |place| place.caller.as_ref());
            origins.places = places.map(|place| (Rc::clone(&place.template), place.line)).collect();
        }
        for source in sources {
            push_all(&mut origins.values, &source.reads);
            push_all(&mut origins.facts, &source.facts);
            origins.guarded(source.guard.as_ref());
        }
        origins
    }

    fn guarded(&mut self, innermost: Option<&Rc<Guard>>) {
        for guard in std::iter::successors(innermost, |guard| guard.outer.as_ref()) {
            push_all(&mut self.guards, &guard.reads);
            push_all(&mut self.guard_facts, &guard.facts);
        }
    }

    /// `Service/web spec.type  <- templates/svc.yaml:12 <- values service.type (values.yaml:34)` and, on a line of its own,
    /// what decided that it is there.
    fn text(&self, field: &Field<'_>, chart: &str, layers: &Layers<'_>) -> String {
        let mut line = format!("{} {}", field.object, field.path);
        line.push(' ');
        for (file, at) in &self.places {
            let _ = write!(line, " <- {}:{at}", within(file, chart));
        }
        if self.places.is_empty() {
            line.push_str(" <- no template is known");
        }
        let from = listed(&self.values, &self.facts, layers);
        if !from.is_empty() {
            let _ = write!(line, " <- {from}");
        }
        let under = listed(&self.guards, &self.guard_facts, layers);
        if under.is_empty() { format!("{line}\n") } else { format!("{line}\n    under {under}\n") }
    }
}

/// `values a (values.yaml:3), b (--set b=1), Kubernetes version`.
fn listed(values: &[Rc<ValuesPath>], facts: &[Dependency], layers: &Layers<'_>) -> String {
    let mut shown: Vec<String> =
        values.iter().map(|path| format!("{} ({})", path.dotted(), layers.won(path))).collect();
    if let Some(first) = shown.first_mut() {
        first.insert_str(0, "values ");
    }
    shown.extend(facts.iter().map(Dependency::to_string));
    shown.join(", ")
}

fn push_all<T: Clone + PartialEq>(list: &mut Vec<T>, more: &[T]) {
    for item in more {
        if !list.contains(item) {
            list.push(item.clone());
        }
    }
}
