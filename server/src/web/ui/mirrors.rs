//! Mirrors: the upstreams that are followed, with the form that adds one. One upstream is the page beside this.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::frame::{Frame, Place};
use super::page::{page, see_other};
use super::parts::{Moment, Pair, counted, encoded};
use super::visit::{Visit, sentence};
use crate::db::upstream_versions::Counts;
use crate::db::upstreams::RunRow;
use crate::error::{Kind, Result};
use crate::mirror::Summary;
use crate::model::{Action, RepositoryName};
use crate::registry::{self, NewUpstream, UpstreamView};
use crate::web::api::upstreams::EVERY_SECONDS_DEFAULT;

/// Periods that the form offers, in seconds; the command line takes any.
const EVERY_CHOICES: [i64; 6] = [900, 3_600, 21_600, 43_200, 86_400, 604_800];

/// What the form of a new upstream holds, as typed.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(default)]
pub struct NewForm {
    form_token: String,
    pub name: String,
    pub url: String,
    pub repository: String,
    /// Names with spaces or commas between them.
    pub charts: String,
    pub versions: String,
    /// Seconds.
    pub every: String,
}

impl Default for NewForm {
    fn default() -> Self {
        let empty = String::new;
        NewForm {
            form_token: empty(),
            name: empty(),
            url: empty(),
            repository: empty(),
            charts: empty(),
            versions: empty(),
            every: EVERY_SECONDS_DEFAULT.to_string(),
        }
    }
}

#[derive(serde::Deserialize)]
pub struct ActionForm {
    #[serde(default)]
    form_token: String,
}

/// `GET /ui/mirrors`.
pub async fn get(visit: Visit) -> HttpResponse {
    let result = build(&visit, NewForm::default(), None).await;
    visit.answer(result.map(|filled| page(StatusCode::OK, &filled))).await
}

/// `POST /ui/mirrors`: follows an upstream, or shows the form again with what is wrong.
pub async fn post(visit: Visit, sent: web::Form<NewForm>) -> HttpResponse {
    let error = match add(&visit, &sent).await {
        Ok(name) => return see_other(&address(&name)),
        Err(error) => error,
    };
    let about_form = matches!(
        error.kind,
        Kind::InvalidRequest | Kind::InvalidName | Kind::UnknownRepository | Kind::Conflict
    );
    if !about_form {
        return visit.answer(Err(error)).await;
    }
    let result = build(&visit, sent.into_inner(), Some(sentence(&error.public))).await;
    visit.answer(result.map(|filled| page(StatusCode::UNPROCESSABLE_ENTITY, &filled))).await
}

/// `POST /ui/mirrors/<name>/run`.
pub async fn post_run(visit: Visit, name: web::Path<String>, sent: web::Form<ActionForm>) -> HttpResponse {
    let result = async {
        let caller = &visit.form(&sent.form_token)?.caller;
        registry::run_upstream(&visit.app, caller, &name).await?;
        Ok(see_other(&address(&name)))
    };
    let result = result.await;
    visit.answer(result).await
}

/// `POST /ui/mirrors/<name>/remove`.
pub async fn post_remove(visit: Visit, name: web::Path<String>, sent: web::Form<ActionForm>) -> HttpResponse {
    let result = async {
        let caller = &visit.form(&sent.form_token)?.caller;
        registry::remove_upstream(&visit.app, caller, &name).await?;
        Ok(see_other("/ui/mirrors"))
    };
    let result = result.await;
    visit.answer(result).await
}

/// The page of one upstream.
#[must_use]
pub fn address(name: &str) -> String {
    format!("/ui/mirrors/{}", encoded(name))
}

async fn add(visit: &Visit, sent: &NewForm) -> Result<String> {
    let caller = &visit.form(&sent.form_token)?.caller;
    let charts = sent.charts.split([' ', ',']).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    let new = NewUpstream {
        name: sent.name.trim().to_owned(),
        url: sent.url.trim().to_owned(),
        repository: RepositoryName::parse(&sent.repository)?,
        charts,
        versions: sent.versions.trim().to_owned(),
        // What is no number is out of bounds, and is told so.
        every_seconds: sent.every.parse().unwrap_or_default(),
    };
    Ok(registry::add_upstream(&visit.app, caller, &new).await?.name)
}

async fn build(visit: &Visit, typed: NewForm, error: Option<String>) -> Result<MirrorsPage> {
    visit.visitor.signed_in()?;
    let views = registry::upstream_views(&visit.app, visit.caller(), 1).await?;
    let mut repositories = registry::readable_repositories(&visit.app, visit.caller()).await?;
    repositories.retain(|row| visit.caller().may(Action::Administer, Some(&row.name)));
    let held = views.iter().map(|view| view.counts.held).sum();
    Ok(MirrorsPage {
        frame: visit.frame("Mirrors", Place::Mirrors).await,
        summary: counted(views.len(), "upstream"),
        held,
        held_words: held_words(held),
        rows: views.iter().map(UpstreamLine::from).collect(),
        may_add: !repositories.is_empty(),
        error,
        repositories: repositories.into_iter().map(|row| row.name.to_string()).collect(),
        typed,
        every_choices: every_choices(),
        add_command: format!(
            "chartgate mirror add NAME https://charts.example.com --repository charts --server {}",
            visit.app.config.public_url
        ),
    })
}

fn every_choices() -> Vec<Pair> {
    let choice = |seconds: i64| Pair { name: registry::every_words(seconds), value: seconds.to_string() };
    EVERY_CHOICES.into_iter().map(choice).collect()
}

/// The alarm as a sentence; empty when there is none.
#[must_use]
pub fn held_words(held: i64) -> String {
    match held {
        0 => String::new(),
        1 => "The bytes of 1 known version changed upstream.".to_owned(),
        held => format!("The bytes of {held} known versions changed upstream."),
    }
}

/// `ok`, `failed`, `running`, `queued`, or that it has not run yet.
#[must_use]
pub fn outcome(run: Option<&RunRow>) -> &'static str {
    match run.map(|run| run.state.as_str()) {
        None => "not run yet",
        Some("done") => "ok",
        Some("failed") => "failed",
        Some("running") => "running",
        Some(_) => "queued",
    }
}

/// `118 here, 2 refused`: zeros are left out but for the first.
fn standing_words(counts: &Counts) -> String {
    let mut words = format!("{} here", counts.stored + counts.held);
    let further = [
        (counts.wanted, "to be fetched"),
        (counts.refused, "refused"),
        (counts.failed, "failed"),
        (counts.gone, "gone upstream"),
    ];
    for (count, what) in further.into_iter().filter(|(count, _)| *count > 0) {
        words.push_str(&format!(", {count} {what}"));
    }
    words
}

impl From<&UpstreamView> for UpstreamLine {
    fn from(view: &UpstreamView) -> UpstreamLine {
        let run = view.runs.first();
        let summary: Summary =
            run.map(|run| serde_json::from_str(&run.summary).unwrap_or_default()).unwrap_or_default();
        UpstreamLine {
            href: address(&view.row.name),
            name: view.row.name.clone(),
            url: registry::shown_url(&view.row),
            repository: view.row.repository.to_string(),
            outcome: outcome(run),
            last_run_at: view.row.last_run_at.map(|at| Moment::from_micros(at.0)),
            error: view.row.last_error.clone().unwrap_or_default(),
            new: summary.new,
            held: view.counts.held,
            standing: standing_words(&view.counts),
            every: registry::every_words(view.row.every_seconds),
            next_run_at: Moment::from_micros(view.row.next_run_at.0),
            may_change: view.may_change,
        }
    }
}

#[derive(Template)]
#[template(path = "mirrors.html")]
pub struct MirrorsPage {
    pub frame: Frame,
    pub summary: String,
    /// Versions whose bytes changed, over all upstreams shown.
    pub held: i64,
    pub held_words: String,
    pub rows: Vec<UpstreamLine>,
    pub may_add: bool,
    pub error: Option<String>,
    pub repositories: Vec<String>,
    pub typed: NewForm,
    pub every_choices: Vec<Pair>,
    pub add_command: String,
}

/// One upstream in the list.
pub struct UpstreamLine {
    pub href: String,
    pub name: String,
    pub url: String,
    pub repository: String,
    pub outcome: &'static str,
    pub last_run_at: Option<Moment>,
    /// Why the last run failed; empty when it did not.
    pub error: String,
    /// Versions that the last run brought.
    pub new: u64,
    pub held: i64,
    pub standing: String,
    pub every: String,
    pub next_run_at: Moment,
    pub may_change: bool,
}

impl MirrorsPage {
    #[must_use]
    pub fn sample() -> MirrorsPage {
        let line = |name: &str, outcome, held, error: &str| UpstreamLine {
            href: address(name),
            name: name.to_owned(),
            url: "https://charts.example.com/".to_owned(),
            repository: "charts".to_owned(),
            outcome,
            last_run_at: Some(Moment::sample()),
            error: error.to_owned(),
            new: 4,
            held,
            standing: "118 here, 3 to be fetched".to_owned(),
            every: "1 h".to_owned(),
            next_run_at: Moment::sample(),
            may_change: true,
        };
        MirrorsPage {
            frame: Frame::sample("Mirrors", Place::Mirrors),
            summary: "3 upstreams".to_owned(),
            held: 1,
            held_words: held_words(1),
            rows: vec![
                line("bitnami", "ok", 0, ""),
                line("vendor-x", "running", 1, ""),
                line("vendor-y", "failed", 0, "https://charts.example.com/index.yaml cannot be reached"),
            ],
            may_add: true,
            error: Some("There is an upstream bitnami already; choose another name.".to_owned()),
            repositories: vec!["charts".to_owned()],
            typed: NewForm { name: "bitnami".to_owned(), ..NewForm::default() },
            every_choices: every_choices(),
            add_command: String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standings_are_told_without_zeros() {
        let counts = Counts { stored: 3, held: 1, refused: 2, ..Counts::default() };
        assert_eq!(standing_words(&counts), "4 here, 2 refused");
        assert_eq!(standing_words(&Counts::default()), "0 here");
    }
}
