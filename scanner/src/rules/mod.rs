//! The list of all rules. One file is one rule; a rule that is not listed here does not exist.

use crate::rule::Rule;

pub mod refusals;

/// Declares the modules of each family and lists their rules, sorted by id.
macro_rules! rules {
    ($($family:ident { $($name:ident),* $(,)? })*) => {
        $(pub mod $family { $(pub mod $name;)* })*
        const RULES: &[&Rule] = &[$($(&$family::$name::RULE,)*)*];
    };
}

rules! {
    auth { anonymous_flag, default_password, disabled_flag, dummy_authenticator }
    container { allow_privilege_escalation, capabilities }
    exposure {
        external_ips, ingress_no_auth, lb_any_source, load_balancer, node_port, unauthenticated_surface,
    }
    image { latest_tag, no_digest }
    network { non_isolated }
    pod { host_ipc, host_network, host_path, host_pid, privileged, run_as_root }
    rbac { cluster_admin_binding, secrets_read, wildcard_all, wildcard_resources }
    secret { private_key }
    template { helm_generations_differ, lookup, nondeterministic, render_failed }
}

/// Every rule: those that look, and the reasons for which archives are refused, sorted by id.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    let mut every: Vec<&'static Rule> = refusals::REFUSALS.iter().chain(RULES.iter().copied()).collect();
    every.sort_by_key(|rule| rule.id);
    every.into_iter()
}

/// The rule with this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.id == id)
}

#[cfg(test)]
mod tests;
