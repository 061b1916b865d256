//! One run of a set: bounds, counters and the state that all its templates share. The walking is in `walk`.

use std::collections::HashMap;
use std::rc::Rc;

use super::ast::Template;
use super::record::Recorder;
use super::set::{Set, Texts};
use super::walk::Frame;
use crate::error::Error;
use crate::functions::Env;
use crate::limits::{RENDER_CALL_DEPTH_MAX, RENDER_OUTPUT_BYTES_MAX, RENDER_STEPS_MAX};
use crate::trace::{Guard, Place, TextBuilder};
use crate::value::{Str, Value};

/// Stack that a run may use when the caller says nothing: fits a test thread of 2 MiB.
pub const STACK_BYTES: usize = 1024 * 1024;

/// What one render's templates share. Make one per render and pass it to every [`run`].
pub struct Run<'e> {
    pub env: &'e mut Env,
    /// Missing keys are errors.
    pub strict: bool,
    /// Keep origins.
    pub traced: bool,
    /// Notes which branches run; only in a traced run.
    pub recorder: Option<Recorder>,
    /// Stack that the evaluator may use below the caller's frame; give more on a thread with a larger stack.
    pub stack_bytes: usize,
    pub(super) steps: u64,
    pub(super) written_bytes: u64,
    pub(super) depth: usize,
    /// Open includes by name.
    pub(super) included: HashMap<Rc<str>, usize>,
    /// Texts that `tpl` was given, parsed.
    pub(super) parsed: HashMap<Str, Rc<Texts>>,
    stack_top: usize,
}

impl<'e> Run<'e> {
    #[must_use]
    pub fn new(env: &'e mut Env) -> Self {
        Run {
            env,
            strict: false,
            traced: false,
            recorder: None,
            stack_bytes: STACK_BYTES,
            steps: 0,
            written_bytes: 0,
            depth: 0,
            included: HashMap::new(),
            parsed: HashMap::new(),
            stack_top: 0,
        }
    }

    /// Counts one evaluation step; the bound that is reached, if one is.
    pub(super) fn step(&mut self) -> Result<(), &'static str> {
        self.steps += 1;
        if self.steps > RENDER_STEPS_MAX {
            return Err("evaluation steps of one render");
        }
        if self.stack_top.saturating_sub(stack_position()) > self.stack_bytes {
            return Err("depth of nested templates and blocks");
        }
        Ok(())
    }

    pub(super) fn wrote(&mut self, bytes: usize) -> Result<(), &'static str> {
        self.written_bytes += bytes as u64;
        if self.written_bytes > RENDER_OUTPUT_BYTES_MAX { Err("output bytes of one render") } else { Ok(()) }
    }

    pub(super) fn enter(&mut self) -> Result<(), &'static str> {
        self.depth += 1;
        if self.depth > RENDER_CALL_DEPTH_MAX { Err("depth of nested template calls") } else { Ok(()) }
    }
}

/// An address on the current stack: how deep the evaluator is, in bytes.
#[inline(never)]
fn stack_position() -> usize {
    let marker = 0_u8;
    std::ptr::from_ref(&marker) as usize
}

/// Where a called template stands: who called it, and under which conditions.
#[derive(Clone, Default)]
pub(super) struct Callers {
    pub place: Option<Rc<Place>>,
    pub guard: Option<Rc<Guard>>,
    /// The text that `tpl` runs, which may itself come from values.
    pub text: Option<Value>,
}

/// Runs template `name` of `set` with `data` as `.`; a text with spans when traced (Go: ExecuteTemplate).
pub fn run(set: &Rc<Set>, name: &str, data: Value, run: &mut Run<'_>) -> Result<Value, Error> {
    let Some(template) = set.lookup(name) else { return Err(no_template(name)) };
    run.stack_top = stack_position();
    run.depth = 0;
    run.included.clear();
    execute(set, &template, data, &Callers::default(), run).map_err(|error| *error)
}

pub(super) fn no_template(name: &str) -> Error {
    let name = super::quote::quote(name.as_bytes(), false);
    Error::plain(format!("template: no template {name} associated with template \"gotpl\""))
}

pub(super) fn execute(
    set: &Rc<Set>,
    template: &Template,
    data: Value,
    callers: &Callers,
    run: &mut Run<'_>,
) -> Result<Value, Box<Error>> {
    let mut out = TextBuilder::new();
    execute_into(set, template, data, callers, run, &mut out)?;
    Ok(out.finish())
}

pub(super) fn execute_into(
    set: &Rc<Set>,
    template: &Template,
    data: Value,
    callers: &Callers,
    run: &mut Run<'_>,
    out: &mut TextBuilder,
) -> Result<(), Box<Error>> {
    let mut frame = Frame::new(set, template, data, callers);
    run.enter().map_err(|which| frame.limit(which))?;
    if let Some(recorder) = &mut run.recorder {
        recorder.enter(template, callers.place.as_deref());
    }
    frame.body(run, out)?;
    run.depth -= 1;
    Ok(())
}
