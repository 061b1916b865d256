//! exposure/unauthenticated-surface: reachable from outside, a known administration surface, and no proof of a login.

use crate::finding::{Draft, Findings};
use crate::model::{
    Exposure, Login, Reach, Scene, Surface, Target, Way, door_login, exposures, pod_login, surface_of,
};
use crate::report::Severity;
use crate::rule::{Check, Confidence, Rule};

pub const RULE: Rule = Rule {
    id: "exposure/unauthenticated-surface",
    severity: Severity::Critical,
    confidence: Confidence::High,
    title: "Administration surface is open to strangers",
    explain: "Three facts come together: an object opens the pods to the outside, the pods are a product that \
              administers data, clusters or code, and nothing shows that it asks for a login. Whoever finds the \
              address owns what is behind it, from the minute the chart is installed with its default values. Close \
              the door (`ClusterIP`, Ingress off) or turn the login on; the values keys of the finding are the ones \
              that decide. An internal load balancer or named source ranges lower the severity. Waive it only with \
              evidence of a login that the chart cannot show.",
    bad: &[LOAD_BALANCER, INGRESS, HOST_PORT, EXTERNAL_IP, RAY],
    good: &[CLUSTER_IP, PASSWORD, DOOR, SIDECAR, UNKNOWN],
    peers: &["C-0021", "C-0274"],
    compliance: &[
        "NIST IA-2",
        "NIST AC-14",
        "NIST SC-7",
        "NIST AC-3",
        "CSF PR.AA-03",
        "CSF PR.IR-01",
        "ISO 8.5",
        "ISO 8.20",
        "NSA-Net",
    ],
    check: Check::Objects(check),
};

fn check(scene: &Scene<'_>, out: &mut Findings<'_>) {
    let pods = scene.pods();
    for door in exposures(scene, &pods) {
        for target in &door.targets {
            let Some(surface) = surface_of(target) else { continue };
            if door_login(scene, &door, target).is_some() {
                continue;
            }
            if let Login::Open { switches } = pod_login(scene, target.pod, surface) {
                out.push(draft(&door, target, surface, switches));
            }
        }
    }
}

fn draft(door: &Exposure<'_>, target: &Target<'_>, surface: &Surface, switches: Vec<String>) -> Draft {
    let severity = match door.reach {
        Reach::Anywhere => Severity::Critical,
        Reach::Restricted => Severity::High,
        Reach::Internal => Severity::Medium,
    };
    let how = match door.way {
        Way::LoadBalancer => "by a load balancer",
        Way::NodePort => "on a port of every node",
        Way::ExternalIps => "on external addresses",
        Way::Route => "by a route",
        Way::HostPort => "on a port of its node",
        Way::HostNetwork => "on its node's network",
        Way::CustomResource => "by a Service that the operator makes",
    };
    let message = format!(
        "{} opens {} of {} {how}, and nothing shows that it asks for a login: whoever reaches it can {}",
        door.object.label(),
        surface.name,
        target.pod.object.label(),
        surface.power
    );
    let draft = Draft::at(door.object, &door.field).severity(severity).existence_of(door.object);
    // A route's field only names a Service; what made the route exist is the more direct cause.
    let draft = if door.way == Way::Route { draft.existence_first(door.object) } else { draft };
    draft.values(switches).message(message)
}

const LOAD_BALANCER: &str = "
{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {type: LoadBalancer, selector: {app: w}, ports: [{port: 9000}]}}
---
{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: w}, spec: {template: {metadata: {labels: {app: w}}, spec: {containers: [{name: c, image: 'mirror.example/pinot:1', args: [StartController]}]}}}}
";
const INGRESS: &str = "
{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: i}, spec: {rules: [{http: {paths: [{backend: {service: {name: s, port: {number: 80}}}}]}}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {selector: {app: w}, ports: [{port: 80, targetPort: 4444}]}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: w}, spec: {template: {metadata: {labels: {app: w}}, spec: {containers: [{name: c, image: 'selenium/hub:4'}]}}}}
";
const HOST_PORT: &str = "
{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: w}, spec: {template: {metadata: {labels: {app: w}}, spec: {containers: [{name: c, image: 'redis:7', ports: [{containerPort: 6379, hostPort: 6379}]}]}}}}
";
const EXTERNAL_IP: &str = "
{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {externalIPs: [203.0.113.7], selector: {app: w}, ports: [{port: 8080}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: w, labels: {app: w}}, spec: {containers: [{name: c, image: 'provectuslabs/kafka-ui:v1'}]}}
";
const RAY: &str = "
{apiVersion: ray.io/v1, kind: RayCluster, metadata: {name: r}, spec: {headGroupSpec: {serviceType: LoadBalancer, template: {spec: {containers: [{name: c, image: 'rayproject/ray:2'}]}}}}}
";
const CLUSTER_IP: &str = "
{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {type: ClusterIP, selector: {app: w}, ports: [{port: 9000}]}}
---
{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: w}, spec: {template: {metadata: {labels: {app: w}}, spec: {containers: [{name: c, image: 'apachepinot/pinot:1', args: [StartController]}]}}}}
";
const PASSWORD: &str = "
{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {type: NodePort, selector: {app: w}, ports: [{port: 6379}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: w, labels: {app: w}}, spec: {containers: [{name: c, image: 'bitnami/redis:7', env: [{name: REDIS_PASSWORD, valueFrom: {secretKeyRef: {name: elsewhere, key: p}}}]}]}}
";
const DOOR: &str = "
{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: i, annotations: {nginx.ingress.kubernetes.io/auth-type: basic}}, spec: {rules: [{http: {paths: [{backend: {service: {name: s, port: {number: 80}}}}]}}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {selector: {app: w}, ports: [{port: 80, targetPort: 4444}]}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: w}, spec: {template: {metadata: {labels: {app: w}}, spec: {containers: [{name: c, image: 'selenium/hub:4'}]}}}}
";
const SIDECAR: &str = "
{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {type: LoadBalancer, selector: {app: w}, ports: [{port: 80, targetPort: 4180}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: w, labels: {app: w}}, spec: {containers: [{name: c, image: 'layer5/meshery:1', ports: [{containerPort: 8080}]}, {name: p, image: 'quay.io/oauth2-proxy/oauth2-proxy:v7', ports: [{containerPort: 4180}]}]}}
";
const UNKNOWN: &str = "
{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {type: LoadBalancer, selector: {app: w}, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: w, labels: {app: w}}, spec: {containers: [{name: c, image: 'nginx:1'}]}}
";
