//! Ways into the chart's pods from outside the cluster: which object opens them, how wide, to which pods and ports.

use super::field::Field;
use super::object::Object;
use super::pod::{PodSpec, walk};
use super::reach::{Reach, load_balancer_reach};
use super::scene::Scene;

/// What kind of door it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    LoadBalancer,
    NodePort,
    ExternalIps,
    /// Ingress and its relatives: HTTPRoute, OpenShift Route, Traefik IngressRoute, Istio VirtualService, Contour HTTPProxy.
    Route,
    HostPort,
    HostNetwork,
    /// A custom resource whose operator makes an exposed Service.
    CustomResource,
}

/// Pods behind a door and the container ports it leads to; no ports means all of them.
#[derive(Clone, Debug)]
pub struct Target<'a> {
    pub pod: &'a PodSpec<'a>,
    pub ports: Vec<i64>,
}

/// One door.
#[derive(Clone, Debug)]
pub struct Exposure<'a> {
    pub object: &'a Object<'a>,
    /// The field that opens it.
    pub field: Field<'a>,
    pub way: Way,
    pub reach: Reach,
    pub targets: Vec<Target<'a>>,
}

/// Every door of the scene to one of `pods`.
#[must_use]
pub fn exposures<'s>(scene: &'s Scene<'_>, pods: &'s [PodSpec<'s>]) -> Vec<Exposure<'s>> {
    let mut found = Vec::new();
    for object in &scene.objects {
        match object.kind {
            "Service" => service(object, pods, &mut found),
            "RayCluster" | "RayJob" | "RayService" => custom(object, pods, &mut found),
            _ => route(object, scene, pods, &mut found),
        }
    }
    for pod in pods {
        host(pod, &mut found);
    }
    found
}

fn service<'s>(object: &'s Object<'s>, pods: &'s [PodSpec<'s>], found: &mut Vec<Exposure<'s>>) {
    let Some(spec) = object.spec() else { return };
    let kind = spec.get("type");
    let way = match kind.as_ref().and_then(Field::str) {
        Some("LoadBalancer") => Some(Way::LoadBalancer),
        Some("NodePort") => Some(Way::NodePort),
        _ => None,
    };
    let external = spec.get("externalIPs").filter(|ips| !ips.node.items().is_empty());
    let (way, field) = match (way, kind, external) {
        (Some(way), Some(kind), _) => (way, kind),
        (_, _, Some(ips)) => (Way::ExternalIps, ips),
        _ => return,
    };
    let targets = targets_of_service(object, pods, None);
    let reach = if way == Way::LoadBalancer { load_balancer_reach(object) } else { Reach::Anywhere };
    found.push(Exposure { object, field, way, reach, targets });
}

/// Pods that a Service selects; `port` narrows to one of its ports, by number or name.
fn targets_of_service<'s>(
    service: &'s Object<'s>,
    pods: &'s [PodSpec<'s>],
    port: Option<&str>,
) -> Vec<Target<'s>> {
    let Some(selector) = service.root.at(&["spec", "selector"]) else { return Vec::new() };
    let ports: Vec<Field<'s>> = service
        .root
        .at(&["spec", "ports"])
        .iter()
        .flat_map(Field::items)
        .filter(|item| {
            let is = |key: &str| item.get(key).is_some_and(|field| Some(field.text().as_str()) == port);
            port.is_none() || is("port") || is("name")
        })
        .collect();
    pods.iter()
        .filter(|pod| pod.object.namespace == service.namespace && pod.has_labels(&selector))
        .map(|pod| Target { pod, ports: ports.iter().filter_map(|port| target_port(port, pod)).collect() })
        .collect()
}

/// The container port that a Service port leads to.
fn target_port(port: &Field<'_>, pod: &PodSpec<'_>) -> Option<i64> {
    let target = port.get("targetPort").or_else(|| port.get("port"))?;
    if let Some(number) = target.integer() {
        return Some(number);
    }
    let name = target.text();
    let containers = pod.containers();
    let named = containers
        .iter()
        .flat_map(|container| container.field.get("ports").iter().flat_map(Field::items).collect::<Vec<_>>());
    named
        .filter(|item| item.get("name").is_some_and(|field| field.text() == name))
        .find_map(|item| item.get("containerPort")?.integer())
        .or_else(|| name.parse().ok())
}

/// Paths of (service name, port) in each routing kind; names without port lead to every port.
const BACKENDS: &[(&str, &str, &str, &str)] = &[
    ("GRPCRoute", "spec.rules[].backendRefs[]", "name", "port"),
    ("HTTPProxy", "spec.routes[].services[]", "name", "port"),
    ("HTTPRoute", "spec.rules[].backendRefs[]", "name", "port"),
    ("IngressRoute", "spec.routes[].services[]", "name", "port"),
    ("IngressRouteTCP", "spec.routes[].services[]", "name", "port"),
    ("Route", "spec.to", "name", ""),
    ("Route", "spec.alternateBackends[]", "name", ""),
    ("TCPRoute", "spec.rules[].backendRefs[]", "name", "port"),
    ("TLSRoute", "spec.rules[].backendRefs[]", "name", "port"),
    ("VirtualService", "spec.http[].route[].destination", "host", "port.number"),
    ("VirtualService", "spec.tcp[].route[].destination", "host", "port.number"),
];

/// (field that names the Service, service name, port by number or name).
type Backend<'a> = (Field<'a>, String, Option<String>);

fn backends<'s>(object: &'s Object<'s>) -> Vec<Backend<'s>> {
    if object.kind == "Ingress" {
        return ingress_backends(object);
    }
    let mut found = Vec::new();
    for (_, path, name, port) in BACKENDS.iter().filter(|(kind, ..)| *kind == object.kind) {
        for backend in walk(&object.root, path) {
            let Some(field) = backend.get(name) else { continue };
            // Istio writes hosts as `service.namespace.svc...`.
            let service = field.text().split('.').next().unwrap_or_default().to_owned();
            let port = backend.at(&port.split('.').collect::<Vec<_>>()).map(|port| port.text());
            found.push((field, service, port));
        }
    }
    found
}

fn ingress_backends<'s>(object: &'s Object<'s>) -> Vec<Backend<'s>> {
    let Some(spec) = object.spec() else { return Vec::new() };
    let mut all: Vec<Field<'s>> = walk(&spec, "rules[].http.paths[].backend");
    all.extend(spec.get("defaultBackend"));
    all.extend(spec.get("backend"));
    all.iter()
        .filter_map(|backend| {
            // networking.k8s.io/v1 first, the older shape second.
            let (name, port) = match backend.get("service") {
                Some(service) => {
                    let port = service.at(&["port", "number"]).or_else(|| service.at(&["port", "name"]));
                    (service.get("name")?, port)
                }
                None => (backend.get("serviceName")?, backend.get("servicePort")),
            };
            let service = name.text();
            Some((name, service, port.map(|port| port.text())))
        })
        .collect()
}

fn route<'s>(
    object: &'s Object<'s>,
    scene: &'s Scene<'_>,
    pods: &'s [PodSpec<'s>],
    found: &mut Vec<Exposure<'s>>,
) {
    let mut seen: Vec<String> = Vec::new();
    for (field, name, port) in backends(object) {
        // The same Service behind several paths or hosts is one door.
        let key = format!("{name}:{}", port.as_deref().unwrap_or_default());
        if seen.contains(&key) {
            continue;
        }
        seen.push(key);
        let Some(service) = scene.find("Service", &object.namespace, &name) else { continue };
        let targets = targets_of_service(service, pods, port.as_deref());
        if !targets.is_empty() {
            found.push(Exposure { object, field, way: Way::Route, reach: route_reach(object), targets });
        }
    }
}

fn route_reach(object: &Object<'_>) -> Reach {
    let scheme = object.annotation("alb.ingress.kubernetes.io/scheme").map(|field| field.text());
    let gce = object.annotation("kubernetes.io/ingress.class").map(|field| field.text());
    if scheme.as_deref() == Some("internal") || gce.as_deref() == Some("gce-internal") {
        Reach::Internal
    } else {
        Reach::Anywhere
    }
}

fn host<'s>(pod: &'s PodSpec<'s>, found: &mut Vec<Exposure<'s>>) {
    if let Some(field) = pod.spec.get("hostNetwork").filter(Field::is_true) {
        let targets = vec![Target { pod, ports: Vec::new() }];
        found.push(Exposure {
            object: pod.object,
            field,
            way: Way::HostNetwork,
            reach: Reach::Anywhere,
            targets,
        });
        return;
    }
    for list in ["containers", "initContainers"] {
        for container in pod.spec.get(list).iter().flat_map(Field::items) {
            for port in container.get("ports").iter().flat_map(Field::items) {
                let Some(field) = port.get("hostPort").filter(|field| field.integer() != Some(0)) else {
                    continue;
                };
                let ports = port.get("containerPort").and_then(|field| field.integer()).into_iter().collect();
                let targets = vec![Target { pod, ports }];
                found.push(Exposure {
                    object: pod.object,
                    field,
                    way: Way::HostPort,
                    reach: Reach::Anywhere,
                    targets,
                });
            }
        }
    }
}

/// Fields by which an operator is told to expose: the head of a Ray cluster.
fn custom<'s>(object: &'s Object<'s>, pods: &'s [PodSpec<'s>], found: &mut Vec<Exposure<'s>>) {
    let paths =
        ["spec.headGroupSpec", "spec.rayClusterSpec.headGroupSpec", "spec.rayClusterConfig.headGroupSpec"];
    for head in paths.iter().flat_map(|path| walk(&object.root, path)) {
        let Some(field) = head.get("serviceType") else { continue };
        if !matches!(field.str(), Some("LoadBalancer" | "NodePort")) {
            continue;
        }
        let template = format!("{}.template.spec", head.path);
        let behind = pods.iter().filter(|pod| {
            pod.spec.path == template && pod.object.name == object.name && pod.object.kind == object.kind
        });
        let targets = behind.map(|pod| Target { pod, ports: Vec::new() }).collect();
        found.push(Exposure { object, field, way: Way::CustomResource, reach: Reach::Anywhere, targets });
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::model::documents_of_text;

    const POD: &str = "---\nkind: Deployment\napiVersion: apps/v1\nmetadata: {name: w}\nspec: {template: {metadata: {labels: {app: w}}, spec: {containers: [{name: c, image: i, ports: [{name: web, containerPort: 8080}]}]}}}\n";

    fn seen(yaml: &str) -> Vec<(Way, Reach, String, Vec<i64>)> {
        let documents = documents_of_text(&format!("{yaml}{POD}")).unwrap();
        let scene = Scene::new(&documents, "default");
        let pods = scene.pods();
        exposures(&scene, &pods)
            .into_iter()
            .map(|door| {
                let ports = door.targets.first().map(|target| target.ports.clone()).unwrap_or_default();
                (door.way, door.reach, door.field.path, ports)
            })
            .collect()
    }

    #[test]
    fn a_load_balancer_leads_to_named_ports() {
        let service = "kind: Service\napiVersion: v1\nmetadata: {name: s}\nspec: {type: LoadBalancer, selector: {app: w}, ports: [{port: 80, targetPort: web}]}\n";
        assert_eq!(seen(service), [(Way::LoadBalancer, Reach::Anywhere, "spec.type".to_owned(), vec![8080])]);
    }

    #[test]
    fn source_ranges_and_annotations_shorten_the_reach() {
        for (extra, reach) in [
            ("loadBalancerSourceRanges: [10.0.0.0/8]", Reach::Internal),
            ("loadBalancerSourceRanges: [203.0.113.0/24]", Reach::Restricted),
            ("loadBalancerSourceRanges: [10.0.0.0/8, 0.0.0.0/0]", Reach::Anywhere),
        ] {
            let service = format!(
                "kind: Service\napiVersion: v1\nmetadata: {{name: s}}\nspec: {{type: LoadBalancer, {extra}, selector: {{app: w}}}}\n"
            );
            assert_eq!(seen(&service)[0].1, reach, "{extra}");
        }
    }

    #[test]
    fn an_ingress_leads_through_its_service_in_both_shapes() {
        let service = "kind: Service\napiVersion: v1\nmetadata: {name: s}\nspec: {selector: {app: w}, ports: [{name: http, port: 80, targetPort: web}]}\n---\n";
        let new = format!(
            "{service}kind: Ingress\napiVersion: networking.k8s.io/v1\nmetadata: {{name: i}}\nspec: {{rules: [{{http: {{paths: [{{backend: {{service: {{name: s, port: {{name: http}}}}}}}}]}}}}]}}\n"
        );
        let old = format!(
            "{service}kind: Ingress\napiVersion: extensions/v1beta1\nmetadata: {{name: i}}\nspec: {{rules: [{{http: {{paths: [{{backend: {{serviceName: s, servicePort: 80}}}}]}}}}]}}\n"
        );
        let path = "spec.rules[0].http.paths[0].backend";
        assert_eq!(seen(&new), [(Way::Route, Reach::Anywhere, format!("{path}.service.name"), vec![8080])]);
        assert_eq!(seen(&old), [(Way::Route, Reach::Anywhere, format!("{path}.serviceName"), vec![8080])]);
    }

    #[test]
    fn a_service_without_matching_pods_opens_nothing_known() {
        let service = "kind: Service\napiVersion: v1\nmetadata: {name: s}\nspec: {type: NodePort, selector: {app: other}}\n";
        let documents = documents_of_text(service).unwrap();
        let scene = Scene::new(&documents, "default");
        let pods = scene.pods();
        assert!(exposures(&scene, &pods)[0].targets.is_empty());
    }
}
