//! Pods and containers, wherever a kind keeps them, and the security context that counts for each container.

use std::collections::BTreeMap;

use super::field::Field;
use super::object::Object;

/// A pod specification with the labels that its pods will carry.
#[derive(Clone, Debug)]
pub struct PodSpec<'a> {
    pub object: &'a Object<'a>,
    pub spec: Field<'a>,
    pub labels: BTreeMap<&'a str, String>,
    pub annotations: Option<Field<'a>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContainerKind {
    Main,
    Init,
    Ephemeral,
}

/// One container with its pod.
#[derive(Clone, Debug)]
pub struct Container<'a> {
    pub pod: &'a PodSpec<'a>,
    pub field: Field<'a>,
    pub kind: ContainerKind,
}

/// Where each kind keeps its pod templates; `[]` steps into every item. The path ends at the object that has `metadata` and `spec`.
const TEMPLATES: &[(&str, &str)] = &[
    ("CronJob", "spec.jobTemplate.spec.template"),
    ("DaemonSet", "spec.template"),
    ("Deployment", "spec.template"),
    ("DeploymentConfig", "spec.template"),
    ("Elasticsearch", "spec.nodeSets[].podTemplate"),
    ("Job", "spec.template"),
    ("Kibana", "spec.podTemplate"),
    ("Pod", ""),
    ("PodTemplate", "template"),
    ("RayCluster", "spec.headGroupSpec.template"),
    ("RayCluster", "spec.workerGroupSpecs[].template"),
    ("RayJob", "spec.rayClusterSpec.headGroupSpec.template"),
    ("RayJob", "spec.rayClusterSpec.workerGroupSpecs[].template"),
    ("RayService", "spec.rayClusterConfig.headGroupSpec.template"),
    ("RayService", "spec.rayClusterConfig.workerGroupSpecs[].template"),
    ("ReplicaSet", "spec.template"),
    ("ReplicationController", "spec.template"),
    ("Rollout", "spec.template"),
    ("ScaledJob", "spec.jobTargetRef.template"),
    ("Service", "spec.template"),
    ("StatefulSet", "spec.template"),
];

/// Custom kinds whose `spec` itself holds `containers` (operators merge them into their own pods), or whose items do.
const SPEC_IS_POD: &[(&str, &str)] = &[
    ("Alertmanager", "spec"),
    ("Prometheus", "spec"),
    ("ThanosRuler", "spec"),
    ("WorkflowTemplate", "spec.templates[]"),
    ("Workflow", "spec.templates[]"),
    ("CronWorkflow", "spec.workflowSpec.templates[]"),
];

impl<'a> PodSpec<'a> {
    /// All pod specifications of an object.
    #[must_use]
    pub fn of_object(object: &'a Object<'a>) -> Vec<PodSpec<'a>> {
        let mut found = Vec::new();
        // Knative's Service has a pod template, the core one must not be read as if it had.
        if object.kind == "Service" && object.group() != "serving.knative.dev" {
            return found;
        }
        for (_, path) in TEMPLATES.iter().filter(|(kind, _)| *kind == object.kind) {
            for template in walk(&object.root, path) {
                if let Some(spec) = template.get("spec") {
                    found.push(PodSpec::new(object, &template, spec));
                }
            }
        }
        for (_, path) in SPEC_IS_POD.iter().filter(|(kind, _)| *kind == object.kind) {
            for spec in walk(&object.root, path) {
                if spec.get("containers").is_some() || spec.get("container").is_some() {
                    found.push(PodSpec::new(object, &spec, spec.clone()));
                }
            }
        }
        found
    }

    fn new(object: &'a Object<'a>, template: &Field<'a>, spec: Field<'a>) -> Self {
        let labels = template
            .at(&["metadata", "labels"])
            .map(|labels| labels.entries().map(|(key, field)| (key, field.text())).collect())
            .unwrap_or_default();
        PodSpec { object, spec, labels, annotations: template.at(&["metadata", "annotations"]) }
    }

    /// Every container: main ones, init ones, ephemeral ones.
    #[must_use]
    pub fn containers(&'a self) -> Vec<Container<'a>> {
        let lists = [
            ("containers", ContainerKind::Main),
            ("initContainers", ContainerKind::Init),
            ("ephemeralContainers", ContainerKind::Ephemeral),
        ];
        let mut found = Vec::new();
        for (key, kind) in lists {
            let Some(list) = self.spec.get(key) else { continue };
            found.extend(list.items().map(|field| Container { pod: self, field, kind }));
        }
        if let Some(field) = self.spec.get("container") {
            found.push(Container { pod: self, field, kind: ContainerKind::Main });
        }
        found
    }

    /// Containers that stay: main ones and init containers that restart always (native sidecars).
    #[must_use]
    pub fn running_containers(&'a self) -> Vec<Container<'a>> {
        self.containers()
            .into_iter()
            .filter(|container| {
                container.kind == ContainerKind::Main
                    || container
                        .field
                        .get("restartPolicy")
                        .is_some_and(|policy| policy.str() == Some("Always"))
            })
            .collect()
    }

    /// Whether a selector's labels are all on the pods. An empty selector selects nothing here.
    #[must_use]
    pub fn has_labels(&self, selector: &Field<'_>) -> bool {
        let mut any = false;
        for (key, wanted) in selector.entries() {
            any = true;
            if self.labels.get(key) != Some(&wanted.text()) {
                return false;
            }
        }
        any
    }

    /// Whether a label selector (`matchLabels`, `matchExpressions`) selects the pods. An empty one selects all, as in the API.
    #[must_use]
    pub fn is_selected_by(&self, selector: &Field<'_>) -> bool {
        let labels = selector.get("matchLabels");
        if labels.is_some_and(|labels| !labels.is_empty() && !self.has_labels(&labels)) {
            return false;
        }
        let expressions = selector.get("matchExpressions");
        expressions.iter().flat_map(Field::items).all(|expression| {
            let text = |key| expression.get(key).map(|field| field.text()).unwrap_or_default();
            let key = text("key");
            let value = self.labels.iter().find(|(label, _)| **label == key).map(|(_, value)| value);
            let among = || {
                expression.get("values").iter().flat_map(Field::items).any(|item| Some(&item.text()) == value)
            };
            match text("operator").as_str() {
                "In" => among(),
                "NotIn" => !among(),
                "Exists" => value.is_some(),
                "DoesNotExist" => value.is_none(),
                _ => false,
            }
        })
    }

    #[must_use]
    pub fn is_windows(&self) -> bool {
        self.spec.at(&["os", "name"]).is_some_and(|name| name.str() == Some("windows"))
    }
}

impl<'a> Container<'a> {
    #[must_use]
    pub fn name(&self) -> String {
        self.field.get("name").map(|name| name.text()).unwrap_or_default()
    }

    #[must_use]
    pub fn image(&self) -> Option<Field<'a>> {
        self.field.get("image")
    }

    /// A field of the container's own security context.
    #[must_use]
    pub fn own_context(&self, key: &str) -> Option<Field<'a>> {
        self.field.at(&["securityContext", key])
    }

    /// The container's field where it has one, the pod's otherwise: for the keys that both levels know.
    #[must_use]
    pub fn effective_context(&self, key: &str) -> Option<Field<'a>> {
        self.own_context(key).or_else(|| self.pod.spec.at(&["securityContext", key]))
    }

    /// Where a missing security context key would stand.
    #[must_use]
    pub fn context_anchor(&self) -> Field<'a> {
        self.field.nearest(&["securityContext"])
    }

    /// Command and arguments in order.
    #[must_use]
    pub fn words(&self) -> Vec<Field<'a>> {
        ["command", "args"]
            .into_iter()
            .filter_map(|key| self.field.get(key))
            .flat_map(|list| {
                // Some charts write one string where a list belongs; Kubernetes would refuse it, rules still read it.
                if list.str().is_some() { vec![list] } else { list.items().collect() }
            })
            .collect()
    }

    /// `Deployment/web, container app`.
    #[must_use]
    pub fn label(&self) -> String {
        format!("container {} of {}", self.name(), self.pod.object.label())
    }
}

/// Fields along a dotted path; `[]` steps into every item.
pub(super) fn walk<'a>(root: &Field<'a>, path: &str) -> Vec<Field<'a>> {
    let mut here = vec![root.clone()];
    for step in path.split('.').filter(|step| !step.is_empty()) {
        let (key, every) = step.strip_suffix("[]").map_or((step, false), |key| (key, true));
        let next = here.iter().filter_map(|field| field.get(key));
        here = if every { next.flat_map(|field| field.items()).collect() } else { next.collect() };
    }
    here
}
