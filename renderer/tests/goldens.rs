//! Real charts rendered and compared byte for byte with what Helm 3.22.0 and 4.3.1 printed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

use std::io::Read;
use std::path::{Path, PathBuf};

use renderer::archive;
use renderer::cli::{ChartInput, Outcome, TemplateArgs, template};
use renderer::functions::Helm;

const STACK_BYTES: usize = 256 * 1024 * 1024;
const TEMPLATE_STACK_BYTES: usize = 192 * 1024 * 1024;

/// Cases that must be equal, of Helm 3 and Helm 4: all of them.
const EQUAL_MIN: (usize, usize) = (445, 445);

/// Bytes at the border of a random word that two runs may share by chance.
const CHANCE_BYTES: usize = 3;
/// Base64 shorter than this holds no key and no certificate.
const PEM_BASE64_BYTES_MIN: usize = 64;

fn shared() -> Option<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    if shared.is_dir() {
        return Some(shared);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "the shared charts and goldens are absent");
    eprintln!("SKIPPED: the shared charts and goldens are absent, nothing was compared");
    None
}

struct Case {
    chart: String,
    name: String,
    values: String,
    deterministic: bool,
}

fn cases(shared: &Path) -> Vec<Case> {
    let table = std::fs::read_to_string(shared.join("goldens/cases.tsv")).unwrap();
    table
        .lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            Case {
                chart: cells[0].to_owned(),
                name: cells[1].to_owned(),
                values: cells[2].to_owned(),
                deterministic: cells[6] == "yes",
            }
        })
        .collect()
}

fn gunzip(path: &Path) -> Option<String> {
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).ok()?).read_to_end(&mut text).unwrap();
    Some(String::from_utf8_lossy(&text).into_owned())
}

/// What of the run is wrong; `None` when it is what Helm printed.
fn difference(shared: &Path, case: &Case, helm: Helm, packed: &[u8]) -> Option<String> {
    let generation = if helm == Helm::V3 { "v3" } else { "v4" };
    let got = run(shared, case, helm, packed);
    let stem = shared.join("goldens").join(&case.chart).join(format!("{}.{generation}", case.name));
    let file = |end: &str| PathBuf::from(format!("{}{end}", stem.display()));
    match gunzip(&file(".yaml.gz")) {
        Some(want) if got.exit != 0 => {
            Some(format!("not rendered: {} ({} bytes wanted)", got.stderr.trim(), want.len()))
        }
        Some(want) => match gunzip(&file(".again.yaml.gz")) {
            Some(again) if !case.deterministic => against_two(&want, &again, &got.stdout),
            _ => against_one(&want, &got.stdout),
        },
        None => {
            let want = std::fs::read_to_string(file(".err")).unwrap_or_default();
            let at = want.find("Error:").unwrap_or(0);
            // References out of the chart are never opened: any refusal that says so is right.
            let refused = want.contains("failing loading") && got.stderr.contains("never opened");
            let same = got.exit != 0 && (refused || faults(&got.stderr) == faults(&want[at..]));
            (!same).then(|| format!("want {:?}\n    got  {:?}", &want[at..], got.stderr))
        }
    }
}

/// Helm's order of schema faults is that of a Go map.
fn faults(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.trim_end().lines().collect();
    if text.contains("specifications of the schema") {
        lines.sort_unstable();
    }
    lines
}

fn run(shared: &Path, case: &Case, helm: Helm, packed: &[u8]) -> Outcome {
    let args = TemplateArgs {
        helm,
        name: Some("release-name".to_owned()),
        namespace: "default".to_owned(),
        kube_version: Some("1.36.0".to_owned()),
        include_crds: true,
        value_files: (!case.values.is_empty()).then(|| case.values.clone()).into_iter().collect(),
        stack_bytes: TEMPLATE_STACK_BYTES,
        ..TemplateArgs::default()
    };
    let read = |path: &str| {
        let beside = shared.join("charts").join(path);
        if beside.is_file() {
            return std::fs::read(beside);
        }
        let archive = archive::read(packed).map_err(std::io::Error::other)?;
        let found = archive.files.into_iter().find(|file| file.path == path);
        found.map(|file| file.data).ok_or_else(|| std::io::ErrorKind::NotFound.into())
    };
    template(&args, &ChartInput::Archive(packed.to_vec()), &read)
}

fn against_one(want: &str, got: &str) -> Option<String> {
    if want == got {
        return None;
    }
    let (mut want_lines, mut got_lines) = (want.lines(), got.lines());
    for number in 1.. {
        match (want_lines.next(), got_lines.next()) {
            (None, None) => return Some("only line ends differ".to_owned()),
            (want, got) if want == got => {}
            (want, got) => return Some(format!("line {number}\n    want {want:?}\n    got  {got:?}")),
        }
    }
    None
}

/// Lines that both runs of Helm share must be ours; of the others, what their beginning and end share.
fn against_two(first: &str, second: &str, got: &str) -> Option<String> {
    let lines = |text: &str| -> Vec<String> { text.split('\n').map(str::to_owned).collect() };
    let (first, second, got) = (lines(first), lines(second), lines(got));
    if first.len() != second.len() {
        // Order or number of lines is random: only that something was printed can be compared.
        return got.is_empty().then(|| "nothing printed".to_owned());
    }
    if first.len() != got.len() {
        return Some(format!("{} lines wanted, {} printed", first.len(), got.len()));
    }
    for (at, ((a, b), ours)) in first.iter().zip(&second).zip(&got).enumerate() {
        let [a, b, ours] =
            if a == b { [a, b, ours].map(Clone::clone) } else { [a, b, ours].map(|line| without_pem(line)) };
        let (a, b, ours) = (&a, &b, &ours);
        let start = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
        let end = a.bytes().rev().zip(b.bytes().rev()).take_while(|(a, b)| a == b).count();
        let end = end.min(a.len() - start.min(a.len()));
        let start = without_chance(a.as_bytes().iter(), start);
        let end = without_chance(a.as_bytes().iter().rev(), end);
        let same = if a == b {
            a == ours
        } else {
            ours.as_bytes().starts_with(&a.as_bytes()[..start])
                && ours.as_bytes().ends_with(&a.as_bytes()[a.len() - end..])
        };
        if !same {
            return Some(format!("line {}\n    want {a:?}\n    or   {b:?}\n    got  {ours:?}", at + 1));
        }
    }
    None
}

/// A line with the names of its keys and certificates instead of themselves: their lengths are random, too, and stand in
/// their first bytes.
fn without_pem(line: &str) -> String {
    use base64::Engine as _;
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
    let mut out = String::new();
    for part in line.split_inclusive(|c| !is_base64(c)) {
        let token = part.trim_end_matches(|c| !is_base64(c));
        let decoded = (token.len() >= PEM_BASE64_BYTES_MIN)
            .then(|| base64::engine::general_purpose::STANDARD.decode(token).ok())
            .flatten()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .filter(|text| text.contains("-----BEGIN "));
        match decoded {
            Some(pem) => out.extend(pem.lines().filter(|line| line.starts_with("-----"))),
            None => out.push_str(token),
        }
        out.push_str(&part[token.len()..]);
    }
    out
}

/// How many of the `common` bytes at the beginning of two differing texts are no coincidence: random words may begin alike.
fn without_chance<'t>(text: impl Iterator<Item = &'t u8>, common: usize) -> usize {
    let head: Vec<u8> = text.take(common).copied().collect();
    let chance = head.iter().rev().take(CHANCE_BYTES).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    common - chance
}

/// `GOLDENS=chart/case` looks at what contains that text; `GOLDENS_DEFAULTS=1` at default values alone.
#[test]
fn real_charts_render_as_helm_renders_them() {
    let Some(shared) = shared() else { return };
    let worker = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(move || compare(&shared)).unwrap();
    let (equal, all) = worker.join().unwrap();
    eprintln!("equal: Helm 3 {}/{}, Helm 4 {}/{}", equal.0, all.0, equal.1, all.1);
    if std::env::var("GOLDENS").is_err() && std::env::var("GOLDENS_DEFAULTS").is_err() {
        assert!(
            equal.0 >= EQUAL_MIN.0 && equal.1 >= EQUAL_MIN.1,
            "fewer than {EQUAL_MIN:?} are equal: {equal:?}"
        );
    }
}

fn compare(shared: &Path) -> ((usize, usize), (usize, usize)) {
    let only = std::env::var("GOLDENS").unwrap_or_default();
    let defaults = std::env::var("GOLDENS_DEFAULTS").is_ok();
    let (mut equal, mut all) = ((0, 0), (0, 0));
    for case in cases(shared) {
        let label = format!("{}/{}", case.chart, case.name);
        if !label.contains(&only) || (defaults && case.name != "defaults") {
            continue;
        }
        let packed = std::fs::read(shared.join("charts").join(format!("{}.tgz", case.chart))).unwrap();
        for helm in [Helm::V3, Helm::V4] {
            let (count, total) =
                if helm == Helm::V3 { (&mut equal.0, &mut all.0) } else { (&mut equal.1, &mut all.1) };
            *total += 1;
            match difference(shared, &case, helm, &packed) {
                None => *count += 1,
                Some(why) => eprintln!("{label} {helm:?}: {}", why.chars().take(700).collect::<String>()),
            }
        }
    }
    (equal, all)
}
