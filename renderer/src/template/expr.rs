//! Evaluates pipelines, commands, fields and variables. Function calls and argument types are in `call`.

use super::ast::{At, Command, Expr, Name, Pipe};
use super::number::Ideal;
use super::operand::Operand;
use super::output::missing_key;
use super::run::Run;
use super::walk::{Frame, Outcome};
use crate::value::{Data, MAP_STRING, Object, Value};

/// Arguments of a command that its first word does not use up, and the value piped in.
#[derive(Clone, Copy)]
pub(super) struct Rest<'t, 'v> {
    pub args: &'t [Expr],
    pub piped: Option<&'v Operand>,
}

impl Rest<'_, '_> {
    pub const NONE: Rest<'static, 'static> = Rest { args: &[], piped: None };

    fn is_empty(&self) -> bool {
        self.args.is_empty() && self.piped.is_none()
    }
}

impl<'t> Frame<'t> {
    /// A pipeline's value; what it declares is pushed, what it assigns is set (Go: evalPipeline).
    pub fn pipe(&mut self, run: &mut Run<'_>, pipe: &'t Pipe) -> Outcome<Operand> {
        self.at = Some(At::Pipe(pipe));
        let mut value: Option<Operand> = None;
        for command in &pipe.commands {
            run.step().map_err(|which| self.limit(which))?;
            value = Some(self.command(run, command, value.as_ref())?.inside());
        }
        let value = value.unwrap_or_default();
        for (_, name) in &pipe.declared {
            if pipe.assign {
                self.assign(*name, value.clone())?;
            } else {
                self.variables.push((*name, value.clone()));
            }
        }
        Ok(value)
    }

    /// Sets the nearest variable of this name.
    pub fn assign(&mut self, name: Name, value: Operand) -> Outcome<()> {
        match self.variables.iter_mut().rev().find(|(known, _)| *known == name) {
            Some((_, slot)) => {
                *slot = value;
                Ok(())
            }
            None => Err(self.undefined(name)),
        }
    }

    fn undefined(&self, name: Name) -> Box<crate::error::Error> {
        let text = self.template.origin.variables.get(name as usize).map_or("$", String::as_str);
        self.error(format!("undefined variable: {text}"))
    }

    fn variable(&self, name: Name) -> Outcome<Operand> {
        match self.variables.iter().rev().find(|(known, _)| *known == name) {
            Some((_, value)) => Ok(value.clone()),
            None => Err(self.undefined(name)),
        }
    }

    fn command(
        &mut self,
        run: &mut Run<'_>,
        command: &'t Command,
        piped: Option<&Operand>,
    ) -> Outcome<Operand> {
        let Some((first, args)) = command.args.split_first() else { return Ok(Operand::default()) };
        let rest = Rest { args, piped };
        match first {
            Expr::Field(..) | Expr::Chain(..) => return self.chain(run, first, rest),
            Expr::Variable(_, name, fields) => {
                self.at = Some(At::Expr(first));
                let value = self.variable(*name)?;
                if fields.is_empty() {
                    self.no_arguments(first, rest)?;
                    return Ok(value);
                }
                return self.fields(run, value, fields, rest);
            }
            Expr::Function(_, callee) => {
                self.at = Some(At::Expr(first));
                return self.call(run, *callee, At::Command(command), rest);
            }
            Expr::Pipe(pipe) => {
                self.no_arguments(first, rest)?;
                return self.pipe(run, pipe);
            }
            _ => {}
        }
        self.at = Some(At::Expr(first));
        self.no_arguments(first, rest)?;
        match first {
            Expr::Dot(_) => Ok(self.dot.clone()),
            Expr::Nil(_) => Err(self.error("nil is not a command")),
            constant => self.constant(constant),
        }
    }

    fn no_arguments(&self, first: &Expr, rest: Rest<'_, '_>) -> Outcome<()> {
        if rest.is_empty() {
            return Ok(());
        }
        let text = At::Expr(first).text(&self.template.origin);
        Err(self.error(format!("can't give argument to non-function {text}")))
    }

    /// A literal where no type is asked (Go: idealConstant).
    pub fn constant(&mut self, expr: &'t Expr) -> Outcome<Operand> {
        self.at = Some(At::Expr(expr));
        Ok(Operand::concrete(match expr {
            Expr::Bool(_, truth) => Value::from(*truth),
            Expr::Str(_, _, text) => Value::from(text.clone()),
            Expr::Number(_, number) => match number.ideal() {
                Ideal::Int(int) => Value::from(int),
                Ideal::Float(float) => Value::from(float),
                Ideal::Complex(real, imaginary) => {
                    Data::Object(std::rc::Rc::new(Complex { real, imaginary })).into()
                }
                Ideal::Overflows => return Err(self.error(format!("{} overflows int", number.text))),
            },
            _ => Value::nil(),
        }))
    }

    /// `.a.b` or `(…).a.b`, the last of them perhaps a method with arguments.
    pub fn chain(&mut self, run: &mut Run<'_>, expr: &'t Expr, rest: Rest<'t, '_>) -> Outcome<Operand> {
        self.at = Some(At::Expr(expr));
        match expr {
            Expr::Field(_, fields) => self.fields(run, self.dot.clone(), fields, rest),
            Expr::Chain(_, base, fields) => {
                if matches!(**base, Expr::Nil(_)) {
                    let text = At::Expr(expr).text(&self.template.origin);
                    return Err(self.error(format!("indirection through explicit nil in {text}")));
                }
                let value = self.operand(run, base)?;
                self.fields(run, value, fields, rest)
            }
            _ => Ok(Operand::default()),
        }
    }

    /// An expression where any type will do.
    pub fn operand(&mut self, run: &mut Run<'_>, expr: &'t Expr) -> Outcome<Operand> {
        self.at = Some(At::Expr(expr));
        match expr {
            Expr::Dot(_) => Ok(self.dot.clone()),
            Expr::Nil(_) => Ok(Operand::interface(Value::nil())),
            Expr::Field(..) | Expr::Chain(..) => self.chain(run, expr, Rest::NONE),
            Expr::Variable(_, name, fields) => {
                let value = self.variable(*name)?;
                if fields.is_empty() { Ok(value) } else { self.fields(run, value, fields, Rest::NONE) }
            }
            Expr::Function(_, callee) => self.call(run, *callee, At::Expr(expr), Rest::NONE),
            Expr::Pipe(pipe) => self.pipe(run, pipe),
            Expr::Bool(..) | Expr::Number(..) | Expr::Str(..) => self.constant(expr),
        }
    }

    fn fields(
        &mut self,
        run: &mut Run<'_>,
        mut value: Operand,
        fields: &'t [Box<str>],
        rest: Rest<'t, '_>,
    ) -> Outcome<Operand> {
        let last = fields.len().saturating_sub(1);
        for (at, name) in fields.iter().enumerate() {
            let rest = if at == last { rest } else { Rest::NONE };
            value = self.field(run, &value, name, rest)?;
        }
        Ok(value)
    }

    /// Go: evalField.
    fn field(
        &mut self,
        run: &mut Run<'_>,
        receiver: &Operand,
        name: &str,
        rest: Rest<'t, '_>,
    ) -> Outcome<Operand> {
        match &receiver.value.data {
            Data::Nil if receiver.interface => {
                Err(self.error(format!("nil pointer evaluating interface {{}}.{name}")))
            }
            Data::Nil if run.strict => {
                let name = super::quote::quote(name.as_bytes(), false);
                Err(self.error(format!("nil data; no entry for key {name}")))
            }
            Data::Nil => Ok(receiver.clone()),
            Data::Map(map) => {
                if !rest.is_empty() {
                    return Err(self.error(format!("{name} is not a method but has arguments")));
                }
                if let Some(value) = map.entries.borrow().get(name.as_bytes()) {
                    return Ok(Operand { value: value.clone(), interface: map.go_type != MAP_STRING });
                }
                if run.strict {
                    let name = super::quote::quote(name.as_bytes(), false);
                    return Err(self.error(format!("map has no entry for key {name}")));
                }
                if map.go_type == MAP_STRING {
                    return Ok(Operand::concrete(Value::from("")));
                }
                let mut missing = Value::nil();
                if run.traced {
                    missing.trace = missing_key(&receiver.value.trace, name);
                }
                Ok(Operand::interface(missing))
            }
            Data::Object(object) => {
                let object = std::rc::Rc::clone(object);
                self.member(run, receiver, &*object, name, rest)
            }
            Data::Sized(go_type, number) => match crate::functions::dates::number_methods(go_type, *number) {
                Some(object) => self.member(run, receiver, &*object, name, rest),
                None => Err(self.no_field(receiver, name)),
            },
            _ => Err(self.no_field(receiver, name)),
        }
    }

    fn no_field(&self, receiver: &Operand, name: &str) -> Box<crate::error::Error> {
        self.error(format!("can't evaluate field {name} in type {}", receiver.type_text()))
    }

    /// A method's result or a field of a Go value.
    fn member(
        &mut self,
        run: &mut Run<'_>,
        receiver: &Operand,
        object: &dyn Object,
        name: &str,
        rest: Rest<'t, '_>,
    ) -> Outcome<Operand> {
        let at = self.at;
        if rest.is_empty()
            && let Some(value) = object.field(name)
        {
            return Ok(Operand { interface: value.is_nil(), value });
        }
        let mut args = Vec::with_capacity(rest.args.len() + 1);
        for arg in rest.args {
            args.push(self.operand(run, arg)?.value);
        }
        args.extend(rest.piped.map(|piped| piped.value.clone()));
        match object.call(name, &args) {
            Some(Ok(mut value)) => {
                if run.traced {
                    args.push(receiver.value.clone());
                    value.trace = super::output::result_trace(&value, &args, false);
                }
                Ok(Operand { interface: value.is_nil(), value })
            }
            // What Go's evaluator says before it calls has no `error calling`.
            Some(Err(message)) if message.starts_with("wrong number of args for ") => {
                self.at = at;
                Err(self.error(message))
            }
            Some(Err(message)) if message.starts_with("wrong type for value;") => Err(self.error(message)),
            Some(Err(message)) => {
                self.at = at;
                let mut error = self.error(format!("error calling {name}"));
                error.source = Some(Box::new(crate::error::Error::plain(message)));
                Err(error)
            }
            None if object.field(name).is_some() => {
                self.at = at;
                Err(self.error(format!("{name} has arguments but cannot be invoked as function")))
            }
            None => {
                self.at = at;
                Err(self.no_field(receiver, name))
            }
        }
    }
}

/// A complex constant, which only prints.
struct Complex {
    real: f64,
    imaginary: f64,
}

impl Object for Complex {
    fn type_name(&self) -> crate::value::GoType {
        "complex128"
    }
    fn kind(&self) -> &'static str {
        "complex128"
    }
    fn field(&self, _name: &str) -> Option<Value> {
        None
    }
    fn call(&self, _name: &str, _args: &[Value]) -> Option<Result<Value, String>> {
        None
    }
    fn print(&self) -> String {
        let part = |value| super::float::format_float(value, 'g', None);
        let imaginary = part(self.imaginary);
        let sign = if imaginary.starts_with(['-', '+']) { "" } else { "+" };
        format!("({}{sign}{imaginary}i)", part(self.real))
    }
    fn plain(&self) -> Value {
        Value::from(self.print())
    }
    fn truth(&self) -> bool {
        self.real != 0.0 || self.imaginary != 0.0
    }
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}
