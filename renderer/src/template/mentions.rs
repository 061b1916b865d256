//! What a condition names in its text: values keys, capabilities, release fields, functions that ask the world. It evaluates nothing,
//! so it knows neither what `.` is nor what is in a variable: a chain of fields counts from its `Values` on.

use std::collections::{BTreeSet, HashSet};
use std::rc::Rc;

use super::ast::{Callee, Command, Expr, Node, Pipe};
use super::set::Set;
use crate::trace::Dependency;
use crate::values::GLOBAL_KEY;

/// Functions that draw random bytes; `htpasswd` and `bcrypt` salt with them.
const RANDOM: [&str; 18] = [
    "bcrypt",
    "encryptAES",
    "genCA",
    "genCAWithKey",
    "genPrivateKey",
    "genSelfSignedCert",
    "genSelfSignedCertWithKey",
    "genSignedCert",
    "genSignedCertWithKey",
    "htpasswd",
    "randAlpha",
    "randAlphaNum",
    "randAscii",
    "randBytes",
    "randInt",
    "randNumeric",
    "shuffle",
    "uuidv4",
];
/// Functions that always read the clock; those that print a date read it only for what is none.
const CLOCK: [&str; 2] = ["ago", "now"];

/// Keys under which the values of a template file's chart stand in those of the top chart; `None` where nobody can say,
/// because the file belongs to a library that others call with values of their own.
pub type ValuesPrefix<'a> = dyn Fn(&str) -> Option<Vec<String>> + 'a;

pub(super) struct Mentions<'a> {
    pub set: &'a Set,
    pub prefix: &'a ValuesPrefix<'a>,
}

impl Mentions<'_> {
    /// What `pipe`, which stands in `file`, and the templates that it includes by name mention.
    pub fn of(&self, pipe: &Pipe, file: &str) -> BTreeSet<Dependency> {
        let prefix = (self.prefix)(file);
        let mut walk = Walk {
            set: self.set,
            prefix: prefix.as_deref(),
            included: HashSet::new(),
            open: Vec::new(),
            found: BTreeSet::new(),
        };
        walk.pipe(pipe);
        // Templates are walked one after the other, so that a chain of includes nests nothing.
        while let Some(name) = walk.open.pop() {
            if let Some(template) = self.set.lookup(&name) {
                walk.nodes(&template.body);
            }
        }
        walk.found
    }
}

struct Walk<'a> {
    set: &'a Set,
    prefix: Option<&'a [String]>,
    included: HashSet<Rc<str>>,
    open: Vec<Rc<str>>,
    found: BTreeSet<Dependency>,
}

impl Walk<'_> {
    fn nodes(&mut self, nodes: &[Node]) {
        for node in nodes {
            match node {
                Node::Action(_, pipe) => self.pipe(pipe),
                Node::If(branch) | Node::With(branch) => {
                    for (pipe, body) in &branch.arms {
                        self.pipe(pipe);
                        self.nodes(body);
                    }
                    self.nodes(branch.otherwise.as_deref().unwrap_or_default());
                }
                Node::Range(block) => {
                    self.pipe(&block.pipe);
                    self.nodes(&block.body);
                    self.nodes(block.otherwise.as_deref().unwrap_or_default());
                }
                Node::Template { name, pipe, .. } => {
                    self.include(name);
                    pipe.iter().for_each(|pipe| self.pipe(pipe));
                }
                Node::Text(..) | Node::Break(_) | Node::Continue(_) => {}
            }
        }
    }

    fn pipe(&mut self, pipe: &Pipe) {
        pipe.commands.iter().for_each(|command| self.command(command));
    }

    fn command(&mut self, command: &Command) {
        let Some((first, args)) = command.args.split_first() else { return };
        match first {
            Expr::Function(_, callee) => self.call(*callee, args),
            _ => self.chain(first, args),
        }
        for arg in args {
            match arg {
                Expr::Function(_, callee) => self.call(*callee, &[]),
                arg => self.chain(arg, &[]),
            }
        }
    }

    fn call(&mut self, callee: Callee, args: &[Expr]) {
        let name = callee.name();
        let found = match (name, args) {
            ("include", [Expr::Str(_, _, template), ..]) => return self.include(&template.lossy()),
            ("index" | "get" | "hasKey", [of, keys @ ..]) => return self.chain(of, keys),
            ("lookup", args) => {
                let words: Vec<String> = args.iter().take(2).filter_map(literal).collect();
                Dependency::Lookup(words.join("/"))
            }
            ("getHostByName", args) => Dependency::Host(args.first().and_then(literal).unwrap_or_default()),
            _ if RANDOM.contains(&name) => Dependency::Random(name.to_owned()),
            _ if CLOCK.contains(&name) => Dependency::Time(name.to_owned()),
            _ => return,
        };
        self.found.insert(found);
    }

    fn include(&mut self, name: &str) {
        let Some(template) = self.set.lookup(name) else { return };
        if self.included.insert(Rc::clone(&template.name)) {
            self.open.push(Rc::clone(&template.name));
        }
    }

    /// A chain of fields with what follows it: literal keys of `index`, the argument of a method.
    fn chain(&mut self, expr: &Expr, after: &[Expr]) {
        let fields = match expr {
            Expr::Field(_, fields) | Expr::Variable(_, _, fields) => fields,
            Expr::Chain(_, base, fields) => {
                self.chain(base, &[]);
                fields
            }
            Expr::Pipe(pipe) => return self.pipe(pipe),
            _ => return,
        };
        let mut names: Vec<String> = fields.iter().map(ToString::to_string).collect();
        names.extend(after.iter().map_while(literal));
        let Some(root) =
            names.iter().position(|name| ["Values", "Capabilities", "Release"].contains(&name.as_str()))
        else {
            return;
        };
        let found = match (names[root].as_str(), &names[root + 1..]) {
            ("Values", path) => self.values(path),
            ("Release", [field, ..]) => Some(Dependency::Release(field.clone())),
            ("Capabilities", [part, rest @ ..]) => match part.as_str() {
                "HelmVersion" => Some(Dependency::HelmVersion),
                "KubeVersion" => Some(Dependency::KubeVersion),
                "APIVersions" => Some(Dependency::ApiVersion(rest.get(1).cloned().unwrap_or_default())),
                _ => None,
            },
            _ => None,
        };
        self.found.extend(found);
    }

    fn values(&self, path: &[String]) -> Option<Dependency> {
        let first = path.first()?;
        let prefix = if first == GLOBAL_KEY { &[] } else { self.prefix? };
        let all: Vec<&str> = prefix.iter().chain(path).map(String::as_str).collect();
        Some(Dependency::Values(all.join(".")))
    }
}

fn literal(expr: &Expr) -> Option<String> {
    if let Expr::Str(_, _, text) = expr { Some(text.lossy().into_owned()) } else { None }
}
