//! Small random values and templates, rendered here and by the real Helm binaries: outputs and errors are equal.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

#[path = "differential/random.rs"]
mod random;

use std::path::{Path, PathBuf};
use std::process::Command;

use random::Random;
use renderer::archive::File;
use renderer::cli::{ChartInput, Outcome, TemplateArgs, template};
use renderer::functions::Helm;

const STACK_BYTES: usize = 64 * 1024 * 1024;
const TEMPLATE_STACK_BYTES: usize = 48 * 1024 * 1024;
/// Charts of one run; `DIFFERENTIAL_CHARTS` asks for another number.
const CHARTS: u64 = 12;
/// Templates of one chart that are expected to render.
const TEMPLATES_PER_CHART: usize = 40;
/// Charts of one template each that is expected to fail.
const FAILING_PER_CHART: usize = 1;
/// Which charts are made; `DIFFERENTIAL_SEED` asks for others.
const SEED: u64 = 6;

#[test]
fn random_templates_render_as_helm_renders_them() {
    let (Some(helm3), Some(helm4)) = (tool("CHARTGATE_HELM3"), tool("CHARTGATE_HELM4")) else { return };
    let worker = std::thread::Builder::new().stack_size(STACK_BYTES);
    let run = worker.spawn(move || all([(Helm::V3, &helm3), (Helm::V4, &helm4)])).unwrap();
    let (compared, wrong) = run.join().unwrap();
    eprintln!("{compared} renders compared with Helm");
    assert!(wrong.is_empty(), "{} of {compared} differ:\n{}", wrong.len(), wrong.join("\n"));
}

fn tool(variable: &str) -> Option<PathBuf> {
    if let Some(path) = std::env::var_os(variable).map(PathBuf::from).filter(|path| path.exists()) {
        return Some(path);
    }
    let text = format!("MISSING: {variable} names no program; run ./test to have it built");
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{text}");
    eprintln!("!! {text}");
    None
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn all(helms: [(Helm, &PathBuf); 2]) -> (usize, Vec<String>) {
    let folder = std::env::temp_dir().join(format!("chartgate-differential-{}", std::process::id()));
    let (mut compared, mut wrong) = (0, Vec::new());
    let first = number("DIFFERENTIAL_SEED", SEED) << 32;
    for seed in first..first + number("DIFFERENTIAL_CHARTS", CHARTS) {
        let mut random = Random::new(seed);
        let values = random.values();
        for (helm, program) in helms {
            let mut random = Random::new(seed ^ 0x5EED);
            let (mut good, mut failing) = (Vec::new(), Vec::new());
            while good.len() < TEMPLATES_PER_CHART {
                let body = random.body(3);
                let alone = ours(helm, &chart(&values, std::slice::from_ref(&body)));
                if alone.exit == 0 {
                    good.push(body);
                } else if failing.len() < FAILING_PER_CHART {
                    failing.push(vec![body]);
                }
            }
            for bodies in std::iter::once(good).chain(failing) {
                compared += 1;
                wrong.extend(difference(helm, program, &folder, &values, &bodies));
            }
        }
    }
    // Left behind only when a render panics.
    std::fs::remove_dir_all(&folder).unwrap();
    (compared, wrong)
}

fn chart(values: &str, bodies: &[String]) -> Vec<File> {
    let file = |path: &str, text: String| File { path: path.to_owned(), data: text.into_bytes() };
    let mut files = vec![
        file("Chart.yaml", "apiVersion: v2\nname: demo\nversion: 1.2.3\nappVersion: \"4.5\"\n".to_owned()),
        file("values.yaml", values.to_owned()),
    ];
    for (at, body) in bodies.iter().enumerate() {
        let text = format!(
            "{{{{- define \"body{at}\" }}}}{body}{{{{ end -}}}}\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: \
             c{at}\ndata:\n  out: {{{{ include \"body{at}\" . | quote }}}}\n"
        );
        files.push(file(&format!("templates/t{at:03}.yaml"), text));
    }
    files
}

fn ours(helm: Helm, files: &[File]) -> Outcome {
    let args = TemplateArgs {
        helm,
        name: Some("release-name".to_owned()),
        namespace: "default".to_owned(),
        kube_version: Some("1.36.0".to_owned()),
        stack_bytes: TEMPLATE_STACK_BYTES,
        ..TemplateArgs::default()
    };
    template(&args, &ChartInput::Folder(files.to_vec()), &|_| Err(std::io::ErrorKind::NotFound.into()))
}

fn theirs(program: &Path, folder: &Path, files: &[File]) -> Outcome {
    let chart = folder.join("demo");
    if chart.exists() {
        std::fs::remove_dir_all(&chart).unwrap();
    }
    for file in files {
        let path = chart.join(&file.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, &file.data).unwrap();
    }
    let mut command = Command::new(program);
    command.arg("template").arg("release-name").arg(&chart);
    command.args(["--namespace", "default", "--kube-version", "1.36.0"]).env("HOME", folder);
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    Outcome { stdout, stderr, exit: output.status.code().unwrap_or(-1) }
}

/// What of one chart is not as Helm has it.
fn difference(helm: Helm, program: &Path, folder: &Path, values: &str, bodies: &[String]) -> Option<String> {
    let files = chart(values, bodies);
    let (got, want) = (ours(helm, &files), theirs(program, folder, &files));
    let error = |text: &str| text.find("Error:").map(|at| text[at..].trim_end().to_owned());
    if got.exit == want.exit && got.stdout == want.stdout && error(&got.stderr) == error(&want.stderr) {
        return None;
    }
    if want.exit != 0 || got.exit != 0 {
        let shown = bodies.iter().take(if bodies.len() == 1 { 1 } else { 0 }).cloned().collect::<String>();
        return Some(format!(
            "{helm:?} {shown:?}\n  values {values}\n  want {}\n  got  {}",
            want.stderr.trim_end(),
            got.stderr.trim_end()
        ));
    }
    let lines = want.stdout.lines().zip(got.stdout.lines()).enumerate().find(|(_, (want, got))| want != got);
    let (at, (want_line, got_line)) = lines?;
    let source = want.stdout.lines().take(at).filter(|line| line.starts_with("# Source:")).last()?;
    let number: usize = source.trim_end_matches(".yaml").rsplit_once("/t")?.1.parse().ok()?;
    Some(format!(
        "{helm:?} {:?}\n  values {values}\n  want {want_line}\n  got  {got_line}",
        bodies.get(number)?
    ))
}
