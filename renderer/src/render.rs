//! The whole way from a loaded chart to manifests: the one entry point of the scanner and of `chartgate template`.

use crate::functions::{Helm, Records};
use crate::trace::Trace;

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
            TraceData::Spans(spans) => spans
                .iter()
                .filter(|span| span.range.start < range.end && span.range.end > range.start)
                .map(|span| &span.source)
                .collect(),
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

fn push_once(list: &mut Vec<String>, item: String) {
    if !list.contains(&item) {
        list.push(item);
    }
}
