//! Walks the nodes of one template: text, actions, branches, loops, template calls. Expressions are in `expr`.

use std::rc::Rc;

use super::ast::{At, Branch, Loop, Name, Node, Pipe, Pos, Template};
use super::items::Items;
use super::operand::{Operand, truth};
use super::output::{Here, reads_of, under_guard};
use super::print::sprint;
use super::run::{Callers, Run, execute_into};
use super::set::Set;
use crate::error::{Error, Kind};
use crate::trace::{Guard, Place, Reads, TextBuilder, Trace};
use crate::value::{Data, Value};

/// Failures are rare and large, so that they travel in a box.
pub(super) type Outcome<T> = Result<T, Box<Error>>;

/// One running template: its variables and the node it is at.
pub(super) struct Frame<'t> {
    pub set: &'t Rc<Set>,
    pub template: &'t Template,
    /// The node that an error now would be about (Go: state.node).
    pub at: Option<At<'t>>,
    pub dot: Operand,
    pub variables: Vec<(Name, Operand)>,
    pub callers: &'t Callers,
    pub guard: Option<Rc<Guard>>,
}

pub(super) enum Flow {
    Next,
    Break,
    Continue,
}

impl<'t> Frame<'t> {
    pub fn new(set: &'t Rc<Set>, template: &'t Template, data: Value, callers: &'t Callers) -> Self {
        let dot = Operand::concrete(data);
        let variables = vec![(0, dot.clone())];
        Frame { set, template, at: None, dot, variables, callers, guard: callers.guard.clone() }
    }

    /// Runs the whole template.
    pub fn body(&mut self, run: &mut Run<'_>, out: &mut TextBuilder) -> Outcome<()> {
        self.nodes(run, &self.template.body, out).map(|_| ())
    }

    /// An error at the current node (Go: state.errorf).
    pub fn error(&self, message: impl Into<String>) -> Box<Error> {
        let Some(at) = self.at else {
            return Box::new(Error::plain(format!("template: {}: {}", self.template.name, message.into())));
        };
        let (line, column) = self.template.origin.line_and_column(at.pos());
        Box::new(Error {
            kind: Kind::Exec,
            template: self.template.origin.file.to_string(),
            line,
            column,
            executing: (&*self.template.name).into(),
            context: at.text(&self.template.origin).into(),
            message: message.into(),
            source: None,
        })
    }

    /// A reached bound, with the place that reached it.
    pub fn limit(&self, which: &'static str) -> Box<Error> {
        let (line, column) = self.at.map_or((1, 0), |at| self.template.origin.line_and_column(at.pos()));
        let template = self.template.origin.file.to_string();
        let message = format!("limit reached at {template}:{line}:{column}: {which}");
        Box::new(Error { template, line, column, message, ..Error::limit(which) })
    }

    pub fn here(&self) -> Here {
        let (line, column) = self.at.map_or((1, 0), |at| self.template.origin.line_and_column(at.pos()));
        let place = Place {
            template: Rc::clone(&self.template.origin.file),
            line,
            column,
            caller: self.callers.place.clone(),
        };
        Here { place: Rc::new(place), guard: self.guard.clone() }
    }

    /// What templates called from here inherit.
    pub fn as_caller(&self, run: &Run<'_>) -> Callers {
        if run.traced {
            Callers { place: Some(self.here().place), guard: self.guard.clone(), text: None }
        } else {
            Callers::default()
        }
    }

    fn nodes(&mut self, run: &mut Run<'_>, nodes: &'t [Node], out: &mut TextBuilder) -> Outcome<Flow> {
        for node in nodes {
            match self.node(run, node, out)? {
                Flow::Next => {}
                flow => return Ok(flow),
            }
        }
        Ok(Flow::Next)
    }

    fn node(&mut self, run: &mut Run<'_>, node: &'t Node, out: &mut TextBuilder) -> Outcome<Flow> {
        self.at = Some(At::Node(node));
        run.step().map_err(|which| self.limit(which))?;
        match node {
            Node::Text(pos, text) => {
                run.wrote(text.len()).map_err(|which| self.limit(which))?;
                if run.traced {
                    self.write_lines(*pos as usize, text, out);
                } else {
                    out.literal(text);
                }
            }
            Node::Action(_, pipe) => {
                let value = self.pipe(run, pipe)?;
                if pipe.declared.is_empty() {
                    self.at = Some(At::Node(node));
                    self.print(run, &value, out)?;
                }
            }
            Node::If(branch) | Node::With(branch) => return self.branch(run, node, branch, out),
            Node::Range(block) => return self.range(run, node, block, out),
            Node::Template { name, pipe, .. } => self.call_template(run, name, pipe.as_ref(), out)?,
            Node::Break(_) => return Ok(Flow::Break),
            Node::Continue(_) => return Ok(Flow::Continue),
        }
        Ok(Flow::Next)
    }

    /// A text's lines, each with the place of its own. `at` is where the text begins in its template.
    fn write_lines(&self, mut at: usize, text: &[u8], out: &mut TextBuilder) {
        let Here { place: first, guard } = self.here();
        for (line_number, line) in (first.line..).zip(text.split_inclusive(|byte| *byte == b'\n')) {
            let place = if line_number == first.line {
                Rc::clone(&first)
            } else {
                let (template, caller) = (Rc::clone(&first.template), first.caller.clone());
                Rc::new(Place { template, line: line_number, column: 0, caller })
            };
            let here = Here { place, guard: guard.clone() };
            match self.text_trace(at, line) {
                Some(trace) => here.write(out, line, &trace),
                None => out.from_source(line, Some(&here.source())),
            }
            at += line.len();
        }
    }

    /// Where `part`, at `at` in the text that `tpl` was given, comes from.
    fn text_trace(&self, at: usize, part: &[u8]) -> Option<Trace> {
        let value = self.callers.text.as_ref()?;
        let text = value.as_string()?.as_bytes();
        if text.get(at..at + part.len()) != Some(part) {
            return Some(Trace::union([&value.trace]));
        }
        let mut piece = TextBuilder::new();
        piece.slice(text, &value.trace, at..at + part.len());
        Some(piece.finish().trace)
    }

    /// Nil prints `<no value>`, which Helm removes from the whole text afterwards.
    fn print(&self, run: &mut Run<'_>, operand: &Operand, out: &mut TextBuilder) -> Outcome<()> {
        let value = &operand.value;
        let printed;
        let text: &[u8] = match &value.data {
            Data::Nil => b"<no value>",
            Data::Str(text) => text.as_bytes(),
            _ => {
                printed = sprint(value);
                &printed
            }
        };
        run.wrote(text.len()).map_err(|which| self.limit(which))?;
        if !run.traced {
            out.literal(text);
        } else if matches!(value.data, Data::Map(_) | Data::List(_)) {
            self.here().write(out, text, &super::print::content_trace(value));
        } else {
            self.here().write(out, text, &value.trace);
        }
        Ok(())
    }

    /// Inside the block at `place`, `value` decides that the output is there at all; `taken` says how.
    fn decided(&mut self, run: &mut Run<'_>, place: Option<&Pos>, value: &Value, taken: bool) {
        if !run.traced {
            return;
        }
        let reads = reads_of(value, self.guard.as_ref());
        if let (Some(recorder), Some(place)) = (&mut run.recorder, place) {
            recorder.decided(&self.template.origin, *place, taken, &reads);
        }
        let Reads { paths, facts, .. } = reads;
        if !paths.is_empty() || !facts.is_empty() {
            self.guard = Some(Rc::new(Guard { reads: paths, facts, outer: self.guard.take() }));
        }
    }

    /// The last `else` of a block runs, or would have had its turn but did not.
    fn otherwise(&self, run: &mut Run<'_>, place: Option<&Pos>, taken: bool) {
        if let (Some(recorder), Some(place)) = (&mut run.recorder, place) {
            recorder.decided(&self.template.origin, *place, taken, &Reads::default());
        }
    }

    /// Leaves a mark where the block at `node` wrote nothing, so that what comes out empty names the conditions too.
    fn mark(&mut self, run: &Run<'_>, node: &'t Node, written_before: usize, out: &mut TextBuilder) {
        if run.traced && out.bytes.len() == written_before {
            self.at = Some(At::Node(node));
            out.mark(&self.here().source());
        }
    }

    /// Leaves a block: what its conditions decided decides also what is in variables that it sets, whether it set them or not.
    fn leave(&mut self, variables: usize, guard: Option<Rc<Guard>>, assigned: &[Name]) {
        self.variables.truncate(variables);
        let inner = std::mem::replace(&mut self.guard, guard);
        let Some(inner) = inner.filter(|_| !assigned.is_empty()) else { return };
        if self.guard.as_ref().is_some_and(|outer| Rc::ptr_eq(outer, &inner)) {
            return;
        }
        for name in assigned {
            let slot = self.variables.iter_mut().rev().find(|(known, _)| known == name);
            let Some((_, Operand { value, .. })) = slot else { continue };
            // A map or list without a trace of its own goes on counting with what is in it.
            if !matches!(value.data, Data::Map(_) | Data::List(_)) || !value.trace.is_empty() {
                let trace = std::mem::take(&mut value.trace);
                value.trace = under_guard(trace, &inner);
            }
        }
    }

    fn branch(
        &mut self,
        run: &mut Run<'_>,
        node: &'t Node,
        branch: &'t Branch,
        out: &mut TextBuilder,
    ) -> Outcome<Flow> {
        let with = matches!(node, Node::With(_));
        let variables = self.variables.len();
        let written_before = out.bytes.len();
        let guard = self.guard.clone();
        let mut chosen = branch.otherwise.as_deref();
        let mut dot = None;
        let mut places = branch.marks.places.iter();
        let mut none = true;
        for (pipe, body) in &branch.arms {
            let value = self.pipe(run, pipe)?;
            let taken = truth(&value.value);
            self.decided(run, places.next(), &value.value, taken);
            if taken {
                none = false;
                chosen = Some(body);
                if with {
                    dot = Some(std::mem::replace(&mut self.dot, value));
                }
                break;
            }
        }
        if branch.otherwise.is_some() {
            self.otherwise(run, branch.marks.places.last(), none);
        }
        let flow = match chosen {
            Some(nodes) => self.nodes(run, nodes, out)?,
            None => Flow::Next,
        };
        if let Some(dot) = dot {
            self.dot = dot;
        }
        self.mark(run, node, written_before, out);
        self.leave(variables, guard, &branch.marks.assigned);
        Ok(flow)
    }

    fn call_template(
        &mut self,
        run: &mut Run<'_>,
        name: &Rc<str>,
        pipe: Option<&'t Pipe>,
        out: &mut TextBuilder,
    ) -> Outcome<()> {
        let Some(template) = self.set.lookup(name) else {
            let name = super::quote::quote(name.as_bytes(), false);
            return Err(self.error(format!("template {name} not defined")));
        };
        let callers = self.as_caller(run);
        let data = match pipe {
            Some(pipe) => self.pipe(run, pipe)?.value,
            None => Value::nil(),
        };
        execute_into(self.set, &template, data, &callers, run, out)
    }

    fn range(
        &mut self,
        run: &mut Run<'_>,
        node: &'t Node,
        block: &'t Loop,
        out: &mut TextBuilder,
    ) -> Outcome<Flow> {
        let variables = self.variables.len();
        let written_before = out.bytes.len();
        let guard = self.guard.clone();
        let over = self.pipe(run, &block.pipe)?;
        if run.traced {
            let some = Items::of(&over.value).is_some_and(|items| items.get(0).is_some());
            self.decided(run, block.marks.places.first(), &over.value, some);
            if block.otherwise.is_some() {
                self.otherwise(run, block.marks.places.last(), !some);
            }
        }
        let looped = self.items(run, &block.pipe, &over.value, &block.body, out)?;
        let flow = match (looped, &block.otherwise) {
            (Looped::Empty, Some(nodes)) => {
                self.variables.truncate(variables);
                self.nodes(run, nodes, out)?
            }
            _ => Flow::Next,
        };
        self.mark(run, node, written_before, out);
        self.leave(variables, guard, &block.marks.assigned);
        Ok(flow)
    }

    fn items(
        &mut self,
        run: &mut Run<'_>,
        pipe: &'t Pipe,
        over: &Value,
        body: &'t [Node],
        out: &mut TextBuilder,
    ) -> Outcome<Looped> {
        let Some(items) = Items::of(over) else {
            let shown = super::print::sprint_text(over);
            return Err(self.error(format!("range can't iterate over {shown}")));
        };
        if matches!(items, Items::Count(..)) && pipe.declared.len() > 1 {
            let shown = super::print::sprint_text(over);
            return Err(self.error(format!("can't use {shown} to iterate over more than one variable")));
        }
        let mark = self.variables.len();
        let dot = self.dot.clone();
        let mut looped = Looped::Empty;
        let mut at = 0;
        while let Some((index, item)) = items.get(at) {
            at += 1;
            looped = Looped::Some;
            run.step().map_err(|which| self.limit(which))?;
            self.bind(pipe, index, &item)?;
            self.dot = item;
            let flow = self.nodes(run, body, out)?;
            self.variables.truncate(mark);
            if matches!(flow, Flow::Break) {
                break;
            }
        }
        self.dot = dot;
        Ok(looped)
    }

    /// Sets the loop's variables: declared ones are on top of the stack, assigned ones are anywhere.
    fn bind(&mut self, pipe: &'t Pipe, index: Operand, item: &Operand) -> Outcome<()> {
        let mark = self.variables.len();
        let set = |frame: &mut Self, from_top: usize, name: Name, value: Operand| {
            if pipe.assign {
                return frame.assign(name, value);
            }
            if let Some(slot) = mark.checked_sub(from_top).and_then(|at| frame.variables.get_mut(at)) {
                slot.1 = value;
            }
            Ok(())
        };
        match pipe.declared.as_slice() {
            [] => Ok(()),
            [(_, only)] => set(self, 1, *only, item.clone()),
            [(_, first), (_, second), ..] => {
                set(self, 2, *first, index)?;
                set(self, 1, *second, item.clone())
            }
        }
    }
}

enum Looped {
    Empty,
    Some,
}
