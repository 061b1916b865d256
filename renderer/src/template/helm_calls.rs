//! Helm's functions that run templates or stop them: include, tpl, required, fail, lookup, getHostByName (Helm: pkg/engine).

use std::collections::BTreeMap;
use std::rc::Rc;

use super::builtins::HelmCall;
use super::operand::Operand;
use super::output::without_no_value;
use super::quote::quote;
use super::run::{Run, execute, no_template};
use super::set::{Set, Texts};
use super::walk::Frame;
use crate::error::Error;
use crate::limits::INCLUDE_SAME_NAME_DEPTH_MAX;
use crate::trace::{Dependency, Trace};
use crate::value::{Str, Value};

/// The name under which `tpl` parses: that of Helm's root template.
const ROOT_NAME: &str = "gotpl";
/// Parsed texts of `tpl` that one run keeps.
const PARSED_TEXTS_MAX: usize = 4_096;

impl Frame<'_> {
    pub fn helm_call(&self, run: &mut Run<'_>, call: HelmCall, args: &[Operand]) -> Result<Value, Error> {
        let text = |at: usize| {
            args.get(at).and_then(|arg| arg.value.as_string().cloned()).unwrap_or_else(|| Str::from(""))
        };
        let value = |at: usize| args.get(at).map(|arg: &Operand| arg.value.clone()).unwrap_or_default();
        match call {
            HelmCall::Include => self.include(run, &text(0).lossy(), value(1)),
            HelmCall::Tpl => self.tpl(run, &value(0), value(1)),
            HelmCall::Required => {
                let value = value(1);
                if value.is_nil() || value.as_string().is_some_and(Str::is_empty) {
                    return Err(Error::refused(text(0).lossy()));
                }
                Ok(value)
            }
            HelmCall::Fail => Err(Error::refused(text(0).lossy())),
            HelmCall::Lookup => {
                let wanted = format!("{}/{}", text(0).lossy(), text(1).lossy());
                let trace = asked(run, args, || Dependency::Lookup(wanted.clone()));
                run.env.records.lookups.insert(wanted);
                Ok(Value::map(BTreeMap::new()).with_trace(trace))
            }
            HelmCall::HostByName => {
                let name = text(0).lossy().into_owned();
                let trace = asked(run, args, || Dependency::Host(name.clone()));
                run.env.records.hosts.insert(name);
                Ok(Value::from("").with_trace(trace))
            }
        }
    }

    fn include(&self, run: &mut Run<'_>, name: &str, data: Value) -> Result<Value, Error> {
        let open = run.included.get(name).copied().unwrap_or_default();
        if open > INCLUDE_SAME_NAME_DEPTH_MAX {
            return Err(Error::plain(format!(
                "rendering template has a nested reference name: {name}: unable to execute template"
            )));
        }
        let Some(template) = self.set.lookup(name) else { return Err(no_template(name)) };
        run.included.insert(Rc::clone(&template.name), open + 1);
        let callers = self.as_caller(run);
        let result = execute(self.set, &template, data, &callers, run);
        run.included.insert(Rc::clone(&template.name), open);
        result.map_err(|error| *error)
    }

    fn tpl(&self, run: &mut Run<'_>, given: &Value, data: Value) -> Result<Value, Error> {
        let text = &given.as_string().cloned().unwrap_or_else(|| Str::from(""));
        let shown = || quote(text.as_bytes(), false);
        let texts = self
            .parsed(run, text)
            .map_err(|error| Error::plain(format!("cannot parse template {}", shown())).caused_by(error))?;
        let set = Rc::new(Set::layer(self.set, &texts));
        if let Some(recorder) = &mut run.recorder {
            recorder.tpl(text, &texts);
        }
        let mut callers = self.as_caller(run);
        if run.traced && !given.trace.is_empty() {
            callers.text = Some(given.clone());
        }
        match execute(&set, &texts.main, data, &callers, run) {
            Ok(value) => Ok(without_no_value(value)),
            Err(error) => {
                let message = format!("error during tpl function execution for {}", shown());
                Err(Error::plain(message).caused_by(*error))
            }
        }
    }

    /// The text's templates, parsed once a run.
    fn parsed(&self, run: &mut Run<'_>, text: &Str) -> Result<Rc<Texts>, Error> {
        if let Some(texts) = run.parsed.get(text) {
            return Ok(Rc::clone(texts));
        }
        let texts = Rc::new(self.set.parse(ROOT_NAME, &text.lossy())?);
        if run.parsed.len() < PARSED_TEXTS_MAX {
            run.parsed.insert(text.clone(), Rc::clone(&texts));
        }
        Ok(texts)
    }
}

/// The trace of what the world would have answered: the question, and what it was made of.
fn asked(run: &Run<'_>, args: &[Operand], question: impl Fn() -> Dependency) -> Trace {
    if !run.traced {
        return Trace::default();
    }
    let fact = Trace::fact(question());
    Trace::union(std::iter::once(&fact).chain(args.iter().map(|arg| &arg.value.trace)))
}
