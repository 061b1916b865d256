//! Calls of functions: counts and types of arguments as Go checks them, lazy `and` and `or`, errors. Bodies are elsewhere.

use super::ast::{At, Callee, Expr};
use super::builtins::{Body, Builtin};
use super::expr::Rest;
use super::operand::{Operand, assignable, can_be_nil, param_name, truth};
use super::output::{chosen_trace, missing_key, result_trace};
use super::run::Run;
use super::walk::{Frame, Outcome};
use crate::error::Error;
use crate::functions::{CallError, Param, Records, is_empty};
use crate::trace::{Dependency, Trace};
use crate::value::{Data, Value};

/// Functions that give one item of a map or list, or its kind: the others have no part in it.
const PICKERS: [&str; 12] = [
    "index",
    "get",
    "dig",
    "first",
    "mustFirst",
    "last",
    "mustLast",
    "slice",
    "pluck",
    "kindOf",
    "typeOf",
    "mustSlice",
];

/// What a function of the table that gives one of its arguments looked at before it chose; `None` for other functions.
fn looked_at<'a>(name: &str, args: &'a [Value]) -> Option<&'a [Value]> {
    match (name, args) {
        ("default", [_, given]) => Some(if is_empty(given) { std::slice::from_ref(given) } else { &[] }),
        ("coalesce", _) => {
            let chosen = args.iter().position(|arg| !is_empty(arg)).unwrap_or(args.len());
            args.get(..chosen)
        }
        ("ternary", [_, _, condition]) => Some(std::slice::from_ref(condition)),
        _ => None,
    }
}

impl<'t> Frame<'t> {
    /// Go: evalFunction and evalCall. `node` is what an error of the function is about.
    pub fn call(
        &mut self,
        run: &mut Run<'_>,
        callee: Callee,
        node: At<'t>,
        rest: Rest<'t, '_>,
    ) -> Outcome<Operand> {
        let (name, params, variadic) = match callee {
            Callee::Own(builtin) => (builtin.name, builtin.params, builtin.variadic),
            Callee::Table(function) => (function.name, function.params, function.variadic),
        };
        let given = rest.args.len() + usize::from(rest.piped.is_some());
        let fixed = if variadic { params.len().saturating_sub(1) } else { params.len() };
        if variadic && given < fixed {
            let got = rest.args.len();
            return Err(
                self.error(format!("wrong number of args for {name}: want at least {fixed} got {got}"))
            );
        }
        if !variadic && given != fixed {
            return Err(self.error(format!("wrong number of args for {name}: want {fixed} got {given}")));
        }
        if let Callee::Own(Builtin { body: Body::Lazy { stop_at }, .. }) = callee {
            return self.lazy(run, *stop_at, rest);
        }
        let param =
            |at: usize| params.get(at.min(params.len().saturating_sub(1))).copied().unwrap_or(Param::Any);
        let mut args = Vec::with_capacity(given);
        for (at, arg) in rest.args.iter().enumerate() {
            args.push(self.arg(run, arg, param(at))?);
        }
        if let Some(piped) = rest.piped {
            args.push(self.check(piped.clone(), param(rest.args.len()))?);
        }
        let outcome = match callee {
            Callee::Table(function) => {
                let args: Vec<Value> = args.into_iter().map(|arg| arg.value).collect();
                let before = run.traced.then(|| std::mem::take(&mut run.env.records));
                let outcome = (function.body)(run.env, &args);
                let facts = before.map(|before| world_facts(&mut run.env.records, before));
                outcome
                    .map(|mut value| {
                        if let Some(facts) = facts {
                            let trace = match (name, args.as_slice(), looked_at(name, &args)) {
                                ("hasKey", [map, key], _) => key_trace(map, key),
                                (_, _, Some(looked_at)) => chosen_trace(&value, looked_at),
                                _ => result_trace(&value, &args, PICKERS.contains(&name)),
                            };
                            value.trace = trace.with(&[], &facts);
                        }
                        value
                    })
                    .map_err(|error| plain(&error))
            }
            Callee::Own(builtin) => match builtin.body {
                Body::Pure(body) => body(&args)
                    .map(|mut value| {
                        if run.traced {
                            let args: Vec<Value> = args.into_iter().map(|arg| arg.value).collect();
                            value.trace = result_trace(&value, &args, PICKERS.contains(&name));
                        }
                        value
                    })
                    .map_err(Error::plain),
                Body::Call => self.call_value(&args, rest),
                Body::Helm(helm) => {
                    // The call is the place that its output comes from, but Go's errors go on at the last argument.
                    let at = self.at.replace(node);
                    let result = self.helm_call(run, helm, &args);
                    self.at = at;
                    result
                }
                Body::Lazy { .. } => Ok(Value::nil()),
            },
        };
        match outcome {
            Ok(value) => Ok(Operand { interface: value.is_nil(), value }),
            Err(cause) => {
                self.at = Some(node);
                if let crate::error::Kind::Limit(which) = cause.kind
                    && cause.template.is_empty()
                {
                    return Err(self.limit(which));
                }
                let mut error = self.error(format!("error calling {name}"));
                error.source = Some(Box::new(cause));
                Err(error)
            }
        }
    }

    /// `and` stops at the first false operand, `or` at the first true one; the last one is the result otherwise.
    fn lazy(&mut self, run: &mut Run<'_>, stop_at: bool, rest: Rest<'t, '_>) -> Outcome<Operand> {
        let mut looked_at = Vec::new();
        let mut result = Operand::default();
        for (at, arg) in rest.args.iter().enumerate() {
            result = self.arg(run, arg, Param::Any)?;
            let last = at + 1 == rest.args.len() && rest.piped.is_none();
            if last || truth(&result.value) == stop_at {
                if run.traced {
                    result.value.trace = chosen_trace(&result.value, &looked_at);
                }
                return Ok(result);
            }
            if run.traced {
                looked_at.push(result.value.clone());
            }
        }
        if let Some(piped) = rest.piped {
            result = piped.clone();
            if run.traced {
                result.value.trace = chosen_trace(&result.value, &looked_at);
            }
        }
        Ok(result)
    }

    /// `call`: no value of a chart is a function.
    fn call_value(&self, args: &[Operand], rest: Rest<'_, '_>) -> Result<Value, Error> {
        let name = match rest.args.first() {
            Some(arg) => At::Expr(arg).text(&self.template.origin),
            None => args.first().map(|arg| super::print::sprint_text(&arg.value)).unwrap_or_default(),
        };
        Err(Error::plain(match args.first() {
            Some(arg) if !arg.value.is_nil() => {
                format!("non-function {name} of type {}", arg.value.type_name())
            }
            _ => "call of nil".to_owned(),
        }))
    }

    /// One argument, evaluated for a parameter type (Go: evalArg).
    fn arg(&mut self, run: &mut Run<'_>, expr: &'t Expr, param: Param) -> Outcome<Operand> {
        self.at = Some(At::Expr(expr));
        match expr {
            Expr::Nil(_) if can_be_nil(param) => Ok(Operand::interface(Value::nil())),
            Expr::Nil(_) => Err(self.error(format!("cannot assign nil to {}", param_name(param)))),
            Expr::Bool(..) | Expr::Number(..) | Expr::Str(..) => self.typed_constant(expr, param),
            _ => {
                let value = self.operand(run, expr)?;
                self.check(value, param)
            }
        }
    }

    /// A literal as the parameter's type wants it.
    fn typed_constant(&mut self, expr: &'t Expr, param: Param) -> Outcome<Operand> {
        let expected = match (param, expr) {
            (Param::Any, _) => return self.constant(expr),
            (Param::String, Expr::Str(_, _, text)) => {
                return Ok(Operand::concrete(Value::from(text.clone())));
            }
            (Param::Bool, Expr::Bool(_, truth)) => return Ok(Operand::concrete(Value::from(*truth))),
            (Param::Int | Param::Int64, Expr::Number(_, number)) if number.int.is_some() => {
                let int = number.int.unwrap_or_default();
                let data = if param == Param::Int { Data::Int(int) } else { Data::Int64(int) };
                return Ok(Operand::concrete(data.into()));
            }
            (Param::Uint32, Expr::Number(_, number)) if number.uint.is_some() => {
                let uint = i128::from(number.uint.unwrap_or_default());
                return Ok(Operand::concrete(Data::Sized("uint32", uint).into()));
            }
            (Param::Uint32, _) => "unsigned integer",
            (Param::Float64, Expr::Number(_, number)) if number.float.is_some() => {
                return Ok(Operand::concrete(Value::from(number.float.unwrap_or_default())));
            }
            (Param::String, _) => "string",
            (Param::Bool, _) => "bool",
            (Param::Int | Param::Int64, _) => "integer",
            (Param::Float64, _) => "float",
            (Param::Dict | Param::List | Param::Strings | Param::Named(_), _) => "",
        };
        let text = At::Expr(expr).text(&self.template.origin);
        Err(self.error(if expected.is_empty() {
            format!("can't handle {text} for arg of type {}", param_name(param))
        } else {
            format!("expected {expected}; found {text}")
        }))
    }

    /// Go: validateType.
    fn check(&self, operand: Operand, param: Param) -> Outcome<Operand> {
        let name = param_name(param);
        if operand.is_invalid() {
            if can_be_nil(param) {
                return Ok(operand);
            }
            return Err(self.error(format!("invalid value; expected {name}")));
        }
        let fits = match operand.value.is_nil() {
            true => param == Param::Any,
            false => assignable(&operand.value, param),
        };
        if fits {
            return Ok(operand);
        }
        let got = if operand.value.is_nil() { "interface {}" } else { operand.value.type_name() };
        Err(self.error(format!("wrong type for value; expected {name}; got {got}")))
    }
}

/// What a function has just asked of the world; `records` becomes the sum of what is in it and of `before`.
fn world_facts(records: &mut Records, mut before: Records) -> Vec<Dependency> {
    let random = records.random.iter().map(|name| Dependency::Random((*name).to_owned()));
    let clock = records.clock.iter().map(|name| Dependency::Time((*name).to_owned()));
    let facts = random.chain(clock).collect();
    before.random.append(&mut records.random);
    before.clock.append(&mut records.clock);
    before.lookups.append(&mut records.lookups);
    before.hosts.append(&mut records.hosts);
    *records = before;
    facts
}

/// Whether `map` has `key` depends on what stands there, or would.
fn key_trace(map: &Value, key: &Value) -> Trace {
    let found = match (map.as_map(), key.as_string()) {
        (Some(entries), Some(name)) => match entries.entries.borrow().get(name) {
            Some(entry) if !entry.trace.is_empty() => entry.trace.clone(),
            Some(_) => map.trace.clone(),
            None => name.to_str().map_or_else(Trace::default, |name| missing_key(&map.trace, name)),
        },
        _ => map.trace.clone(),
    };
    if key.trace.is_empty() { found } else { Trace::union([&found, &key.trace]) }
}

fn plain(error: &CallError) -> Error {
    match error {
        CallError::Message(message) => Error::plain(message.to_string()),
        CallError::Limit(which) => Error::limit(which),
    }
}
