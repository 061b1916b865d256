//! Lists every branch of every template of a set beside what a run has seen of it: the coverage. It runs nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::ast::{At, Branch, Loop, Marks, Node, Origin, Pipe, Pos, Template};
use super::mentions::{Mentions, ValuesPrefix};
use super::record::{Recorder, Seen};
use super::set::{Set, Texts};
use crate::coverage::{self, BranchKind, Coverage, FileCoverage, TPL, TemplateCoverage};

impl Recorder {
    /// The coverage of the run, which was one of `set`. `prefix` says under which key the values of a file's chart stand.
    #[must_use]
    pub fn coverage(&self, set: &Set, prefix: &ValuesPrefix<'_>) -> Coverage {
        let mentions = Mentions { set, prefix };
        let mut files: BTreeMap<(String, Option<String>), Vec<TemplateCoverage>> = BTreeMap::new();
        for template in set.reachable() {
            let listed = self.template(template, &mentions);
            files.entry((template.origin.file.to_string(), None)).or_default().push(listed);
        }
        for (text, texts) in &self.tpl {
            let templates = texts.all().map(|template| self.template(template, &mentions)).collect();
            files.insert((TPL.to_owned(), Some(text.lossy().into_owned())), templates);
        }
        let files = files.into_iter().map(|((file, text), mut templates)| {
            templates.sort_by(|a, b| a.name.cmp(&b.name));
            FileCoverage { file, text, templates }
        });
        Coverage { files: files.collect() }
    }

    fn template(&self, template: &Template, mentions: &Mentions<'_>) -> TemplateCoverage {
        let seen = self.seen.get(&Rc::as_ptr(&template.origin));
        let runs = seen.and_then(|seen| seen.templates.get(&template.name));
        let mut list = List { origin: &template.origin, seen, mentions, branches: Vec::new() };
        list.nodes(&template.body, None);
        TemplateCoverage {
            name: template.name.to_string(),
            runs: runs.map_or(0, |runs| runs.count),
            called_from: runs
                .map(|runs| runs.callers.iter().map(|(file, line)| (file.to_string(), *line)).collect())
                .unwrap_or_default(),
            branches: list.branches,
        }
    }
}

impl Texts {
    pub(super) fn has_branches(&self) -> bool {
        let branches = |node: &Node| matches!(node, Node::If(_) | Node::With(_) | Node::Range(_));
        self.all().any(|template| template.body.iter().any(branches))
    }

    fn all(&self) -> impl Iterator<Item = &Rc<Template>> {
        std::iter::once(&self.main).chain(&self.defined)
    }
}

struct List<'a> {
    origin: &'a Rc<Origin>,
    seen: Option<&'a Seen>,
    mentions: &'a Mentions<'a>,
    branches: Vec<coverage::Branch>,
}

impl List<'_> {
    fn nodes(&mut self, nodes: &[Node], inside: Option<usize>) {
        for node in nodes {
            match node {
                Node::If(branch) => self.chain(branch, (BranchKind::If, BranchKind::ElseIf), inside),
                Node::With(branch) => self.chain(branch, (BranchKind::With, BranchKind::ElseWith), inside),
                Node::Range(block) => self.range(block, inside),
                _ => {}
            }
        }
    }

    fn chain(&mut self, branch: &Branch, (first, later): (BranchKind, BranchKind), inside: Option<usize>) {
        let mut arms = Vec::new();
        for (at, ((pipe, body), place)) in branch.arms.iter().zip(&branch.marks.places).enumerate() {
            let kind = if at == 0 { first } else { later };
            arms.push(self.branches.len());
            self.push(kind, *place, Some(pipe), inside);
            self.nodes(body, Some(self.branches.len() - 1));
        }
        self.otherwise(&arms, branch.otherwise.as_deref(), &branch.marks, inside);
    }

    fn range(&mut self, block: &Loop, inside: Option<usize>) {
        let at = self.branches.len();
        let place = block.marks.places.first().copied().unwrap_or_default();
        self.push(BranchKind::Range, place, Some(&block.pipe), inside);
        self.nodes(&block.body, Some(at));
        self.otherwise(&[at], block.otherwise.as_deref(), &block.marks, inside);
    }

    /// The last `else` rests on everything that the conditions before it rest on.
    fn otherwise(&mut self, arms: &[usize], body: Option<&[Node]>, marks: &Marks, inside: Option<usize>) {
        let (Some(body), Some(place)) = (body, marks.places.last()) else { return };
        self.push(BranchKind::Else, *place, None, inside);
        let at = self.branches.len() - 1;
        let of = |pick: fn(&coverage::Branch) -> &BTreeSet<coverage::Dependency>| {
            let arms = arms.iter().filter_map(|arm| self.branches.get(*arm));
            arms.flat_map(|arm| pick(arm).iter().cloned()).collect::<BTreeSet<_>>()
        };
        let depends_on = of(|arm| &arm.depends_on).into_iter().take(coverage::DEPENDENCIES_MAX).collect();
        let mentions = of(|arm| &arm.mentions);
        if let Some(branch) = self.branches.get_mut(at) {
            (branch.depends_on, branch.mentions) = (depends_on, mentions);
        }
        self.nodes(body, Some(at));
    }

    fn push(&mut self, kind: BranchKind, place: Pos, pipe: Option<&Pipe>, inside: Option<usize>) {
        let (line, column) = self.origin.line_and_column(place);
        let seen = self.seen.and_then(|seen| seen.branches.get(&place));
        self.branches.push(coverage::Branch {
            kind,
            line,
            column,
            condition: pipe.map(|pipe| At::Pipe(pipe).text(self.origin)).unwrap_or_default(),
            inside,
            evaluated: seen.map_or(0, |seen| seen.evaluated),
            taken: seen.map_or(0, |seen| seen.taken),
            depends_on: seen.map(|seen| seen.depends_on.clone()).unwrap_or_default(),
            mentions: pipe.map(|pipe| self.mentions.of(pipe, &self.origin.file)).unwrap_or_default(),
        });
    }
}
