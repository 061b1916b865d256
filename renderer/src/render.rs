//! The whole way from a loaded chart to manifests: the one entry point of the scanner and of `chartgate template`.

mod prepared;

use std::rc::Rc;

use thiserror::Error;

pub use prepared::{Prepared, Texts};

use crate::chart::Chart;
use crate::functions::{Helm, Records};
use crate::schema::SchemaError;
use crate::trace::{Source, Span, Trace};
use crate::value::Value;
use crate::values::ValuesError;

/// Renders `chart`, loaded for `options.helm`, with `user` values (files and flags already merged).
/// To render one chart more than once, keep a [`Prepared`].
pub fn render(chart: &Chart, user: &Value, options: &RenderOptions) -> Result<Rendered, RenderError> {
    Prepared::new(chart, options.helm).render(user, options)
}

/// Why there is no render. The texts are Helm's where Helm has one.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RenderError {
    /// Before templates ran: values that do not fit together, or options that say nothing.
    #[error("{0}")]
    Values(String),
    /// The values do not fit the chart's schema, or the schema could not be judged.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    #[error("chart requires kubeVersion: {required} which is incompatible with Kubernetes {offered}")]
    KubeVersion { required: String, offered: String },
    /// A template does not parse or failed; printed as Helm 4 prints it, see [`RenderError::helm_text`].
    #[error("{0}")]
    Template(crate::error::Error),
    /// A template's output is not YAML that Helm can sort.
    #[error("{0}")]
    Manifest(String),
}

impl RenderError {
    /// The text as that generation prints it.
    #[must_use]
    pub fn helm_text(&self, helm: Helm) -> String {
        match self {
            RenderError::Template(error) => error.helm_text(helm),
            other => other.to_string(),
        }
    }

    /// Whether Helm had begun to render, and therefore offers its `--debug` flag.
    #[must_use]
    pub fn while_rendering(&self) -> bool {
        matches!(self, RenderError::KubeVersion { .. } | RenderError::Template(_) | RenderError::Manifest(_))
    }
}

impl From<ValuesError> for RenderError {
    fn from(error: ValuesError) -> Self {
        RenderError::Values(error.to_string())
    }
}

impl From<crate::error::Error> for RenderError {
    fn from(error: crate::error::Error) -> Self {
        RenderError::Template(error)
    }
}

/// What the caller decides about one render; the rest comes from the chart.
#[derive(Clone, Debug)]
pub struct RenderOptions {
    pub helm: Helm,
    pub release_name: String,
    pub namespace: String,
    pub is_upgrade: bool,
    /// `v1.36.0` or `1.36.0`.
    pub kube_version: String,
    /// Added to the default API versions of the target.
    pub api_versions: Vec<String>,
    pub include_crds: bool,
    /// Missing keys are errors.
    pub strict: bool,
    /// Seed of everything random.
    pub seed: u64,
    /// The clock, seconds since 1970-01-01 UTC.
    pub clock_seconds: i64,
    /// Keep origins. Off costs nothing.
    pub traced: bool,
    /// Do not check values against schemas.
    pub skip_schema: bool,
    /// Stack that the templates may use below the caller's frame; more than the default needs a thread with a larger stack.
    pub stack_bytes: usize,
}

impl Default for RenderOptions {
    fn default() -> Self {
        RenderOptions {
            helm: Helm::V4,
            release_name: "release-name".to_owned(),
            namespace: "default".to_owned(),
            is_upgrade: false,
            kube_version: "1.36.0".to_owned(),
            api_versions: Vec::new(),
            include_crds: true,
            strict: false,
            seed: 0,
            clock_seconds: 1_700_000_000,
            traced: false,
            skip_schema: false,
            stack_bytes: crate::template::STACK_BYTES,
        }
    }
}

/// Everything one render gives.
#[derive(Debug)]
pub struct Rendered {
    /// In Helm's install order.
    pub manifests: Vec<Manifest>,
    /// In Helm's print order.
    pub hooks: Vec<Manifest>,
    /// `crds/` of every chart, parents first; text as it is in the chart.
    pub crds: Vec<Manifest>,
    /// NOTES.txt of the top chart.
    pub notes: Option<String>,
    /// The values the top chart's templates saw, subcharts' under their names.
    pub values: serde_json::Value,
    /// What the output depends on besides chart and values.
    pub records: Records,
    /// Warnings Helm would log.
    pub warnings: Vec<String>,
}

/// One document of the output.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The path after `# Source:`, such as `demo/templates/svc.yaml` or `demo/charts/sub/templates/x.yaml`.
    pub source: String,
    /// The document without its `# Source:` line, exactly as Helm prints it.
    pub text: String,
    /// Hook events when annotated as one (`post-install`, `test`); empty for ordinary manifests.
    pub hook_events: Vec<String>,
    /// Traces by byte range of `text`; empty unless the render was traced.
    pub trace: Trace,
}

/// Where a range of a manifest comes from, ready to show.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Origin {
    /// Template file as in `# Source:`, possibly a helper file.
    pub template: String,
    /// 1-based.
    pub line: u32,
    /// Callers of the include, innermost first: (template, line).
    pub callers: Vec<(String, u32)>,
    /// Dotted values paths whose content it is.
    pub values: Vec<String>,
    /// Dotted values paths that decided that it is there at all, innermost first.
    pub conditions: Vec<String>,
}

impl Manifest {
    /// The origin of the bytes `range` of `text`: the sources of every span that touches it, in order, first place wins.
    /// `None` when the render was not traced or the range has no source.
    #[must_use]
    pub fn origin(&self, range: std::ops::Range<usize>) -> Option<Origin> {
        use crate::trace::TraceData;
        let spans = match self.trace.0.as_deref()? {
            TraceData::Whole(source) => vec![source],
            TraceData::Spans(spans) => touching(spans, &range),
        };
        let mut origin = Origin::default();
        for source in &spans {
            if origin.template.is_empty()
                && let Some(place) = &source.place
            {
                origin.template = place.template.to_string();
                origin.line = place.line;
                let mut caller = place.caller.as_ref();
                while let Some(place) = caller {
                    origin.callers.push((place.template.to_string(), place.line));
                    caller = place.caller.as_ref();
                }
            }
            for path in &source.reads {
                push_once(&mut origin.values, path.dotted());
            }
            let mut guard = source.guard.as_ref();
            while let Some(at) = guard {
                for path in &at.reads {
                    push_once(&mut origin.conditions, path.dotted());
                }
                guard = at.outer.as_ref();
            }
        }
        (!spans.is_empty()).then_some(origin)
    }
}

/// Sources of the spans that are about `range`. A mark behind its last byte is about it only when the template goes on with
/// it on the same line: `{{- if` on the next line has taken the newline away, and is about what follows.
fn touching<'s>(spans: &'s [Span], range: &std::ops::Range<usize>) -> Vec<&'s Rc<Source>> {
    let mut found: Vec<&Rc<Source>> = Vec::new();
    for span in spans.iter().filter(|span| span.touches(range)) {
        let is_behind = span.range.start == range.end && span.range.is_empty() && !range.is_empty();
        let place = |source: &'s Rc<Source>| source.place.as_deref();
        let goes_on = match (found.last().and_then(|last| place(last)), place(&span.source)) {
            (Some(last), Some(mark)) => mark.goes_on_from(last),
            _ => true,
        };
        if !is_behind || goes_on {
            found.push(&span.source);
        }
    }
    found
}

fn push_once(list: &mut Vec<String>, item: String) {
    if !list.contains(&item) {
        list.push(item);
    }
}
