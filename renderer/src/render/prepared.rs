//! One chart rendered under many values: dependencies, coalescing, schema, templates, manifests, in Helm's order. It reads and writes nothing outside.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::{Manifest, RenderError, RenderOptions, Rendered};
use crate::archive::File;
use crate::chart::Chart;
use crate::coverage::Coverage;
use crate::functions::{Env, Helm, Records};
use crate::helm::{self, Capabilities, KubeVersion, Scope, typed_map};
use crate::manifest;
use crate::template::{self, Recorder, Run, Set};
use crate::trace::Trace;
use crate::value::Value;
use crate::{schema, values, version_range};

/// Paths of templates with the addresses of their texts, which live as long as the chart.
type TemplateList = Vec<(String, usize)>;

/// A chart ready to be rendered again and again. Templates are parsed once for every set of enabled subcharts.
pub struct Prepared {
    chart: Chart,
    helm: Helm,
    parsed: RefCell<HashMap<TemplateList, Rc<Set>>>,
}

/// What the templates of a chart gave.
pub struct Texts {
    /// The chart without its disabled subcharts.
    pub tree: Chart,
    /// The values the top chart's templates saw.
    pub values: serde_json::Value,
    /// Every template that is no partial, by path.
    pub files: Vec<(String, Value)>,
    pub records: Records,
    pub warnings: Vec<String>,
}

/// One template file of the enabled tree.
struct Template {
    text: Rc<Vec<File>>,
    index: usize,
    scope: Scope,
}

impl Prepared {
    /// `chart` must have been loaded for the same generation.
    #[must_use]
    pub fn new(chart: &Chart, helm: Helm) -> Self {
        Prepared { chart: chart.clone(), helm, parsed: RefCell::default() }
    }

    /// The name of the top chart, with which the paths of all templates begin.
    #[must_use]
    pub fn chart_name(&self) -> &str {
        &self.chart.metadata.name
    }

    #[must_use]
    pub fn helm(&self) -> Helm {
        self.helm
    }

    /// Values of the top chart as its templates would see them: dependencies processed, defaults coalesced; no schema, no templates.
    pub fn values(&self, user: &Value) -> Result<Value, RenderError> {
        self.coalesced(user, &mut Vec::new()).map(|(_, values)| values)
    }

    /// Renders with `user` values (files and flags already merged). `options.helm` gives way to the generation prepared for.
    pub fn render(&self, user: &Value, options: &RenderOptions) -> Result<Rendered, RenderError> {
        self.rendered(user, options, None)
    }

    /// The same, traced, with what of the templates ran. Where there is no render because a template failed, the coverage
    /// says what ran until then; where none was reached it is empty.
    pub fn covered(
        &self,
        user: &Value,
        options: &RenderOptions,
    ) -> (Result<Rendered, RenderError>, Coverage) {
        let options = RenderOptions { traced: true, ..options.clone() };
        let mut coverage = Coverage::default();
        let rendered = self.rendered(user, &options, Some(&mut coverage));
        (rendered, coverage)
    }

    fn rendered(
        &self,
        user: &Value,
        options: &RenderOptions,
        coverage: Option<&mut Coverage>,
    ) -> Result<Rendered, RenderError> {
        let texts = self.evaluate(user, options, true, coverage)?;
        let Texts { tree, values, files, records, mut warnings } = texts;
        let notes_path = format!("{}/templates/NOTES.txt", tree.metadata.name);
        let notes = files.iter().find(|(path, _)| *path == notes_path).and_then(|(_, text)| text.as_string());
        let notes = notes.map(ToString::to_string);
        let sorted = manifest::sort(self.helm, &files).map_err(RenderError::Manifest)?;
        warnings.extend(sorted.warnings);
        Ok(Rendered {
            manifests: sorted.manifests,
            hooks: sorted.hooks,
            crds: if options.include_crds { crds(&tree, &tree.metadata.name) } else { Vec::new() },
            notes,
            values,
            records,
            warnings,
        })
    }

    /// What the templates gave, before it is split into documents.
    /// The chart's `kubeVersion` is not looked at: in Helm that is not the engine's business.
    pub fn texts(&self, user: &Value, options: &RenderOptions) -> Result<Texts, RenderError> {
        self.evaluate(user, options, false, None)
    }

    /// With `checked`, a chart that does not want the target's Kubernetes version is refused.
    fn evaluate(
        &self,
        user: &Value,
        options: &RenderOptions,
        checked: bool,
        coverage: Option<&mut Coverage>,
    ) -> Result<Texts, RenderError> {
        let mut warnings = self.chart.warnings.clone();
        let (tree, coalesced) = self.coalesced(user, &mut warnings)?;
        let kube_version = KubeVersion::parse(&options.kube_version, self.helm).map_err(|why| {
            RenderError::Values(format!("invalid kube version '{}': {why}", options.kube_version))
        })?;
        if !options.skip_schema {
            schema::check(&tree, &coalesced)?;
        }
        let required = &tree.metadata.kube_version;
        if checked
            && !required.is_empty()
            && !version_range::is_compatible(required, &kube_version.normalized)
        {
            return Err(RenderError::KubeVersion {
                required: required.clone(),
                offered: kube_version.version,
            });
        }
        let root_type = if self.helm == Helm::V3 { "chartutil.Values" } else { "common.Values" };
        let mut top = match coalesced.as_map() {
            Some(map) => typed_map(root_type, map.entries.borrow().clone()),
            None => coalesced,
        };
        if options.traced {
            values::annotate(&top, &tree);
            top.trace = Trace::all_values();
        }
        let values = crate::json::to_serde(&top);
        let capabilities = Capabilities {
            helm: self.helm,
            kube_version,
            api_versions: options.api_versions.clone(),
            traced: options.traced,
        };
        let (files, records) = self.run(&tree, &top, &capabilities, options, coverage)?;
        Ok(Texts { tree, values, files, records, warnings })
    }

    fn coalesced(&self, user: &Value, warnings: &mut Vec<String>) -> Result<(Chart, Value), RenderError> {
        let mut tree = self.chart.clone();
        values::process_dependencies(&mut tree, user, self.helm, warnings)?;
        let coalesced = values::coalesce(&tree, user, self.helm, warnings)?;
        Ok((tree, coalesced))
    }

    /// Every template that is no partial, by path, in the order of paths.
    fn run(
        &self,
        tree: &Chart,
        top: &Value,
        capabilities: &Capabilities,
        options: &RenderOptions,
        coverage: Option<&mut Coverage>,
    ) -> Result<(Vec<(String, Value)>, Records), RenderError> {
        let release = helm::release(options);
        let units = helm::scopes(tree, top, &release, &capabilities.value(), self.helm);
        // A path that occurs twice counts once, as in Helm's map; the last one stays.
        let mut templates: BTreeMap<String, Template> = BTreeMap::new();
        for unit in units {
            templates
                .insert(unit.path, Template { text: unit.templates, index: unit.index, scope: unit.scope });
        }
        let mut order: Vec<&String> = templates.keys().collect();
        order.sort_by_key(|path| Reverse((path.matches('/').count(), path.as_bytes())));
        let set = self.set(&order, &templates)?;
        let mut env = Env {
            helm: self.helm,
            seed: options.seed,
            clock_seconds: options.clock_seconds,
            records: Records::default(),
        };
        let mut outputs: BTreeMap<String, Value> = BTreeMap::new();
        let mut run = Run::new(&mut env);
        run.strict = options.strict;
        run.traced = options.traced;
        run.stack_bytes = options.stack_bytes;
        run.recorder = coverage.is_some().then(Recorder::default);
        let mut failed = None;
        for path in order {
            if manifest::is_partial(path) {
                continue;
            }
            let Some(template) = templates.get(path) else { continue };
            template.scope.enter(path);
            match template::run(&set, path, template.scope.data.clone(), &mut run) {
                Ok(output) => outputs.insert(path.clone(), template::without_no_value(output)),
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            };
        }
        if let (Some(coverage), Some(recorder)) = (coverage, run.recorder.take()) {
            let libraries = libraries(tree);
            *coverage = recorder.coverage(&set, &|file| values_prefix(file, &libraries));
        }
        drop(run);
        match failed {
            Some(error) => Err(error.into()),
            None => Ok((outputs.into_iter().collect(), env.records)),
        }
    }

    /// The namespace of all templates, parsed in Helm's order: deep paths first, so that a parent's definition replaces a subchart's.
    fn set(&self, order: &[&String], templates: &BTreeMap<String, Template>) -> Result<Rc<Set>, RenderError> {
        let key: TemplateList = order
            .iter()
            .filter_map(|path| {
                let template = templates.get(*path)?;
                let text = template.text.get(template.index)?;
                Some(((*path).clone(), text.data.as_ptr() as usize))
            })
            .collect();
        if let Some(set) = self.parsed.borrow().get(&key) {
            return Ok(Rc::clone(set));
        }
        let mut set = Set::new(self.helm);
        for path in order {
            let text = templates.get(*path).and_then(|template| template.text.get(template.index));
            if let Some(file) = text {
                set.add(path, &String::from_utf8_lossy(&file.data))?;
            }
        }
        let set = Rc::new(set);
        self.parsed.borrow_mut().insert(key, Rc::clone(&set));
        Ok(set)
    }
}

/// Folders of the library charts of the tree, `/` at the end.
fn libraries(chart: &Chart) -> Vec<String> {
    let mut found: Vec<String> = chart.dependencies.iter().flat_map(libraries).collect();
    if chart.metadata.is_library() {
        found.push(format!("{}/", chart.full_path));
    }
    found
}

/// The keys under which the values of the chart that a template file belongs to stand in those of the top chart.
fn values_prefix(file: &str, libraries: &[String]) -> Option<Vec<String>> {
    if libraries.iter().any(|folder| file.starts_with(folder)) {
        return None;
    }
    let (folder, _) = file.split_once("/templates/").unwrap_or((file, ""));
    Some(folder.split("/charts/").skip(1).map(str::to_owned).collect())
}

/// `crds/` of the tree, parents first. Helm: chart.CRDObjects.
fn crds(chart: &Chart, path: &str) -> Vec<Manifest> {
    let is_crd = |file: &&File| {
        let extension =
            file.path.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
        file.path.starts_with("crds/") && matches!(extension.as_str(), "yaml" | "yml" | "json")
    };
    let mut found: Vec<Manifest> = chart
        .files
        .iter()
        .filter(is_crd)
        .map(|file| Manifest {
            source: format!("{path}/{}", file.path),
            text: String::from_utf8_lossy(&file.data).into_owned(),
            hook_events: Vec::new(),
            trace: crate::trace::Trace::default(),
        })
        .collect();
    for child in &chart.dependencies {
        found.extend(crds(child, &child.full_path));
    }
    found
}
