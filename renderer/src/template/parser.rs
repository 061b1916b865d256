//! Items to templates: Go's grammar, checks and error texts (text/template/parse). It runs nothing.

use std::rc::Rc;

use super::ast::{Branch, Callee, Loop, Marks, Name, Node, Origin, Pos, Template};
use super::lexer::{Item, Kind, Lexer};
use super::quote::{quote, unquote};
use crate::error::Error;
use crate::limits::PARSE_DEPTH_MAX;

/// The templates of one text: the text itself first, then every `define` and `block` in it.
pub struct Parsed {
    pub main: Template,
    pub defined: Vec<Template>,
}

/// Parses `text` as template `name`; `find` resolves function names.
pub fn parse(name: &Rc<str>, text: &str, find: &dyn Fn(&str) -> Option<Callee>) -> Result<Parsed, Error> {
    let mut parser = Parser {
        file: Rc::clone(name),
        lexer: Lexer::new(Rc::from(text)),
        ahead: Vec::new(),
        last_line: 1,
        action_line: 0,
        names: vec!["$".to_owned()],
        scope: vec![0],
        assigned: Vec::new(),
        range_depth: 0,
        depth: 0,
        defined: Vec::new(),
        find,
    };
    let body = parser.top()?;
    let origin = Rc::new(Origin::new(Rc::clone(name), text, parser.names));
    let finish = |(name, body): (Rc<str>, Vec<Node>)| Template { name, origin: Rc::clone(&origin), body };
    Ok(Parsed {
        defined: parser.defined.into_iter().map(finish).collect(),
        main: finish((Rc::clone(name), body)),
    })
}

pub(super) struct Parser<'a> {
    pub(super) file: Rc<str>,
    pub(super) lexer: Lexer,
    /// Items pushed back, the next one last.
    pub(super) ahead: Vec<Item>,
    pub(super) last_line: u32,
    /// Line where the current action began; 0 outside actions.
    pub(super) action_line: u32,
    pub(super) names: Vec<String>,
    pub(super) scope: Vec<Name>,
    /// Variables that were set so far.
    pub(super) assigned: Vec<Name>,
    pub(super) range_depth: usize,
    pub(super) depth: usize,
    pub(super) defined: Vec<(Rc<str>, Vec<Node>)>,
    pub(super) find: &'a dyn Fn(&str) -> Option<Callee>,
}

/// How a list of nodes ended.
enum End {
    End,
    /// Where the `else` stands. The `if` or `with` item is still ahead when it is an `else if` or `else with`.
    Else(Pos),
}

enum Parsable {
    Node(Node),
    End(End),
}

pub(super) type Outcome<T> = Result<T, Error>;

impl Parser<'_> {
    // Items.

    pub(super) fn next(&mut self) -> Item {
        let item = self.ahead.pop().unwrap_or_else(|| self.lexer.next_item());
        self.last_line = item.line;
        item
    }

    pub(super) fn back(&mut self, item: Item) {
        self.ahead.push(item);
    }

    pub(super) fn peek(&mut self) -> Kind {
        let item = self.next();
        let kind = item.kind;
        self.back(item);
        kind
    }

    pub(super) fn next_non_space(&mut self) -> Item {
        loop {
            let item = self.next();
            if item.kind != Kind::Space {
                return item;
            }
        }
    }

    /// The next item that is no space, left in place.
    pub(super) fn peek_non_space(&mut self) -> Item {
        let item = self.next_non_space();
        self.back(item.clone());
        item
    }

    pub(super) fn text(&self, item: &Item) -> &str {
        self.lexer.text.get(item.start..item.end).unwrap_or_default()
    }

    fn expect_close(&mut self, context: &str) -> Outcome<()> {
        let item = self.next_non_space();
        if item.kind == Kind::RightDelim { Ok(()) } else { Err(self.unexpected(&item, context)) }
    }

    // Errors.

    pub(super) fn error(&self, message: impl Into<String>) -> Error {
        Error::parse(&self.file, self.last_line, message)
    }

    pub(super) fn unexpected(&self, item: &Item, context: &str) -> Error {
        let shown = self.lexer.describe(item);
        if item.kind != Kind::Error {
            return self.error(format!("unexpected {shown} in {context}"));
        }
        let mut extra = String::new();
        if self.action_line != 0 && self.action_line != item.line {
            let word = if shown.ends_with(" action") { "" } else { " in action" };
            extra = format!("{word} started at {}:{}", self.file, self.action_line);
        }
        self.error(format!("{shown}{extra}"))
    }

    pub(super) fn enter(&mut self) -> Outcome<()> {
        self.depth += 1;
        if self.depth > PARSE_DEPTH_MAX {
            return Err(Error {
                kind: crate::error::Kind::Limit("nesting of parentheses and blocks"),
                ..self.error("limit reached: nesting of parentheses and blocks")
            });
        }
        Ok(())
    }

    // Lists and actions.

    fn top(&mut self) -> Outcome<Vec<Node>> {
        let mut nodes = Vec::new();
        loop {
            let item = self.next();
            match item.kind {
                Kind::Eof => return Ok(nodes),
                Kind::LeftDelim => {
                    let after = self.next_non_space();
                    if after.kind == Kind::Define {
                        self.definition()?;
                        continue;
                    }
                    self.back(after);
                    self.back(item);
                }
                _ => self.back(item),
            }
            match self.text_or_action()? {
                Parsable::Node(node) => nodes.push(node),
                Parsable::End(End::End) => return Err(self.error("unexpected {{end}}")),
                Parsable::End(End::Else(_)) => return Err(self.error("unexpected {{else}}")),
            }
        }
    }

    fn definition(&mut self) -> Outcome<()> {
        const CONTEXT: &str = "define clause";
        let item = self.next_non_space();
        let name = self.template_name(&item, CONTEXT)?;
        self.expect_close(CONTEXT)?;
        self.define(&name, CONTEXT)
    }

    /// The body of a `define` or `block`, with variables and loops of its own.
    fn define(&mut self, name: &Rc<str>, context: &str) -> Outcome<()> {
        let scope = std::mem::replace(&mut self.scope, vec![0]);
        let range_depth = std::mem::take(&mut self.range_depth);
        let action_line = std::mem::take(&mut self.action_line);
        self.enter()?;
        let (body, end) = self.list()?;
        if matches!(end, End::Else(_)) {
            return Err(self.error(format!("unexpected {{{{else}}}} in {context}")));
        }
        self.depth -= 1;
        self.scope = scope;
        self.range_depth = range_depth;
        self.action_line = action_line;
        self.add(name, body)
    }

    /// A second definition in one text is an error unless one of the two is empty (Go: Tree.add).
    fn add(&mut self, name: &Rc<str>, body: Vec<Node>) -> Outcome<()> {
        let empty = |body: &[Node]| {
            body.iter().all(|node| matches!(node, Node::Text(_, text) if text.trim_ascii().is_empty()))
        };
        match self.defined.iter_mut().find(|(known, _)| known == name) {
            None => self.defined.push((Rc::clone(name), body)),
            Some((_, known)) if empty(known) => *known = body,
            Some(_) if empty(&body) => {}
            Some(_) => {
                let shown = quote(name.as_bytes(), false);
                return Err(self.error(format!("template: multiple definition of template {shown}")));
            }
        }
        Ok(())
    }

    fn list(&mut self) -> Outcome<(Vec<Node>, End)> {
        let mut nodes = Vec::new();
        while self.peek_non_space().kind != Kind::Eof {
            match self.text_or_action()? {
                Parsable::Node(node) => nodes.push(node),
                Parsable::End(end) => return Ok((nodes, end)),
            }
        }
        self.next_non_space();
        Err(self.error("unexpected EOF"))
    }

    fn text_or_action(&mut self) -> Outcome<Parsable> {
        let item = self.next_non_space();
        match item.kind {
            Kind::Text => {
                let text = self.text(&item).as_bytes().into();
                Ok(Parsable::Node(Node::Text(pos(&item), text)))
            }
            Kind::LeftDelim => {
                self.action_line = item.line;
                let node = self.action()?;
                self.action_line = 0;
                Ok(node)
            }
            _ => Err(self.unexpected(&item, "input")),
        }
    }

    fn action(&mut self) -> Outcome<Parsable> {
        let item = self.next_non_space();
        let node = match item.kind {
            Kind::Block => self.block()?,
            Kind::Break => self.loop_control(&item, "break", Node::Break)?,
            Kind::Continue => self.loop_control(&item, "continue", Node::Continue)?,
            Kind::Else => {
                let next = self.peek_non_space();
                if !matches!(next.kind, Kind::If | Kind::With) {
                    self.expect_close("else")?;
                }
                return Ok(Parsable::End(End::Else(pos(&item))));
            }
            Kind::End => {
                self.expect_close("end")?;
                return Ok(Parsable::End(End::End));
            }
            Kind::If => Node::If(self.branch(pos(&item), "if", Kind::If)?),
            Kind::With => Node::With(self.branch(pos(&item), "with", Kind::With)?),
            Kind::Range => self.range(pos(&item))?,
            Kind::Template => self.call_template()?,
            _ => {
                let at = pos(&item);
                self.back(item);
                Node::Action(at, self.pipeline("command", Kind::RightDelim)?)
            }
        };
        Ok(Parsable::Node(node))
    }

    fn loop_control(&mut self, item: &Item, word: &str, node: fn(Pos) -> Node) -> Outcome<Node> {
        self.expect_close(&format!("{{{{{word}}}}}"))?;
        if self.range_depth == 0 {
            return Err(self.error(format!("{{{{{word}}}}} outside {{{{range}}}}")));
        }
        Ok(node(pos(item)))
    }

    /// `if` and `with`; their else chains are read in a loop, so that long ones nest nothing.
    fn branch(&mut self, place: Pos, context: &str, word: Kind) -> Outcome<Branch> {
        self.enter()?;
        let (outer, assigned) = (self.scope.len(), self.assigned.len());
        let mut places = vec![place];
        let mut arms = Vec::new();
        let otherwise = loop {
            let pipe = self.pipeline(context, Kind::RightDelim)?;
            let (body, end) = self.list()?;
            arms.push((pipe, body));
            match end {
                End::End => break None,
                End::Else(_) if self.peek() == word => {
                    let item = self.next();
                    places.push(pos(&item));
                }
                End::Else(place) => {
                    places.push(place);
                    break Some(self.last_else()?);
                }
            }
        };
        self.scope.truncate(outer);
        self.depth -= 1;
        Ok(Branch { arms, otherwise, marks: self.marks(places, assigned) })
    }

    /// `since` is how many variables had been set before the block.
    fn marks(&self, places: Vec<Pos>, since: usize) -> Box<Marks> {
        let mut assigned = self.assigned.get(since..).unwrap_or_default().to_vec();
        assigned.sort_unstable();
        assigned.dedup();
        Box::new(Marks { places, assigned })
    }

    fn last_else(&mut self) -> Outcome<Vec<Node>> {
        let (nodes, end) = self.list()?;
        match end {
            End::End => Ok(nodes),
            End::Else(_) => Err(self.error("expected end; found {{else}}")),
        }
    }

    fn range(&mut self, place: Pos) -> Outcome<Node> {
        self.enter()?;
        let (outer, assigned) = (self.scope.len(), self.assigned.len());
        let mut places = vec![place];
        let pipe = self.pipeline("range", Kind::RightDelim)?;
        self.range_depth += 1;
        let (body, end) = self.list()?;
        self.range_depth -= 1;
        let otherwise = match end {
            End::End => None,
            End::Else(place) => {
                places.push(place);
                Some(self.last_else()?)
            }
        };
        self.scope.truncate(outer);
        self.depth -= 1;
        Ok(Node::Range(Loop { pipe, body, otherwise, marks: self.marks(places, assigned) }))
    }

    fn block(&mut self) -> Outcome<Node> {
        const CONTEXT: &str = "block clause";
        let item = self.next_non_space();
        let name = self.template_name(&item, CONTEXT)?;
        let pipe = self.pipeline(CONTEXT, Kind::RightDelim)?;
        self.define(&name, CONTEXT)?;
        Ok(Node::Template { pos: pos(&item), name, pipe: Some(pipe) })
    }

    fn call_template(&mut self) -> Outcome<Node> {
        const CONTEXT: &str = "template clause";
        let item = self.next_non_space();
        let name = self.template_name(&item, CONTEXT)?;
        let after = self.next_non_space();
        let pipe = if after.kind == Kind::RightDelim {
            None
        } else {
            self.back(after);
            Some(self.pipeline(CONTEXT, Kind::RightDelim)?)
        };
        Ok(Node::Template { pos: pos(&item), name, pipe })
    }

    fn template_name(&mut self, item: &Item, context: &str) -> Outcome<Rc<str>> {
        if !matches!(item.kind, Kind::String | Kind::RawString) {
            return Err(self.unexpected(item, context));
        }
        let name = unquote(self.text(item).as_bytes()).ok_or_else(|| self.error("invalid syntax"))?;
        Ok(Rc::from(String::from_utf8_lossy(&name)))
    }
}

pub(super) fn pos(item: &Item) -> Pos {
    Pos::try_from(item.start).unwrap_or(Pos::MAX)
}
