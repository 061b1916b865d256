//! What Helm checks and cleans in a decoded Chart.yaml (Helm: `Metadata.Validate`), with its error texts.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::decode::Marks;
use super::metadata::{Dependency, Metadata};
use crate::values::quote;
use crate::version_range::Version;

/// Cleans texts in place, then reports the first rule that is broken.
pub(super) fn validate(metadata: &mut Metadata, marks: Marks) -> Result<(), String> {
    clean(metadata);
    first_fault(metadata, marks).map_or(Ok(()), |fault| Err(format!("validation: {fault}")))
}

fn first_fault(metadata: &mut Metadata, marks: Marks) -> Option<String> {
    let name = metadata.name.as_str();
    if metadata.api_version.is_empty() {
        return Some("chart.metadata.apiVersion is required".to_owned());
    }
    if name.is_empty() {
        return Some("chart.metadata.name is required".to_owned());
    }
    if name == "." || name == ".." {
        return Some(format!("chart.metadata.name {} is not allowed", quote(name)));
    }
    if name.contains('/') && !name.bytes().all(|byte| byte == b'/') || name.starts_with("//") {
        return Some(format!("chart.metadata.name {} is invalid", quote(name)));
    }
    if metadata.version.is_empty() {
        return Some("chart.metadata.version is required".to_owned());
    }
    if Version::parse_lenient(&metadata.version).is_err() {
        return Some(format!("chart.metadata.version {} is invalid", quote(&metadata.version)));
    }
    if !matches!(metadata.kind.as_str(), "" | "application" | "library") {
        return Some("chart.metadata.type must be application or library".to_owned());
    }
    if marks.null_maintainer {
        return Some("maintainers must not contain empty or null nodes".to_owned());
    }
    for maintainer in &mut metadata.maintainers {
        for text in [&mut maintainer.name, &mut maintainer.email, &mut maintainer.url] {
            *text = sanitize(text);
        }
    }
    if marks.null_dependency {
        return Some("dependencies must not contain empty or null nodes".to_owned());
    }
    let mut names = BTreeSet::new();
    for dependency in &mut metadata.dependencies {
        if let Some(fault) = dependency_fault(dependency) {
            return Some(fault);
        }
        let name = dependency.effective_name();
        if !names.insert(name.to_owned()) {
            return Some(format!("more than one dependency with name or alias {}", quote(name)));
        }
    }
    None
}

fn dependency_fault(dependency: &mut Dependency) -> Option<String> {
    let Dependency { name, version, repository, condition, tags, alias, .. } = dependency;
    for text in [&mut *name, version, repository, condition].into_iter().chain(tags) {
        *text = sanitize(text);
    }
    (!alias.is_empty() && !is_alias(alias))
        .then(|| format!("dependency {} has disallowed characters in the alias", quote(name)))
}

/// Helm's `aliasNameFormat`.
pub(super) fn is_alias(alias: &str) -> bool {
    !alias.is_empty()
        && alias.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

fn clean(metadata: &mut Metadata) {
    let Metadata {
        name,
        description,
        home,
        icon,
        condition,
        tags,
        app_version,
        kube_version,
        sources,
        keywords,
        ..
    } = metadata;
    let fields = [name, description, home, icon, condition, tags, app_version, kube_version];
    for text in fields.into_iter().chain(sources).chain(keywords) {
        *text = sanitize(text);
    }
}

/// White space becomes a space, what does not print goes away (Helm: `sanitizeString`, Go: `unicode.IsPrint`).
pub(super) fn sanitize(text: &str) -> String {
    static PRINTS: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$").ok());
    let prints = |c: char| {
        let mut buffer = [0; 4];
        (' '..='~').contains(&c)
            || (!c.is_ascii()
                && PRINTS.as_ref().is_some_and(|prints| prints.is_match(c.encode_utf8(&mut buffer))))
    };
    text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| prints(*c)).collect()
}
