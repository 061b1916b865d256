//! Renders a chart under each profile and judges what comes out. Only the default values are deciding; see `policy`.

use std::collections::HashSet;

use renderer::functions::Helm;
use renderer::render::{Manifest, Prepared, RenderError, RenderOptions, Rendered};
use renderer::value::Value;
use renderer::{values, yaml};

use super::input::Input;
use super::{Options, TEMPLATE_STACK_BYTES, facts, one};
use crate::evidence::shorten_to;
use crate::finding::Draft;
use crate::model::{Chart, Document, Scene, documents_of_render};
use crate::report::{
    Completeness, DEFAULTS, Finding, HELM_3_DEFAULTS, Profile, Report, Severity, TemplateRef,
};
use crate::rules::template::{helm_generations_differ, render_failed};
use crate::run::run_scene;

/// Values files of `ci/` that are rendered; the rest is named as not rendered.
const CI_PROFILES_MAX: usize = 24;
/// Longest error text in a finding.
const ERROR_CHARS_MAX: usize = 1_000;
/// Objects named in a finding about differences.
const DIFFERENCES_SHOWN: usize = 5;

/// A chart rendered under one profile.
struct Render {
    rendered: Rendered,
    documents: Vec<Document>,
}

/// Why there is no render, with the template place where Helm names one.
struct Failure {
    text: String,
    place: Option<TemplateRef>,
}

/// Adds findings, profiles, manifests and images to the report.
pub(super) fn judge(input: &Input, chart: &Chart<'_>, options: &Options, report: &mut Report) {
    let four = Engine::load(input, Helm::V4);
    let three = Engine::load(input, Helm::V3);
    let user = values::empty();
    let first = four.as_ref().map_err(Failure::plain).and_then(|engine| engine.render(&user, options, true));
    match first {
        Ok(render) => {
            keep(&render, chart, options, DEFAULTS, report);
            show(&render, options, report);
            other_generation(&render, three.as_ref(), chart, options, report);
            report.profiles.insert(0, Profile { name: DEFAULTS.to_owned(), error: None });
        }
        Err(failure) => only_helm_3(&failure, three.as_ref(), chart, options, report),
    }
    if let (true, Ok(engine)) = (options.ci_profiles, &four) {
        ci_profiles(input, engine, chart, options, report);
    }
}

/// One generation's prepared chart.
struct Engine {
    prepared: Prepared,
    is_library: bool,
}

impl Engine {
    fn load(input: &Input, helm: Helm) -> Result<Self, String> {
        let chart = input.load(helm)?;
        Ok(Engine { prepared: Prepared::new(&chart, helm), is_library: chart.metadata.is_library() })
    }

    fn render(&self, user: &Value, options: &Options, traced: bool) -> Result<Render, Failure> {
        let rendered = self.rendered(user, options, traced)?;
        let documents = documents_of_render(&rendered).map_err(Failure::plain)?;
        Ok(Render { rendered, documents })
    }

    /// The texts alone, not yet parsed.
    fn rendered(&self, user: &Value, options: &Options, traced: bool) -> Result<Rendered, Failure> {
        if self.is_library {
            return Err(Failure::plain("library charts are not installable: there is nothing to judge"));
        }
        let render_options = RenderOptions {
            helm: self.prepared.helm(),
            release_name: options.release_name.clone(),
            namespace: options.namespace.clone(),
            kube_version: options.kube_version.clone(),
            traced,
            stack_bytes: TEMPLATE_STACK_BYTES,
            ..RenderOptions::default()
        };
        self.prepared.render(user, &render_options).map_err(|error| Failure::of(&error, self.prepared.helm()))
    }
}

impl Failure {
    fn plain(text: impl AsRef<str>) -> Self {
        Failure { text: text.as_ref().to_owned(), place: None }
    }

    fn of(error: &RenderError, helm: Helm) -> Self {
        let place = match error {
            RenderError::Template(error) if error.line > 0 => {
                Some(TemplateRef { file: error.template.clone(), line: error.line })
            }
            _ => None,
        };
        Failure { text: error.helm_text(helm), place }
    }

    /// The finding about it; `path` keeps the findings of different profiles apart.
    fn finding(self, profile: &str, path: &str, lead: &str) -> Vec<Finding> {
        let text = shorten_to(&self.text, ERROR_CHARS_MAX);
        let draft = Draft::of_file(path, self.place).evidence(&text).message(format!("{lead}: {text}"));
        one(&render_failed::RULE, profile, draft)
    }
}

/// Runs the rules over a render and keeps what is not known yet.
fn keep(render: &Render, chart: &Chart<'_>, options: &Options, profile: &str, report: &mut Report) {
    let scene = scene(render, chart, options);
    add(run_scene(&scene, profile), report);
}

fn scene<'a>(render: &'a Render, chart: &'a Chart<'a>, options: &Options) -> Scene<'a> {
    Scene {
        values: Some(&render.rendered.values),
        records: Some(&render.rendered.records),
        chart: Some(chart),
        ..Scene::new(&render.documents, &options.namespace)
    }
}

/// Findings that another profile has shown already are the same findings.
fn add(found: Vec<Finding>, report: &mut Report) {
    for finding in found {
        if report.findings.iter().all(|known| known.fingerprint != finding.fingerprint) {
            report.findings.push(finding);
        }
    }
}

/// What the pages show: documents and images of the default values.
fn show(render: &Render, options: &Options, report: &mut Report) {
    let scene = Scene::new(&render.documents, &options.namespace);
    report.manifests = facts::manifests(&render.documents, &scene);
    report.images = facts::images(&scene);
}

/// Helm 4 renders; what does Helm 3 make of the chart?
fn other_generation(
    four: &Render,
    engine: Result<&Engine, &String>,
    chart: &Chart<'_>,
    options: &Options,
    report: &mut Report,
) {
    let user = values::empty();
    let compared = engine.map_err(Failure::plain).and_then(|engine| {
        let three = engine.rendered(&user, options, false)?;
        Ok((engine, differences(&four.rendered, three, options)?))
    });
    let (engine, differences) = match compared {
        Ok(compared) => compared,
        Err(failure) => {
            let text = shorten_to(&failure.text, ERROR_CHARS_MAX);
            let message = format!("Helm 4 renders the chart, Helm 3 does not: {text}");
            let draft = Draft::of_file("", failure.place).evidence(&text).message(message);
            add(one(&helm_generations_differ::RULE, HELM_3_DEFAULTS, draft), report);
            report.profiles.push(Profile { name: HELM_3_DEFAULTS.to_owned(), error: Some(failure.text) });
            return;
        }
    };
    report.profiles.push(Profile { name: HELM_3_DEFAULTS.to_owned(), error: None });
    if differences.is_empty() {
        return;
    }
    let shown: Vec<&str> = differences.iter().take(DIFFERENCES_SHOWN).map(String::as_str).collect();
    let more = differences.len().saturating_sub(DIFFERENCES_SHOWN);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    let message = format!("Helm 3 and Helm 4 render different objects: {}{rest}", shown.join(", "));
    let draft = Draft::of_file("", None).severity(Severity::Low).evidence(&shown.join(", ")).message(message);
    add(one(&helm_generations_differ::RULE, HELM_3_DEFAULTS, draft), report);
    // Once more with origins, now that there is something to say.
    if let Ok(traced) = engine.render(&user, options, true) {
        keep(&traced, chart, options, HELM_3_DEFAULTS, report);
    }
}

/// Helm 4 does not render. If Helm 3 does, its users can still install the chart, so it is judged.
fn only_helm_3(
    failure: &Failure,
    engine: Result<&Engine, &String>,
    chart: &Chart<'_>,
    options: &Options,
    report: &mut Report,
) {
    let text = shorten_to(&failure.text, ERROR_CHARS_MAX);
    report.profiles.push(Profile { name: DEFAULTS.to_owned(), error: Some(failure.text.clone()) });
    let three =
        engine.map_err(Failure::plain).and_then(|engine| engine.render(&values::empty(), options, true));
    match three {
        Ok(render) => {
            let message = format!("Helm 3 renders the chart, Helm 4 does not: {text}");
            let draft = Draft::of_file("", failure.place.clone()).evidence(&text).message(message);
            add(one(&helm_generations_differ::RULE, DEFAULTS, draft), report);
            keep(&render, chart, options, HELM_3_DEFAULTS, report);
            show(&render, options, report);
            report.profiles.push(Profile { name: HELM_3_DEFAULTS.to_owned(), error: None });
        }
        Err(_) => {
            let failure = Failure { text: failure.text.clone(), place: failure.place.clone() };
            add(failure.finding(DEFAULTS, "", "the chart does not render with its default values"), report);
            let reason = format!("the chart does not render with its default values: {text}");
            report.completeness = Completeness::Incomplete { reason };
        }
    }
}

/// Names of the objects that only one of the renders has, or that are not equal. Documents that both print alike, but for
/// white space at their end, are not parsed again.
fn differences(four: &Rendered, mut three: Rendered, options: &Options) -> Result<Vec<String>, Failure> {
    let key = |manifest: &Manifest| (manifest.source.clone(), manifest.text.trim_end().to_owned());
    let all = |rendered: &Rendered| -> Vec<Manifest> {
        rendered.manifests.iter().chain(&rendered.hooks).chain(&rendered.crds).cloned().collect()
    };
    let (new, old) = (all(four), all(&three));
    let [new_keys, old_keys] = [&new, &old].map(|side| side.iter().map(key).collect::<HashSet<_>>());
    if new_keys == old_keys {
        return Ok(Vec::new());
    }
    let only = |side: Vec<Manifest>, other: &HashSet<(String, String)>| -> Vec<Manifest> {
        side.into_iter().filter(|manifest| !other.contains(&key(manifest))).collect()
    };
    let mut parsed = |manifests: Vec<Manifest>| {
        (three.hooks, three.crds) = (Vec::new(), Vec::new());
        three.manifests = manifests;
        documents_of_render(&three).map_err(Failure::plain)
    };
    let new = parsed(only(new, &old_keys))?;
    let old = parsed(only(old, &new_keys))?;
    let [new, old] = [&new, &old].map(|documents| Scene::new(documents, &options.namespace));
    let unlike = |from: &Scene<'_>, of: &Scene<'_>| -> Vec<String> {
        let lost = of.objects.iter().filter(|object| {
            let same = from.find(object.kind, &object.namespace, &object.name);
            same.is_none_or(|other| other.root.node != object.root.node)
        });
        lost.map(|object| object.label()).collect()
    };
    let mut names = unlike(&new, &old);
    for name in unlike(&old, &new) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(names)
}

fn ci_profiles(input: &Input, engine: &Engine, chart: &Chart<'_>, options: &Options, report: &mut Report) {
    for (count, file) in input.ci_values().into_iter().enumerate() {
        let mut profile = Profile { name: file.path.clone(), error: None };
        if count >= CI_PROFILES_MAX {
            profile.error = Some(format!("not rendered: more than {CI_PROFILES_MAX} values files"));
            report.profiles.push(profile);
            continue;
        }
        let user = yaml::decode(&file.data).map_err(|error| Failure::plain(error.to_string()));
        match user.and_then(|user| engine.render(&user, options, true)) {
            Ok(render) => keep(&render, chart, options, &file.path, report),
            Err(failure) => {
                profile.error = Some(failure.text.clone());
                let lead = format!("the chart does not render with {}", file.path);
                add(failure.finding(&file.path, &file.path, &lead), report);
            }
        }
        report.profiles.push(profile);
    }
}
