//! Roles as rules see them: permissions with wildcards understood, and how far a binding carries them.

use super::field::Field;
use super::object::Object;
use super::scene::Scene;

/// How a role is bound by the chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bound {
    /// The chart binds it to nobody.
    Nowhere,
    /// A Role, or a ClusterRole bound in one namespace.
    Namespace,
    /// A ClusterRoleBinding.
    Cluster,
}

impl Bound {
    /// For the end of a sentence about a role.
    #[must_use]
    pub fn phrase(self) -> &'static str {
        match self {
            Bound::Nowhere => "; the chart itself binds it to nobody",
            Bound::Namespace => " in one namespace",
            Bound::Cluster => " in the whole cluster",
        }
    }
}

/// A Role or ClusterRole with its rules.
#[derive(Clone, Debug)]
pub struct Role<'a> {
    pub object: &'a Object<'a>,
    pub rules: Vec<Rule<'a>>,
    pub bound: Bound,
}

/// One rule of a role.
#[derive(Clone, Debug)]
pub struct Rule<'a> {
    pub field: Field<'a>,
    pub groups: Vec<String>,
    pub resources: Vec<String>,
    pub verbs: Vec<String>,
    pub non_resource_urls: Vec<String>,
    pub names: Vec<String>,
}

const RBAC_GROUP: &str = "rbac.authorization.k8s.io";

impl<'a> Role<'a> {
    /// The role in `object`, when it is one.
    #[must_use]
    pub fn of_object(object: &'a Object<'a>, scene: &Scene<'_>) -> Option<Role<'a>> {
        if !matches!(object.kind, "Role" | "ClusterRole") || !is_rbac(object) {
            return None;
        }
        let rules = object.root.get("rules").iter().flat_map(Field::items).map(Rule::read).collect();
        Some(Role { object, rules, bound: bound(object, scene) })
    }
}

fn is_rbac(object: &Object<'_>) -> bool {
    object.group() == RBAC_GROUP || object.group() == "authorization.openshift.io"
}

/// The widest binding to this role in the chart. A Role never reaches past its namespace.
fn bound(role: &Object<'_>, scene: &Scene<'_>) -> Bound {
    let mut widest = Bound::Nowhere;
    for binding in scene.objects.iter().filter(|object| is_rbac(object)) {
        let reach = match binding.kind {
            "ClusterRoleBinding" => Bound::Cluster,
            "RoleBinding" => Bound::Namespace,
            _ => continue,
        };
        let text = |key| binding.root.at(&["roleRef", key]).map(|field| field.text()).unwrap_or_default();
        let same_place = role.kind == "ClusterRole" || binding.namespace == role.namespace;
        if text("kind") == role.kind && text("name") == role.name && same_place {
            widest = widest.max(reach);
        }
    }
    if role.kind == "Role" { widest.min(Bound::Namespace) } else { widest }
}

impl<'a> Rule<'a> {
    fn read(field: Field<'a>) -> Self {
        let list = |key| field.get(key).iter().flat_map(Field::items).map(|item| item.text()).collect();
        Rule {
            groups: list("apiGroups"),
            resources: list("resources"),
            verbs: list("verbs"),
            non_resource_urls: list("nonResourceURLs"),
            names: list("resourceNames"),
            field,
        }
    }

    #[must_use]
    pub fn in_group(&self, group: &str) -> bool {
        self.groups.iter().any(|item| item == "*" || item == group)
    }

    /// Whether it covers `resource` (`pods`, `pods/exec`), wildcards included.
    #[must_use]
    pub fn covers(&self, resource: &str) -> bool {
        self.resources.iter().any(|item| {
            item == "*"
                || item == resource
                || item
                    .strip_suffix("/*")
                    .is_some_and(|parent| resource.split_once('/').is_some_and(|(of, _)| of == parent))
                || item
                    .strip_prefix("*/")
                    .is_some_and(|sub| resource.split_once('/').is_some_and(|(_, of)| of == sub))
        })
    }

    #[must_use]
    pub fn allows(&self, verbs: &[&str]) -> bool {
        self.verbs.iter().any(|item| item == "*" || verbs.contains(&item.as_str()))
    }

    #[must_use]
    pub fn has(list: &[String], item: &str) -> bool {
        list.iter().any(|at| at == item)
    }
}
