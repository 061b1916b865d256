//! A small judged version for the samples of the version page: one blocking finding, hostile text in it.

use scanner::policy::{Policy, decide};
use scanner::report::{
    ChartFacts, Completeness, FileFacts, Finding, ImageFacts, ObjectRef, Profile, RenderedManifest, Report,
    Severity, TemplateRef,
};

use super::{Bar, Fact, Tab, Top, VersionHead, verdict_card};
use crate::web::ui::frame::{Frame, Link, Place};
use crate::web::ui::parts::Moment;

const TEMPLATE: &str =
    "apiVersion: v1\nkind: Service\nmetadata:\n  name: hub\nspec:\n  type: {{ .Values.hub.type }}\n";
const RENDERED: &str = "apiVersion: v1\nkind: Service\nmetadata:\n  name: hub\nspec:\n  type: LoadBalancer\n";

/// The report behind the sample.
#[must_use]
pub fn report() -> Report {
    Report {
        schema: scanner::report::REPORT_SCHEMA.to_owned(),
        scanner_version: "0.1.0".to_owned(),
        digest: Some(format!("sha256:{}", "9f3a17c1".repeat(8))),
        chart: Some(ChartFacts {
            name: "demo".to_owned(),
            version: "1.0.0".to_owned(),
            app_version: None,
            description: None,
            chart_type: None,
        }),
        completeness: Completeness::Complete,
        findings: vec![finding()],
        profiles: vec![Profile { name: "defaults".to_owned(), error: None }],
        manifests: vec![RenderedManifest {
            source: "demo/templates/hub.yaml".to_owned(),
            kind: "Service".to_owned(),
            namespace: "default".to_owned(),
            name: "hub".to_owned(),
            text: RENDERED.to_owned(),
            hook: false,
        }],
        files: vec![FileFacts {
            path: "templates/hub.yaml".to_owned(),
            bytes: 90,
            text: Some(TEMPLATE.to_owned()),
        }],
        images: vec![ImageFacts {
            reference: "registry.example/hub:4".to_owned(),
            used_by: vec!["Deployment/hub".to_owned()],
        }],
    }
}

fn finding() -> Finding {
    Finding {
        rule: "exposure/unauthenticated-surface".to_owned(),
        severity: Severity::Critical,
        object: Some(ObjectRef {
            kind: "Service".to_owned(),
            namespace: "default".to_owned(),
            name: "hub".to_owned(),
        }),
        path: "spec.type".to_owned(),
        template: Some(TemplateRef { file: "demo/templates/hub.yaml".to_owned(), line: 6 }),
        values: vec!["hub.type".to_owned()],
        evidence: "LoadBalancer\u{202e}<script>".to_owned(),
        message: "A LoadBalancer stands in front of a console that asks nobody for a password.".to_owned(),
        fingerprint: "0123456789abcdef".to_owned(),
        profile: "defaults".to_owned(),
    }
}

/// A title for every rule of the sample.
#[must_use]
pub fn title(_rule: &str) -> String {
    "Admin console reachable from outside without authentication".to_owned()
}

impl Top {
    /// The frame of every version page's sample.
    #[must_use]
    pub fn sample_frame() -> Frame {
        Frame::sample("demo 1.0.0", Place::Queue)
    }

    /// `current` is the word of the tab that is open.
    #[must_use]
    pub fn sample(current: &str) -> Top {
        let report = report();
        let policy = Policy::default();
        let verdict = decide(&report, &policy);
        let href = "/ui/charts/charts/demo/1.0.0";
        let tab = |word, key, path: &str, count| Tab {
            href: format!("{href}{path}"),
            word,
            key,
            count,
            current: word == current,
        };
        Top {
            version: VersionHead {
                repository: "charts".to_owned(),
                chart: "demo".to_owned(),
                version: "1.0.0".to_owned(),
                state: "in review".to_owned(),
                digest: format!("sha256:{}", "9f3a17c1".repeat(8)),
                href: href.to_owned(),
                chart_href: "/ui/charts/charts/demo".to_owned(),
                digest_href: "/by-digest/sha256:9f3a17c1".to_owned(),
                pushed_by: "ci-web".to_owned(),
                pushed_at: Moment::sample(),
            },
            next: Some(Link { href: href.to_owned(), word: "3 of 17, next".to_owned() }),
            verdict: verdict_card(&report, &verdict, &policy, &title, href),
            trust: vec![
                Fact {
                    class: "ok", mark: "✓", subject: "digest", text: "checked on every read".to_owned()
                },
                Fact { class: "no", mark: "–", subject: "no signature", text: String::new() },
            ],
            tabs: vec![
                tab("Findings", "f", "/findings", Some(1)),
                tab("Manifests", "m", "/manifests", Some(1)),
                tab("Images", "i", "/images", Some(1)),
                tab("History", "h", "/history", None),
            ],
            bar: Some(Bar {
                action: format!("{href}/decide"),
                policy_version: policy.version(),
                scan_id: "1".to_owned(),
                query: String::new(),
                cause: "1 finding blocks".to_owned(),
                approve_disabled: Some("1 finding blocks".to_owned()),
                can_revoke: false,
                reason: String::new(),
                reason_max: 2000,
                error: Some("Say why: the reason is kept in the log and shown to consumers.".to_owned()),
            }),
        }
    }
}
