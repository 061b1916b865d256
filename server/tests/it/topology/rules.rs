//! What docker-compose.yml and Dockerfile must say: how little each container may do, where secrets are, and that one file
//! does not contradict the other. Nothing is started here.

use std::collections::{BTreeMap, BTreeSet};

use server::config::ScanLimits;

use super::compose::{Compose, Service, text_of};

const OURS: [&str; 2] = ["server", "worker"];
/// The service that runs once as root to give a volume its owner, and ends.
const ONCE: &str = "s3-setup";

fn compose() -> Compose {
    Compose::read(&BTreeMap::new())
}

#[test]
fn every_service_may_do_little() {
    let compose = compose();
    let names: Vec<_> = compose.services().iter().map(|service| service.name.to_owned()).collect();
    assert_eq!(names, ["postgres", "s3", "s3-setup", "server", "worker"]);
    for service in compose.services() {
        let name = service.name;
        assert_eq!(service.at(&["read_only"]), true, "{name}");
        assert_eq!(service.list(&["cap_drop"]), ["ALL"], "{name}");
        assert_eq!(service.list(&["security_opt"]), ["no-new-privileges:true"], "{name}");
        for key in ["privileged", "devices", "pid", "ipc", "userns_mode", "extra_hosts", "env_file"] {
            assert!(service.at(&[key]).is_null(), "{name}: {key}");
        }
        for config in service.at(&["configs"]).as_array().unwrap_or(&Vec::new()) {
            let from = compose.at(&["configs", config["source"].as_str().unwrap(), "file"]);
            assert!(from.is_string(), "{name}: Compose gives a read-only container files only");
        }
        for volume in service.list(&["volumes"]) {
            let source = volume.split(':').next().unwrap();
            assert!(compose.at(&["volumes", source]).is_object(), "{name}: {source} is no named volume");
        }
        assert!(
            service.memory() > 0 && service.at(&["deploy", "resources", "limits", "pids"]).is_u64(),
            "{name}"
        );
        let image = service.at(&["image"]).as_str().unwrap();
        assert!(
            OURS.contains(&name) || image.contains(':') && !image.ends_with(":latest"),
            "{name}: {image}"
        );
        if name == ONCE {
            assert_eq!(service.list(&["cap_add"]), ["CHOWN"]);
            assert_eq!(service.at(&["network_mode"]), "none");
            continue;
        }
        assert!(service.list(&["cap_add"]).is_empty(), "{name}");
        let user = service.at(&["user"]).as_str().unwrap();
        assert!(!user.is_empty() && user != "root" && !user.starts_with('0'), "{name} runs as {user}");
        assert_eq!(service.at(&["restart"]), "unless-stopped", "{name}");
        assert!(!service.health_check().is_empty());
    }
}

#[test]
fn only_servers_can_be_reached_and_only_they_and_workers_reach_the_world() {
    let compose = compose();
    assert_eq!(compose.at(&["networks", "back", "internal"]), true);
    for service in compose.services() {
        let ports = service.list(&["ports"]);
        assert!(ports.iter().all(|port| port.starts_with("127.0.0.1:")), "TLS stands in front: {ports:?}");
        assert_eq!(!ports.is_empty(), service.name == "server", "{}", service.name);
        let networks = service.list(&["networks"]);
        let expected: &[&str] = match service.name {
            ONCE => &[],
            name if OURS.contains(&name) => &["front", "back"],
            _ => &["back"],
        };
        assert_eq!(networks, expected, "{}", service.name);
    }
}

#[test]
fn secrets_are_files_that_only_their_users_get() {
    let compose = compose();
    let known = compose.at(&["secrets"]).as_object().unwrap();
    for (name, secret) in known {
        assert_eq!(secret["file"], format!("./secrets/{name}"));
        assert!(text_of("docker-compose.yml").contains("mkdir -m 700 secrets"));
    }
    assert!(text_of(".gitignore").lines().any(|line| line == "/secrets"));
    for service in compose.services() {
        let told = service.environment().into_values().chain(service.list(&["command"]));
        let mut used: BTreeSet<String> = told.flat_map(|text| secret_files(&text)).collect();
        if service.name == "postgres" {
            let script = compose.at(&["configs", "database", "file"]).as_str().unwrap();
            used.extend(secret_files(&text_of(script)));
        }
        let given: BTreeSet<_> = service.list(&["secrets"]).into_iter().collect();
        assert_eq!(used, given, "{}", service.name);
        assert!(given.iter().all(|name| known.contains_key(name)), "{given:?}");
        for (name, value) in service.environment() {
            let is_secret = ["PASSWORD", "SECRET", "TOKEN"].iter().any(|word| name.contains(word));
            assert!(!is_secret || name.ends_with("_FILE") && value.starts_with("/run/secrets/"), "{name}");
            let user = value.split_once("://").and_then(|(_, rest)| rest.split_once('@'));
            assert!(!user.is_some_and(|(user, _)| user.contains(':')), "{name} holds a password");
        }
    }
}

/// Names of the secrets that a text speaks of.
fn secret_files(text: &str) -> Vec<String> {
    let after = text.split("/run/secrets/").skip(1);
    after
        .map(|rest| {
            rest.chars().take_while(|c| c.is_ascii_lowercase() || matches!(c, '_' | '0'..='9')).collect()
        })
        .collect()
}

#[test]
fn servers_and_workers_use_one_database_and_one_bucket_and_wait_for_them() {
    let compose = compose();
    let [server, worker] = OURS.map(|name| compose.service(name));
    for name in [
        "CHARTGATE_DATABASE",
        "CHARTGATE_BLOBS",
        "CHARTGATE_S3_ENDPOINT",
        "CHARTGATE_PUBLIC_URL",
        "CHARTGATE_ALLOW_NETWORKS",
        "CHARTGATE_PROXY",
    ] {
        let [one, other] = [server, worker].map(|service| service.environment().remove(name));
        assert!(one.is_some() && one == other, "{name}");
    }
    let store = compose.service("s3").environment();
    assert_eq!(server.environment()["CHARTGATE_S3_ACCESS_KEY_ID"], store["ROOT_ACCESS_KEY_ID"]);
    for service in [server, worker] {
        assert!(service.at(&["deploy", "replicas"]).as_u64() >= Some(2), "{}", service.name);
        for store in ["postgres", "s3"] {
            assert_eq!(service.at(&["depends_on", store, "condition"]), "service_healthy");
        }
    }
    let bucket = server.environment()["CHARTGATE_BLOBS"].replace("s3://", "/objects/");
    let setup = compose.service(ONCE).list(&["command"]).join(" ");
    assert!(setup.contains(&format!("mkdir -p {bucket} ")), "the bucket is made: {setup}");
    assert_eq!(
        compose.service("s3").at(&["depends_on", ONCE, "condition"]),
        "service_completed_successfully"
    );
    let ports = server.list(&["ports"]);
    assert!(ports[0].ends_with(":8080") && server.environment()["CHARTGATE_LISTEN"] == "0.0.0.0:8080");
}

/// What scans, indexes under way and an end in good order need.
#[test]
fn the_bounds_leave_room_for_the_work() {
    let compose = compose();
    let worker = compose.service("worker");
    let scans: u64 = worker.environment()["CHARTGATE_WORKERS"].parse().unwrap();
    let scanning = scans * ScanLimits::default().memory_bytes;
    assert!(worker.memory() >= scanning + 512 * 1024 * 1024, "a scan could be ended by the system");
    for name in OURS {
        let service = compose.service(name);
        assert_eq!(
            service.at(&["stop_grace_period"]),
            "60s",
            "longer than requests and scans may take to end"
        );
        assert!(room_in_tmp(service) >= 4 * server::mirror::index::INDEX_BYTES_MAX, "{name}");
    }
}

/// Bytes of the file system that is mounted at /tmp.
fn room_in_tmp(service: Service<'_>) -> u64 {
    let mounted = service.list(&["tmpfs"]).join(",");
    let size = mounted.split(',').find_map(|part| part.strip_prefix("size=")).unwrap();
    size.strip_suffix('m').unwrap().parse::<u64>().unwrap() * 1024 * 1024
}

#[test]
fn the_image_is_the_one_that_the_services_expect() {
    let (dockerfile, cargo) = (text_of("Dockerfile"), text_of("Cargo.toml"));
    let rust = cargo.lines().find_map(|line| line.strip_prefix("rust-version = ")).unwrap().trim_matches('"');
    assert!(dockerfile.contains(&format!("\nFROM rust:{rust}-slim AS build\n")), "the compiler is {rust}");
    assert!(dockerfile.contains("cargo build --release --locked"));
    let image = dockerfile.rsplit("\nFROM ").next().unwrap();
    assert!(image.starts_with("scratch\n"), "no shell and no packages");
    let line = |start: &str| image.lines().find_map(|line| line.strip_prefix(start)).unwrap();
    let compose = compose();
    for name in OURS {
        let service = compose.service(name);
        assert_eq!(service.at(&["user"]), line("USER "));
        assert_eq!(service.at(&["build"]), ".");
        assert!(service.at(&["entrypoint"]).is_null());
        let check = line("HEALTHCHECK ").split_once(" CMD ").unwrap().1;
        assert_eq!(service.health_check(), serde_json::from_str::<Vec<String>>(check).unwrap());
    }
    assert_eq!(line("ENTRYPOINT "), "[\"chartgate\"]");
    let ignored = text_of(".dockerignore");
    for needed in
        ["Cargo.toml", "Cargo.lock", "renderer", "scanner", "server", "migrations", "templates", "static"]
    {
        assert!(
            ignored.lines().any(|line| line == format!("!{needed}")),
            "{needed} does not get into the build"
        );
    }
}
