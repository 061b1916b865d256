//! Counts which branches of a run were taken and what decided them. What could have run is listed in `branches`.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use super::ast::{Origin, Pos, Template};
use super::set::Texts;
use crate::coverage::{CALLERS_MAX, DEPENDENCIES_MAX};
use crate::trace::{Dependency, Place, Reads, ValuesPath};
use crate::value::Str;

/// Texts of `tpl` that one run keeps for its coverage.
const TPL_TEXTS_MAX: usize = 4_096;

/// What one run has seen. Places are told apart by the text they stand in, which stays alive here.
#[derive(Default)]
pub struct Recorder {
    pub(super) seen: HashMap<*const Origin, Seen>,
    /// Texts given to `tpl` that have branches; the same text parsed twice is kept once.
    pub(super) tpl: HashMap<Str, Rc<Texts>>,
}

/// What was seen of one text.
pub(super) struct Seen {
    /// Holds the address.
    _origin: Rc<Origin>,
    pub templates: HashMap<Rc<str>, Runs>,
    pub branches: HashMap<Pos, Decisions>,
}

#[derive(Default)]
pub(super) struct Runs {
    pub count: u64,
    pub callers: BTreeSet<(Rc<str>, u32)>,
}

#[derive(Default)]
pub(super) struct Decisions {
    pub evaluated: u64,
    pub taken: u64,
    pub depends_on: BTreeSet<Dependency>,
    /// Paths that are in `depends_on` already, by address: loops meet the same ones again and again.
    known: HashMap<*const ValuesPath, Rc<ValuesPath>>,
}

impl Recorder {
    /// A template is about to run.
    pub(super) fn enter(&mut self, template: &Template, caller: Option<&Place>) {
        let runs = self.text(&template.origin).templates.entry(Rc::clone(&template.name)).or_default();
        runs.count += 1;
        if let Some(place) = caller
            && runs.callers.len() < CALLERS_MAX
        {
            runs.callers.insert((Rc::clone(&place.template), place.line));
        }
    }

    /// The branch at `place` had its turn.
    pub(super) fn decided(&mut self, origin: &Rc<Origin>, place: Pos, taken: bool, by: &Reads) {
        let decisions = self.text(origin).branches.entry(place).or_default();
        decisions.evaluated += 1;
        decisions.taken += u64::from(taken);
        for path in &by.paths {
            if decisions.known.contains_key(&Rc::as_ptr(path)) {
                continue;
            }
            if decisions.depends_on.len() < DEPENDENCIES_MAX {
                decisions.depends_on.insert(Dependency::Values(path.dotted()));
            }
            if decisions.known.len() < DEPENDENCIES_MAX {
                decisions.known.insert(Rc::as_ptr(path), Rc::clone(path));
            }
        }
        for fact in &by.facts {
            if decisions.depends_on.len() < DEPENDENCIES_MAX && !decisions.depends_on.contains(fact) {
                decisions.depends_on.insert(fact.clone());
            }
        }
    }

    /// `tpl` is about to run `text`.
    pub(super) fn tpl(&mut self, text: &Str, texts: &Rc<Texts>) {
        if self.tpl.len() < TPL_TEXTS_MAX && texts.has_branches() && !self.tpl.contains_key(text) {
            self.tpl.insert(text.clone(), Rc::clone(texts));
        }
    }

    fn text(&mut self, origin: &Rc<Origin>) -> &mut Seen {
        self.seen.entry(Rc::as_ptr(origin)).or_insert_with(|| Seen {
            _origin: Rc::clone(origin),
            templates: HashMap::new(),
            branches: HashMap::new(),
        })
    }
}
