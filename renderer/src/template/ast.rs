//! The parsed form of templates and its canonical text, which error contexts show. It evaluates nothing.

use std::rc::Rc;

use super::number::Number;
use super::quote::quote;
use crate::functions::Function;
use crate::value::Str;

/// Byte offset in the text of the template's file.
pub type Pos = u32;
/// A variable's name, interned per text; 0 is `$`.
pub type Name = u32;

/// The text a template was parsed from.
#[derive(Debug)]
pub struct Origin {
    pub file: Rc<str>,
    /// Offset of every line's first byte.
    line_starts: Vec<Pos>,
    pub variables: Vec<String>,
}

impl Origin {
    #[must_use]
    pub fn new(file: Rc<str>, text: &str, variables: Vec<String>) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let line_starts = std::iter::once(0)
            .chain(breaks.map(|(at, _)| Pos::try_from(at + 1).unwrap_or(Pos::MAX)))
            .collect();
        Origin { file, line_starts, variables }
    }

    /// 1-based line and 0-based byte column.
    #[must_use]
    pub fn line_and_column(&self, pos: Pos) -> (u32, u32) {
        let line = self.line_starts.partition_point(|start| *start <= pos).max(1);
        let start = self.line_starts.get(line - 1).copied().unwrap_or_default();
        (u32::try_from(line).unwrap_or(u32::MAX), pos - start)
    }
}

/// One named template.
#[derive(Debug)]
pub struct Template {
    pub name: Rc<str>,
    pub origin: Rc<Origin>,
    pub body: Vec<Node>,
}

impl Template {
    /// Nothing but space: such a later definition replaces none (Go: parse.IsEmptyTree).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.body.iter().all(|node| match node {
            Node::Text(_, text) => text.iter().all(|byte| byte.is_ascii_whitespace() || *byte == 11),
            _ => false,
        })
    }
}

#[derive(Debug)]
pub enum Node {
    Text(Pos, Box<[u8]>),
    Action(Pos, Pipe),
    If(Branch),
    With(Branch),
    Range(Loop),
    Template { pos: Pos, name: Rc<str>, pipe: Option<Pipe> },
    Break(Pos),
    Continue(Pos),
}

/// `if`/`with` and its chain of `else if`/`else with`.
#[derive(Debug)]
pub struct Branch {
    pub arms: Vec<(Pipe, Vec<Node>)>,
    pub otherwise: Option<Vec<Node>>,
    pub marks: Box<Marks>,
}

/// `range` and its `else`.
#[derive(Debug)]
pub struct Loop {
    pub pipe: Pipe,
    pub body: Vec<Node>,
    pub otherwise: Option<Vec<Node>>,
    pub marks: Box<Marks>,
}

/// What a block says of itself to those who trace it.
#[derive(Debug, Default)]
pub struct Marks {
    /// Where the words `if`, `with`, `range` and the last `else` stand, in order.
    pub places: Vec<Pos>,
    /// Variables that are set (not declared) anywhere inside.
    pub assigned: Vec<Name>,
}

#[derive(Debug)]
pub struct Pipe {
    pub pos: Pos,
    pub assign: bool,
    pub declared: Vec<(Pos, Name)>,
    pub commands: Vec<Command>,
}

#[derive(Debug)]
pub struct Command {
    pub pos: Pos,
    pub args: Vec<Expr>,
}

#[derive(Debug)]
pub enum Expr {
    Dot(Pos),
    Nil(Pos),
    Bool(Pos, bool),
    Number(Pos, Box<Number>),
    Str(Pos, Box<str>, Str),
    Field(Pos, Box<[Box<str>]>),
    Variable(Pos, Name, Box<[Box<str>]>),
    Function(Pos, Callee),
    Pipe(Box<Pipe>),
    Chain(Pos, Box<Expr>, Box<[Box<str>]>),
}

/// What a function name means, resolved when parsed.
#[derive(Clone, Copy)]
pub enum Callee {
    /// One of the evaluator's own.
    Own(&'static super::builtins::Builtin),
    Table(&'static Function),
}

impl Callee {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Callee::Own(builtin) => builtin.name,
            Callee::Table(function) => function.name,
        }
    }
}

impl std::fmt::Debug for Callee {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl Expr {
    #[must_use]
    pub fn pos(&self) -> Pos {
        match self {
            Expr::Dot(pos)
            | Expr::Nil(pos)
            | Expr::Bool(pos, _)
            | Expr::Number(pos, _)
            | Expr::Str(pos, ..)
            | Expr::Field(pos, _)
            | Expr::Variable(pos, ..)
            | Expr::Function(pos, _)
            | Expr::Chain(pos, ..) => *pos,
            Expr::Pipe(pipe) => pipe.pos,
        }
    }
}

/// The node that an error is about.
#[derive(Clone, Copy)]
pub enum At<'a> {
    Node(&'a Node),
    Pipe(&'a Pipe),
    Command(&'a Command),
    Expr(&'a Expr),
    Variable(Pos, Name),
}

impl At<'_> {
    #[must_use]
    pub fn pos(self) -> Pos {
        match self {
            At::Node(node) => match node {
                Node::Text(pos, _) | Node::Action(pos, _) | Node::Break(pos) | Node::Continue(pos) => *pos,
                Node::If(branch) | Node::With(branch) => branch.arms.first().map_or(0, |(pipe, _)| pipe.pos),
                Node::Range(block) => block.pipe.pos,
                Node::Template { pos, .. } => *pos,
            },
            At::Pipe(pipe) => pipe.pos,
            At::Command(command) => command.pos,
            At::Expr(expr) => expr.pos(),
            At::Variable(pos, _) => pos,
        }
    }

    /// The canonical text (Go: Node.String).
    #[must_use]
    pub fn text(self, origin: &Origin) -> String {
        let mut out = String::new();
        let writer = Writer { origin };
        match self {
            At::Node(node) => writer.node(&mut out, node),
            At::Pipe(pipe) => writer.pipe(&mut out, pipe),
            At::Command(command) => writer.command(&mut out, command),
            At::Expr(expr) => writer.expr(&mut out, expr),
            At::Variable(_, name) => out.push_str(writer.variable(name)),
        }
        out
    }
}

struct Writer<'a> {
    origin: &'a Origin,
}

impl Writer<'_> {
    fn variable(&self, name: Name) -> &str {
        self.origin.variables.get(name as usize).map_or("$", String::as_str)
    }

    fn nodes(&self, out: &mut String, nodes: &[Node]) {
        for node in nodes {
            self.node(out, node);
        }
    }

    fn node(&self, out: &mut String, node: &Node) {
        match node {
            Node::Text(_, text) => out.push_str(&String::from_utf8_lossy(text)),
            Node::Action(_, pipe) => {
                out.push_str("{{");
                self.pipe(out, pipe);
                out.push_str("}}");
            }
            Node::If(branch) => self.branch(out, "if", &branch.arms, branch.otherwise.as_deref()),
            Node::With(branch) => self.branch(out, "with", &branch.arms, branch.otherwise.as_deref()),
            Node::Range(block) => {
                out.push_str("{{range ");
                self.pipe(out, &block.pipe);
                out.push_str("}}");
                self.nodes(out, &block.body);
                self.otherwise(out, block.otherwise.as_deref());
            }
            Node::Template { name, pipe, .. } => {
                out.push_str("{{template ");
                out.push_str(&quote(name.as_bytes(), false));
                if let Some(pipe) = pipe {
                    out.push(' ');
                    self.pipe(out, pipe);
                }
                out.push_str("}}");
            }
            Node::Break(_) => out.push_str("{{break}}"),
            Node::Continue(_) => out.push_str("{{continue}}"),
        }
    }

    fn branch(&self, out: &mut String, word: &str, arms: &[(Pipe, Vec<Node>)], otherwise: Option<&[Node]>) {
        for (at, (pipe, body)) in arms.iter().enumerate() {
            out.push_str(if at == 0 { "{{" } else { "{{else}}{{" });
            out.push_str(word);
            out.push(' ');
            self.pipe(out, pipe);
            out.push_str("}}");
            self.nodes(out, body);
        }
        self.otherwise(out, otherwise);
        for _ in 1..arms.len() {
            out.push_str("{{end}}");
        }
    }

    fn otherwise(&self, out: &mut String, otherwise: Option<&[Node]>) {
        if let Some(nodes) = otherwise {
            out.push_str("{{else}}");
            self.nodes(out, nodes);
        }
        out.push_str("{{end}}");
    }

    fn pipe(&self, out: &mut String, pipe: &Pipe) {
        for (at, (_, name)) in pipe.declared.iter().enumerate() {
            if at > 0 {
                out.push_str(", ");
            }
            out.push_str(self.variable(*name));
        }
        if !pipe.declared.is_empty() {
            out.push_str(if pipe.assign { " = " } else { " := " });
        }
        for (at, command) in pipe.commands.iter().enumerate() {
            if at > 0 {
                out.push_str(" | ");
            }
            self.command(out, command);
        }
    }

    fn command(&self, out: &mut String, command: &Command) {
        for (at, arg) in command.args.iter().enumerate() {
            if at > 0 {
                out.push(' ');
            }
            self.parenthesised(out, arg);
        }
    }

    fn parenthesised(&self, out: &mut String, expr: &Expr) {
        if let Expr::Pipe(pipe) = expr {
            out.push('(');
            self.pipe(out, pipe);
            out.push(')');
        } else {
            self.expr(out, expr);
        }
    }

    fn expr(&self, out: &mut String, expr: &Expr) {
        let fields = |out: &mut String, names: &[Box<str>]| {
            for name in names {
                out.push('.');
                out.push_str(name);
            }
        };
        match expr {
            Expr::Dot(_) => out.push('.'),
            Expr::Nil(_) => out.push_str("nil"),
            Expr::Bool(_, value) => out.push_str(if *value { "true" } else { "false" }),
            Expr::Number(_, number) => out.push_str(&number.text),
            Expr::Str(_, quoted, _) => out.push_str(quoted),
            Expr::Field(_, names) => fields(out, names),
            Expr::Variable(_, name, names) => {
                out.push_str(self.variable(*name));
                fields(out, names);
            }
            Expr::Function(_, callee) => out.push_str(callee.name()),
            Expr::Pipe(pipe) => self.pipe(out, pipe),
            Expr::Chain(_, base, names) => {
                self.parenthesised(out, base);
                fields(out, names);
            }
        }
    }
}
