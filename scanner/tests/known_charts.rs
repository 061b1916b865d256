//! What is known about real charts must be found under their default values, and what they do well must stay quiet.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

use std::path::{Path, PathBuf};
use std::process::Command;

use scanner::policy::{Outcome, Policy, decide};
use scanner::report::{Finding, Report, Severity};
use scanner::{Options, scan};

const SURFACE: &str = "exposure/unauthenticated-surface";

/// The folder of real charts beside the project; `None`, said loudly, where it is absent on a laptop.
fn charts() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/charts");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var("CI").is_err(), "../shared/charts is absent: known charts cannot be judged");
    eprintln!("SKIPPED: ../shared/charts is absent, known charts are not judged");
    None
}

fn judge(folder: &Path, chart: &str) -> Report {
    let bytes =
        std::fs::read(folder.join(format!("{chart}.tgz"))).unwrap_or_else(|error| panic!("{chart}: {error}"));
    scan(&bytes, &Options { ci_profiles: false, ..Options::default() })
}

fn of_rule<'a>(report: &'a Report, rule: &str) -> Vec<&'a Finding> {
    report.findings.iter().filter(|finding| finding.rule == rule).collect()
}

#[test]
fn open_surfaces_are_critical_and_name_their_values() {
    let Some(folder) = charts() else { return };
    let expected: &[(&str, &[&[&str]])] = &[
        (
            "pinot-0.2.3",
            &[
                &["broker.external.type", "broker.external.enabled"],
                &["controller.external.type", "controller.external.enabled"],
            ],
        ),
        ("pinot-0.3.0-SNAPSHOT", &[&["broker.external.type"], &["controller.external.type"]]),
        (
            "pinot-1.0.1-SNAPSHOT",
            &[
                &["broker.external.type", "pinotAuth.enabled"],
                &["controller.external.type", "pinotAuth.enabled"],
            ],
        ),
        ("meshery-2.1.2", &[&["service.type"]]),
        ("selenium-grid-0.15.8", &[&["ingress.enabled"]]),
        ("selenium-grid-0.36.5", &[&["ingress.enabled", "basicAuth.enabled"]]),
    ];
    for (chart, findings) in expected {
        let report = judge(&folder, chart);
        let found = of_rule(&report, SURFACE);
        assert_eq!(found.len(), findings.len(), "{chart}: {:#?}", report.findings);
        for (finding, keys) in found.iter().zip(*findings) {
            assert_eq!(finding.severity, Severity::Critical, "{chart}");
            assert!(
                keys.iter().all(|key| finding.values.iter().any(|known| known == key)),
                "{chart}: {finding:#?}"
            );
            let template =
                finding.template.as_ref().unwrap_or_else(|| panic!("{chart} has no template place"));
            assert!(template.line > 0 && template.file.contains("/templates/"), "{chart}: {template:?}");
        }
        assert_eq!(decide(&report, &Policy::default()).outcome, Outcome::Block, "{chart}");
    }
}

#[test]
fn closed_surfaces_stay_quiet() {
    let Some(folder) = charts() else { return };
    for chart in [
        "meshery-0.2.0",
        "meshery-1.0.0",
        "selenium-grid-0.26.4",
        "grafana-8.5.0",
        "kube-prometheus-stack-45.31.1",
    ] {
        let report = judge(&folder, chart);
        assert!(
            report.profiles.iter().any(|profile| profile.name == "defaults" && profile.error.is_none()),
            "{chart}"
        );
        assert!(of_rule(&report, SURFACE).is_empty(), "{chart}");
    }
}

#[test]
fn a_login_with_a_known_password_is_its_own_finding() {
    let Some(folder) = charts() else { return };
    let report = judge(&folder, "selenium-grid-0.26.4");
    let found = of_rule(&report, "auth/default-password");
    let router: Vec<_> = found
        .iter()
        .filter(|finding| finding.values.first().is_some_and(|key| key == "basicAuth.password"))
        .collect();
    assert_eq!(router.len(), 1, "{found:#?}");
    assert_eq!((router[0].severity, router[0].evidence.as_str()), (Severity::High, "admin"));
}

/// Helm 4 as `./test helm` builds it, or as the machine has it.
fn helm() -> Option<PathBuf> {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let built = home.join(".cache/chartgate/helm-v4.3.1/helm");
    let named = std::env::var_os("CHARTGATE_HELM4").map(PathBuf::from);
    named.into_iter().chain([built]).find(|path| path.is_file())
}

#[test]
fn a_chart_made_by_helm_create_passes() {
    let Some(helm) = helm() else {
        assert!(std::env::var("CI").is_err(), "no Helm 4: build it with `./test helm`");
        eprintln!("SKIPPED: no Helm 4, its starter chart is not judged");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| {
        let done = Command::new(&helm).args(args).current_dir(folder.path()).output().unwrap();
        assert!(done.status.success(), "helm {args:?}: {}", String::from_utf8_lossy(&done.stderr));
    };
    run(&["create", "starter"]);
    run(&["package", "starter"]);
    let bytes = std::fs::read(folder.path().join("starter-0.1.0.tgz")).unwrap();
    let report = scan(&bytes, &Options::default());
    let verdict = decide(&report, &Policy::default());
    assert_eq!(verdict.outcome, Outcome::Pass, "{verdict:?}\n{:#?}", report.findings);
    assert!(report.findings.iter().any(|finding| finding.rule == "pod/run-as-root"));
    assert!(report.findings.iter().all(|finding| finding.severity < Severity::High));
}
