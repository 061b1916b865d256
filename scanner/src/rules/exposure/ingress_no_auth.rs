//! exposure/ingress-no-auth: a route to a known administration surface without a login at the door.

use crate::finding::{Draft, Findings};
use crate::model::{Reach, Scene, Way, door_login, exposures, surface_of};
use crate::report::Severity;
use crate::rule::{Check, Confidence, Rule};

pub const RULE: Rule = Rule {
    id: "exposure/ingress-no-auth",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    title: "Route to an administration surface has no login at the door",
    explain: "The Ingress or route leads to a product that administers something, and neither an annotation nor a \
              middleware, a proxy in the pod or a mesh policy asks for a login before requests reach it. What the \
              product itself asks is one mistake away from nothing. Add a login at the door (`auth-url`, `auth-type`, \
              a forward-auth middleware, oauth2-proxy) or an allow-list of sources. Waive it where another layer \
              before the controller does so.",
    bad: &[BAD],
    good: &[GOOD, OTHER],
    peers: &[],
    compliance: &["NIST IA-2", "NIST AC-3", "NIST SC-7", "CSF PR.AA-03", "ISO 8.5", "NSA-Net"],
    check: Check::Objects(check),
};

const BAD: &str = "
{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: i}, spec: {rules: [{http: {paths: [{backend: {service: {name: s, port: {number: 80}}}}]}}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {selector: {app: w}, ports: [{port: 80, targetPort: 4444}]}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: w}, spec: {template: {metadata: {labels: {app: w}}, spec: {containers: [{name: c, image: 'selenium/hub:4'}]}}}}
";
const GOOD: &str = "
{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: i, annotations: {nginx.ingress.kubernetes.io/auth-url: 'https://login'}}, spec: {rules: [{http: {paths: [{backend: {service: {name: s, port: {number: 80}}}}]}}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {selector: {app: w}, ports: [{port: 80, targetPort: 4444}]}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: w}, spec: {template: {metadata: {labels: {app: w}}, spec: {containers: [{name: c, image: 'selenium/hub:4'}]}}}}
";
const OTHER: &str = "
{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: i}, spec: {rules: [{http: {paths: [{backend: {service: {name: s, port: {number: 80}}}}]}}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {selector: {app: w}, ports: [{port: 80}]}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: w}, spec: {template: {metadata: {labels: {app: w}}, spec: {containers: [{name: c, image: 'nginx:1'}]}}}}
";

fn check(scene: &Scene<'_>, out: &mut Findings<'_>) {
    let pods = scene.pods();
    for door in exposures(scene, &pods) {
        if door.way != Way::Route || door.reach == Reach::Internal {
            continue;
        }
        for target in &door.targets {
            let Some(surface) = surface_of(target) else { continue };
            if door_login(scene, &door, target).is_some() {
                continue;
            }
            let message = format!(
                "{} leads to {} ({}) and nothing before it asks for a login",
                door.object.label(),
                surface.name,
                target.pod.object.label()
            );
            out.push(Draft::at(door.object, &door.field).existence_of(door.object).message(message));
        }
    }
}
