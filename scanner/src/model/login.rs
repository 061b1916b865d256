//! Whether a door or the pod behind it asks for a login: the proofs that turn an exposed surface into an acceptable one.

use super::config::{config_of, settings_of};
use super::exposure::{Exposure, Target};
use super::field::Field;
use super::image::ImageName;
use super::object::Object;
use super::pod::PodSpec;
use super::scene::Scene;
use super::surface::{Auth, Sign, Surface, has_word};
use super::values::leaf_at;

/// What the pod says about logins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    /// It asks; the text says what shows it.
    Asked(String),
    /// It does not. `switches` are the values keys that would change that.
    Open { switches: Vec<String> },
}

/// Whether the surface in this pod asks strangers for a login.
#[must_use]
pub fn pod_login(scene: &Scene<'_>, pod: &PodSpec<'_>, surface: &Surface) -> Login {
    let facts = Facts::gather(scene, pod);
    let (signs, wants) = match surface.auth {
        Auth::Absent => return Login::Open { switches: Vec::new() },
        Auth::Off(signs) => (signs, true),
        Auth::On(signs) => (signs, false),
    };
    let seen: Vec<&Sign> = signs.iter().filter(|sign| facts.shows(sign)).collect();
    if wants {
        return match seen.first() {
            Some(sign) => Login::Asked(describe(sign)),
            None => Login::Open { switches: signs.iter().filter_map(|sign| facts.switch(sign)).collect() },
        };
    }
    if seen.is_empty() {
        return Login::Asked(format!("{} asks for a login unless told otherwise", surface.name));
    }
    Login::Open { switches: seen.into_iter().filter_map(|sign| facts.switch(sign)).collect() }
}

fn describe(sign: &Sign) -> String {
    match sign {
        Sign::Value(key) | Sign::ValueIs(key, _) => format!("the values key {key} is set"),
        Sign::Env(name) | Sign::EnvIs(name, _) => format!("the environment variable {name} is set"),
        Sign::Word(word) => format!("the command line has {word}"),
        Sign::Config(text) => format!("the configuration has {text}"),
    }
}

/// What one pod shows, gathered once for all signs.
struct Facts<'s> {
    values: Option<&'s serde_json::Value>,
    prefix: Vec<&'s str>,
    settings: Vec<(String, Option<String>)>,
    line: String,
    texts: Vec<String>,
}

impl<'s> Facts<'s> {
    fn gather(scene: &'s Scene<'_>, pod: &'s PodSpec<'_>) -> Self {
        let containers = pod.containers();
        let settings = containers
            .iter()
            .flat_map(|container| {
                let settings = settings_of(scene, container);
                settings.into_iter().map(|setting| (setting.name, setting.value)).collect::<Vec<_>>()
            })
            .collect();
        let words = containers.iter().flat_map(|container| container.words()).map(|word| word.text());
        Facts {
            values: scene.values,
            prefix: pod.object.subchart_path(),
            settings,
            line: words.collect::<Vec<_>>().join(" "),
            texts: config_of(scene, pod).into_iter().map(|entry| entry.text).collect(),
        }
    }

    fn shows(&self, sign: &Sign) -> bool {
        match sign {
            Sign::Value(key) => self.value(key).is_some_and(|(_, value)| is_set(value)),
            Sign::ValueIs(key, wanted) => self
                .value(key)
                .is_some_and(|(_, value)| value.as_str().is_some_and(|text| wanted.contains(&text))),
            Sign::Env(name) => self.setting(name).any(|value| value.is_none_or(|text| !text.is_empty())),
            Sign::EnvIs(name, wanted) => self
                .setting(name)
                .any(|value| value.is_some_and(|text| wanted.contains(&text.to_ascii_lowercase().as_str()))),
            Sign::Word(word) => has_word(&self.line, word),
            Sign::Config(piece) => self.texts.iter().any(|text| has_line(text, piece)),
        }
    }

    fn value(&self, key: &str) -> Option<(String, &'s serde_json::Value)> {
        leaf_at(self.values?, &self.prefix, key)
    }

    fn setting<'f>(&'f self, name: &'f str) -> impl Iterator<Item = Option<&'f str>> {
        self.settings.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_deref())
    }

    /// The values key behind a sign, where it is one that the chart offers.
    fn switch(&self, sign: &Sign) -> Option<String> {
        match sign {
            Sign::Value(key) | Sign::ValueIs(key, _) => self.value(key).map(|(path, _)| path),
            _ => None,
        }
    }
}

fn is_set(value: &serde_json::Value) -> bool {
    use serde_json::Value;
    match value {
        Value::Null => false,
        Value::Bool(on) => *on,
        Value::String(text) => !text.is_empty() && text != "false",
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => !map.is_empty(),
    }
}

/// Whether a line that is not a comment contains `piece`.
#[must_use]
pub fn has_line(text: &str, piece: &str) -> bool {
    text.lines().any(|line| !line.trim_start().starts_with(['#', ';']) && line.contains(piece))
}

/// A login at the door: on the routing object, by a proxy in the pod, or by the mesh. The text says what shows it.
#[must_use]
pub fn door_login(scene: &Scene<'_>, door: &Exposure<'_>, target: &Target<'_>) -> Option<String> {
    route_login(scene, door.object).or_else(|| proxy_login(target)).or_else(|| mesh_login(scene, target.pod))
}

/// Annotations of ingress controllers that ask for a login or admit named sources only, by exact key.
const LOGIN_ANNOTATIONS: &[&str] = &[
    "alb.ingress.kubernetes.io/auth-idp-cognito",
    "alb.ingress.kubernetes.io/auth-idp-oidc",
    "alb.ingress.kubernetes.io/auth-type",
    "alb.ingress.kubernetes.io/inbound-cidrs",
    "haproxy-ingress.github.io/allowlist-source-range",
    "haproxy-ingress.github.io/auth-secret",
    "haproxy-ingress.github.io/auth-tls-secret",
    "haproxy-ingress.github.io/auth-url",
    "haproxy-ingress.github.io/oauth",
    "haproxy-ingress.github.io/whitelist-source-range",
    "haproxy.org/allow-list",
    "haproxy.org/auth-type",
    "haproxy.org/whitelist",
    "ingress.kubernetes.io/auth-secret",
    "ingress.kubernetes.io/auth-tls-secret",
    "ingress.kubernetes.io/auth-type",
    "ingress.kubernetes.io/auth-url",
    "ingress.kubernetes.io/whitelist-source-range",
    "nginx.ingress.kubernetes.io/allowlist-source-range",
    "nginx.ingress.kubernetes.io/auth-secret",
    "nginx.ingress.kubernetes.io/auth-signin",
    "nginx.ingress.kubernetes.io/auth-tls-secret",
    "nginx.ingress.kubernetes.io/auth-type",
    "nginx.ingress.kubernetes.io/auth-url",
    "nginx.ingress.kubernetes.io/whitelist-source-range",
    "nginx.org/basic-auth-secret",
    "nginx.org/jwt-key",
    "traefik.ingress.kubernetes.io/auth-type",
];

/// Annotations and names that refer to a plugin or middleware: the referred object or, where the chart has none, its name decides.
const MIDDLEWARE_ANNOTATIONS: &[&str] =
    &["konghq.com/plugins", "plugins.konghq.com", "traefik.ingress.kubernetes.io/router.middlewares"];

fn route_login(scene: &Scene<'_>, object: &Object<'_>) -> Option<String> {
    for (key, field) in object.annotations() {
        let value = field.text();
        let means = !value.is_empty() && value != "none" && !admits_all(&value);
        if means && LOGIN_ANNOTATIONS.binary_search(&key).is_ok() {
            return Some(format!("the annotation {key} is set"));
        }
        if MIDDLEWARE_ANNOTATIONS.contains(&key)
            && value.split(',').any(|name| is_login_middleware(scene, name))
        {
            return Some(format!("the annotation {key} names a login"));
        }
    }
    let routes = object.root.at(&["spec", "routes"]);
    let listed = routes
        .iter()
        .flat_map(Field::items)
        .flat_map(|route| route.get("middlewares").iter().flat_map(Field::items).collect::<Vec<_>>());
    let named = listed.filter_map(|middleware| middleware.get("name")).map(|name| name.text());
    named
        .into_iter()
        .find(|name| is_login_middleware(scene, name))
        .map(|name| format!("the middleware {name} asks"))
}

fn admits_all(value: &str) -> bool {
    value.split(',').any(super::reach::is_any_range)
}

/// `namespace-name@kubernetescrd` and plain names.
fn is_login_middleware(scene: &Scene<'_>, reference: &str) -> bool {
    const ASKING: &[&str] = &["basicAuth", "digestAuth", "forwardAuth", "ipAllowList", "ipWhiteList"];
    let name = reference.trim().split('@').next().unwrap_or_default();
    let known = scene
        .of_kind("Middleware")
        .find(|middleware| name == middleware.name || name.ends_with(&format!("-{}", middleware.name)));
    match known {
        Some(middleware) => ASKING.iter().any(|key| middleware.root.at(&["spec", key]).is_some()),
        None => ["auth", "oidc", "sso", "allowlist", "whitelist", "forward-auth", "login"]
            .iter()
            .any(|part| name.contains(part)),
    }
}

/// Containers that stand before the application and ask for a login.
const PROXIES: &[&str] = &[
    "authelia",
    "gatekeeper-proxy",
    "gogatekeeper",
    "keycloak-gatekeeper",
    "keycloak-proxy",
    "kube-oidc-proxy",
    "kube-rbac-proxy",
    "louketo-proxy",
    "oauth-proxy",
    "oauth2-proxy",
    "oauth2_proxy",
    "origin-oauth-proxy",
    "pomerium",
    "vouch-proxy",
];

/// A proxy counts when the door leads to its port, or when nobody in the pod declares the port.
fn proxy_login(target: &Target<'_>) -> Option<String> {
    let containers = target.pod.running_containers();
    let declared = |container: &super::pod::Container<'_>| {
        let ports = container.field.get("ports");
        let ports: Vec<i64> = ports
            .iter()
            .flat_map(Field::items)
            .filter_map(|port| port.get("containerPort")?.integer())
            .collect();
        target.ports.iter().any(|port| ports.contains(port))
    };
    let is_proxy = |container: &super::pod::Container<'_>| {
        let image = container.image().map(|image| image.text()).unwrap_or_default();
        PROXIES.contains(&ImageName::parse(&image).base())
    };
    let others = containers.iter().any(|container| !is_proxy(container) && declared(container));
    let proxy = containers.iter().find(|container| is_proxy(container))?;
    (declared(proxy) || (!others && !target.ports.is_empty()))
        .then(|| format!("the container {} asks for a login", proxy.name()))
}

/// An Istio AuthorizationPolicy on the pods that does not simply allow everything.
fn mesh_login(scene: &Scene<'_>, pod: &PodSpec<'_>) -> Option<String> {
    scene
        .of_kind("AuthorizationPolicy")
        .filter(|policy| policy.namespace == pod.object.namespace)
        .find(|policy| {
            let selects = match policy.root.at(&["spec", "selector", "matchLabels"]) {
                Some(selector) => pod.has_labels(&selector),
                None => true,
            };
            let rules = policy.root.at(&["spec", "rules"]);
            let all = rules.iter().flat_map(Field::items).any(|rule| rule.is_empty());
            selects && !all
        })
        .map(|policy| format!("the AuthorizationPolicy {} limits who may call", policy.name))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn the_annotation_table_is_sorted_for_search() {
        assert!(LOGIN_ANNOTATIONS.is_sorted());
    }

    #[test]
    fn comments_are_no_configuration() {
        assert!(has_line("a=1\nrequirepass x", "requirepass"));
        assert!(!has_line("# requirepass x", "requirepass"));
    }
}
