//! The functions that the evaluator itself owns: Go's own and Helm's that run templates. Bodies stand in the files beside it.

use super::operand::{Operand, truth};
use super::{compare, escape, index, print, printf};
use crate::functions::Param;
use crate::value::Value;

/// One function of the evaluator.
pub struct Builtin {
    pub name: &'static str,
    pub params: &'static [Param],
    pub variadic: bool,
    pub body: Body,
}

/// How it is run.
pub enum Body {
    /// `and`, `or`: stops at the first operand whose truth is `stop_at`.
    Lazy {
        stop_at: bool,
    },
    Pure(fn(&[Operand]) -> Result<Value, String>),
    Call,
    Helm(HelmCall),
}

/// Helm's functions that need the set, the run or the place.
#[derive(Clone, Copy)]
pub enum HelmCall {
    Include,
    Tpl,
    Required,
    Fail,
    Lookup,
    HostByName,
}

const ANY: &[Param] = &[Param::Any];
const TWO: &[Param] = &[Param::Any, Param::Any];
const TEXT_AND_ANY: &[Param] = &[Param::String, Param::Any];

const fn pure(
    name: &'static str,
    params: &'static [Param],
    variadic: bool,
    body: fn(&[Operand]) -> Result<Value, String>,
) -> Builtin {
    Builtin { name, params, variadic, body: Body::Pure(body) }
}

const fn helm(name: &'static str, params: &'static [Param], call: HelmCall) -> Builtin {
    Builtin { name, params, variadic: false, body: Body::Helm(call) }
}

/// Go's own (text/template builtins), which any function of the table hides.
static GO: &[Builtin] = &[
    Builtin { name: "and", params: TWO, variadic: true, body: Body::Lazy { stop_at: false } },
    Builtin { name: "or", params: TWO, variadic: true, body: Body::Lazy { stop_at: true } },
    Builtin { name: "call", params: TWO, variadic: true, body: Body::Call },
    pure("not", ANY, false, |args| Ok(Value::from(!args.first().is_some_and(|arg| truth(&arg.value))))),
    pure("eq", TWO, true, |args| compare::equal(args).map(Value::from)),
    pure("ne", TWO, false, |args| compare::equal(args).map(|equal| Value::from(!equal))),
    pure("lt", TWO, false, |args| compare::less(args).map(Value::from)),
    pure("le", TWO, false, |args| compare::less_or_equal(args).map(Value::from)),
    pure("gt", TWO, false, |args| compare::less_or_equal(args).map(|less| Value::from(!less))),
    pure("ge", TWO, false, |args| compare::less(args).map(|less| Value::from(!less))),
    pure("index", TWO, true, index::index),
    pure("slice", TWO, true, index::slice),
    pure("len", ANY, false, index::len),
    pure("print", ANY, true, |args| Ok(print::sprint_all(&values(args)))),
    pure("println", ANY, true, |args| Ok(print::sprintln_all(&values(args)))),
    pure("printf", TEXT_AND_ANY, true, |args| {
        let (format, rest) = args.split_first().ok_or("missing format")?;
        Ok(printf::sprintf(&format.value, &values(rest)))
    }),
    pure("html", ANY, true, |args| Ok(escape::html(&joined(args)).into())),
    pure("js", ANY, true, |args| Ok(escape::js(&joined(args)).into())),
    pure("urlquery", ANY, true, |args| Ok(escape::url_query(&joined(args)).into())),
];

/// Helm's own, which hide functions of the table with the same name.
static HELM: &[Builtin] = &[
    helm("include", TEXT_AND_ANY, HelmCall::Include),
    helm("tpl", TEXT_AND_ANY, HelmCall::Tpl),
    helm("required", TEXT_AND_ANY, HelmCall::Required),
    helm("fail", &[Param::String], HelmCall::Fail),
    helm("lookup", &[Param::String, Param::String, Param::String, Param::String], HelmCall::Lookup),
    helm("getHostByName", &[Param::String], HelmCall::HostByName),
];

#[must_use]
pub fn helm_own(name: &str) -> Option<&'static Builtin> {
    HELM.iter().find(|builtin| builtin.name == name)
}

#[must_use]
pub fn go_own(name: &str) -> Option<&'static Builtin> {
    GO.iter().find(|builtin| builtin.name == name)
}

fn values(args: &[Operand]) -> Vec<Value> {
    args.iter().map(|arg| arg.value.clone()).collect()
}

/// Operands as `html` and its kin see them (Go: evalArgs): nil is `<no value>` there.
fn joined(args: &[Operand]) -> Vec<u8> {
    let shown: Vec<Value> = args
        .iter()
        .map(|arg| if arg.value.is_nil() { Value::from("<no value>") } else { arg.value.clone() })
        .collect();
    print::sprint_all(&shown).as_string().map(|text| text.as_bytes().to_vec()).unwrap_or_default()
}
