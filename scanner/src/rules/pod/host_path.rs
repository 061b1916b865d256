//! pod/host-path: a volume is a folder of the node.

use crate::finding::{Draft, Findings};
use crate::model::{Field, Object};
use crate::report::Severity;
use crate::rule::{Check, Confidence, Rule};

pub const RULE: Rule = Rule {
    id: "pod/host-path",
    severity: Severity::High,
    confidence: Confidence::High,
    title: "Volume is a folder of the node",
    explain: "A `hostPath` volume reaches into the node's file system: configuration of the kubelet, other pods' data, \
              the container runtime's socket. Paths from which the node can be taken over are critical. Use a \
              PersistentVolumeClaim, a ConfigMap or `emptyDir`. Waive it for node agents, mounted read-only, with the \
              narrowest path that does.",
    bad: &[
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {volumes: [{name: v, hostPath: {path: /opt/data}}]}}",
        "{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: a}, spec: {template: {spec: {volumes: [{name: v, hostPath: {path: /var/run/docker.sock}}]}}}}",
        "{apiVersion: v1, kind: PersistentVolume, metadata: {name: a}, spec: {hostPath: {path: /data}}}",
    ],
    good: &[
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {volumes: [{name: v, emptyDir: {}}]}}",
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {volumes: [{name: v, hostPath: null, emptyDir: {}}]}}",
    ],
    peers: &[
        "KSV-0023",
        "KSV-0121",
        "KSV-0006",
        "kube-linter:sensitive-host-mounts",
        "kube-linter:docker-sock",
        "CKV_K8S_27",
        "C-0048",
        "C-0203",
        "polaris:hostPathSet",
        "psa:hostPathVolumes",
    ],
    compliance: &[
        "CIS 5.2.12",
        "NIST AC-6",
        "NIST CM-6",
        "NIST SC-39",
        "CSF PR.PS-01",
        "CSF PR.AA-05",
        "ISO 8.9",
        "ISO 8.2",
        "NSA-Pod",
    ],
    check: Check::Object(check),
};

/// From these, or a folder above them, the node can be taken over.
const TAKEOVER: &[&str] = &[
    "/boot",
    "/dev",
    "/etc",
    "/home",
    "/lib",
    "/proc",
    "/root",
    "/sys",
    "/usr",
    "/var/lib/containerd",
    "/var/lib/docker",
    "/var/lib/etcd",
    "/var/lib/kubelet",
];

/// Endings of container runtime sockets.
const SOCKETS: &[&str] =
    &["docker.sock", "containerd.sock", "crio.sock", "cri-dockerd.sock", "podman.sock", "buildkitd.sock"];

/// Folders that hold such a socket.
const SOCKET_FOLDERS: &[&str] =
    &["/run", "/var/run", "/run/containerd", "/var/run/containerd", "/run/crio", "/var/run/crio"];

fn check(object: &Object<'_>, out: &mut Findings<'_>) {
    for pod in object.pods() {
        for volume in pod.spec.get("volumes").iter().flat_map(Field::items) {
            let Some(host) = volume.get("hostPath") else { continue };
            report(object, &host, out);
        }
    }
    if object.kind == "PersistentVolume" {
        let spec = object.spec();
        let host = spec.as_ref().and_then(|spec| spec.get("hostPath").or_else(|| spec.get("local")));
        if let Some(host) = host {
            report(object, &host, out);
        }
    }
}

fn report(object: &Object<'_>, host: &Field<'_>, out: &mut Findings<'_>) {
    let path = host.get("path").unwrap_or_else(|| host.clone());
    let text = path.text();
    let (severity, what) = judge(&text);
    let message = format!("{} mounts {text} of the node{what}", object.label());
    out.push(Draft::at(object, &path).severity(severity).message(message));
}

fn judge(path: &str) -> (Severity, &'static str) {
    let clean = clean(path);
    let holds =
        |inner: &str| clean == inner || inner.starts_with(&format!("{}/", clean.trim_end_matches('/')));
    if SOCKETS.iter().any(|socket| clean.ends_with(socket)) || SOCKET_FOLDERS.contains(&clean.as_str()) {
        return (Severity::Critical, ": the container runtime can be commanded from there");
    }
    if TAKEOVER.iter().any(|folder| holds(folder)) {
        return (Severity::Critical, ": the node can be taken over from there");
    }
    (Severity::High, "")
}

/// Without `.`, `..` and doubled or trailing slashes, so that a different spelling is the same path.
fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_does_not_hide_a_path() {
        for (path, severity) in [
            ("/", Severity::Critical),
            ("/etc/", Severity::Critical),
            ("/opt/../etc", Severity::Critical),
            ("/var", Severity::Critical),
            ("/var/run", Severity::Critical),
            ("/run/containerd/containerd.sock", Severity::Critical),
            ("/etc/localtime", Severity::High),
            ("/opt/data", Severity::High),
        ] {
            assert_eq!(judge(path).0, severity, "{path}");
        }
    }
}
