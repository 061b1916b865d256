//! Pipelines, commands, operands and terms of Go's template grammar. Blocks and definitions are in `parser`.

use std::rc::Rc;

use super::ast::{At, Command, Expr, Name, Origin, Pipe};
use super::lexer::{Item, Kind};
use super::number::Number;
use super::parser::{Outcome, Parser, pos};
use super::quote::{quote, unquote};
use crate::value::Str;

impl Parser<'_> {
    /// A pipeline up to the item `end`; `context` names it in errors.
    pub(super) fn pipeline(&mut self, context: &str, end: Kind) -> Outcome<Pipe> {
        let first = self.peek_non_space();
        let mut pipe = Pipe { pos: pos(&first), assign: false, declared: Vec::new(), commands: Vec::new() };
        self.declarations(&mut pipe, context)?;
        loop {
            let item = self.next_non_space();
            match item.kind {
                kind if kind == end => break,
                Kind::Bool
                | Kind::CharConstant
                | Kind::Complex
                | Kind::Dot
                | Kind::Field
                | Kind::Identifier
                | Kind::Number
                | Kind::Nil
                | Kind::RawString
                | Kind::String
                | Kind::Variable
                | Kind::LeftParen => {
                    self.back(item);
                    let command = self.command()?;
                    pipe.commands.push(command);
                }
                _ => return Err(self.unexpected(&item, context)),
            }
        }
        if pipe.commands.is_empty() {
            return Err(self.error(format!("missing value for {context}")));
        }
        for (at, command) in pipe.commands.iter().enumerate().skip(1) {
            if let Some(Expr::Bool(..) | Expr::Dot(_) | Expr::Nil(_) | Expr::Number(..) | Expr::Str(..)) =
                command.args.first()
            {
                return Err(self.error(format!("non executable command in pipeline stage {}", at + 1)));
            }
        }
        Ok(pipe)
    }

    /// `$x :=`, `$x =`, `$i, $x :=`.
    fn declarations(&mut self, pipe: &mut Pipe, context: &str) -> Outcome<()> {
        while self.peek_non_space().kind == Kind::Variable {
            let variable = self.next_non_space();
            let after = self.next();
            let next = if after.kind == Kind::Space { self.next_non_space() } else { after.clone() };
            let comma = next.kind == Kind::Char && self.text(&next) == ",";
            if !comma && !matches!(next.kind, Kind::Assign | Kind::Declare) {
                if after.kind == Kind::Space {
                    self.back(next);
                }
                self.back(after);
                self.back(variable);
                return Ok(());
            }
            let name = self.intern(&variable);
            pipe.declared.push((pos(&variable), name));
            self.scope.push(name);
            if !comma {
                pipe.assign = next.kind == Kind::Assign;
                if pipe.assign {
                    self.assigned.extend(pipe.declared.iter().map(|(_, name)| *name));
                }
                return Ok(());
            }
            if context != "range" || pipe.declared.len() >= 2 {
                return Err(self.error(format!("too many declarations in {context}")));
            }
            if !matches!(self.peek_non_space().kind, Kind::Variable | Kind::RightDelim | Kind::RightParen) {
                return Err(self.error("range can only initialize variables"));
            }
        }
        Ok(())
    }

    fn intern(&mut self, item: &Item) -> Name {
        let text = self.text(item).to_owned();
        let at = self.names.iter().position(|known| *known == text).unwrap_or_else(|| {
            self.names.push(text);
            self.names.len() - 1
        });
        Name::try_from(at).unwrap_or(Name::MAX)
    }

    fn command(&mut self) -> Outcome<Command> {
        let first = self.peek_non_space();
        let mut command = Command { pos: pos(&first), args: Vec::new() };
        loop {
            self.peek_non_space();
            if let Some(operand) = self.operand()? {
                command.args.push(operand);
            }
            let item = self.next();
            match item.kind {
                Kind::Space => {}
                Kind::RightDelim | Kind::RightParen => {
                    self.back(item);
                    break;
                }
                Kind::Pipe => break,
                _ => return Err(self.unexpected(&item, "operand")),
            }
        }
        if command.args.is_empty() {
            return Err(self.error("empty command"));
        }
        Ok(command)
    }

    fn operand(&mut self) -> Outcome<Option<Expr>> {
        let Some(term) = self.term()? else { return Ok(None) };
        if self.peek() != Kind::Field {
            return Ok(Some(term));
        }
        let mut fields: Vec<Box<str>> = Vec::new();
        let mut at = None;
        while self.peek() == Kind::Field {
            let item = self.next();
            at.get_or_insert(pos(&item));
            fields.push(self.text(&item).get(1..).unwrap_or_default().into());
        }
        let at = at.unwrap_or_default();
        let joined =
            |names: Box<[Box<str>]>, fields: Vec<Box<str>>| names.into_iter().chain(fields).collect();
        Ok(Some(match term {
            Expr::Field(_, names) => Expr::Field(at, joined(names, fields)),
            Expr::Variable(_, name, names) => Expr::Variable(at, name, joined(names, fields)),
            Expr::Bool(..) | Expr::Str(..) | Expr::Number(..) | Expr::Nil(_) | Expr::Dot(_) => {
                let origin = Origin::new(Rc::clone(&self.file), "", Vec::new());
                let text = At::Expr(&term).text(&origin);
                let shown = quote(text.as_bytes(), false);
                return Err(self.error(format!("unexpected . after term {shown}")));
            }
            other => Expr::Chain(at, Box::new(other), fields.into()),
        }))
    }

    fn term(&mut self) -> Outcome<Option<Expr>> {
        let item = self.next_non_space();
        let at = pos(&item);
        let text = self.lexer.text.get(item.start..item.end).unwrap_or_default();
        Ok(Some(match item.kind {
            Kind::Identifier => match (self.find)(text) {
                Some(callee) => Expr::Function(at, callee),
                None => {
                    let shown = quote(text.as_bytes(), false);
                    return Err(self.error(format!("function {shown} not defined")));
                }
            },
            Kind::Dot => Expr::Dot(at),
            Kind::Nil => Expr::Nil(at),
            Kind::Bool => Expr::Bool(at, text == "true"),
            Kind::Field => Expr::Field(at, Box::new([text.get(1..).unwrap_or_default().into()])),
            Kind::Variable => {
                let name = self.intern(&item);
                if !self.scope.contains(&name) {
                    let shown = quote(self.text(&item).as_bytes(), false);
                    return Err(self.error(format!("undefined variable {shown}")));
                }
                Expr::Variable(at, name, Box::new([]))
            }
            Kind::Number | Kind::CharConstant | Kind::Complex => {
                let number = match item.kind {
                    Kind::Number => Number::parse(text),
                    Kind::Complex => Number::parse_complex(text),
                    _ => Number::parse_char(text),
                };
                Expr::Number(at, Box::new(number.map_err(|message| self.error(message))?))
            }
            Kind::String | Kind::RawString => {
                let value = unquote(text.as_bytes()).ok_or_else(|| self.error("invalid syntax"))?;
                Expr::Str(at, text.into(), Str::from(value))
            }
            Kind::LeftParen => {
                self.enter()?;
                let pipe = self.pipeline("parenthesized pipeline", Kind::RightParen)?;
                self.depth -= 1;
                Expr::Pipe(Box::new(pipe))
            }
            _ => {
                self.back(item);
                return Ok(None);
            }
        }))
    }
}
