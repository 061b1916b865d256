//! Tokens to events: libyaml's state machine with its sentences. It builds nothing and looks up no anchors.

use super::error::{YamlError, YamlErrorKind};
use super::feed::Feed;
use super::scanner::Scanner;
use super::source::{Mark, Source};
use super::token::{ScalarStyle, Token, TokenKind};

/// What `!!` stands for.
pub(super) const CORE_TAG_PREFIX: &str = "tag:yaml.org,2002:";

#[derive(Clone, Debug)]
pub(super) enum EventKind {
    StreamStart,
    StreamEnd,
    DocumentStart,
    DocumentEnd,
    Alias(String),
    Scalar { anchor: Option<String>, tag: String, value: Vec<u8>, implicit: bool },
    SequenceStart { anchor: Option<String> },
    SequenceEnd,
    MappingStart { anchor: Option<String> },
    MappingEnd,
}

#[derive(Clone, Debug)]
pub(super) struct Event {
    pub kind: EventKind,
    pub start: Mark,
    pub end: Mark,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum State {
    StreamStart,
    DocumentStart { first: bool },
    DocumentContent,
    DocumentEnd,
    BlockNode,
    BlockSequenceEntry { first: bool },
    IndentlessSequenceEntry,
    BlockMappingKey { first: bool },
    BlockMappingValue,
    FlowSequenceEntry { first: bool },
    FlowSequencePairKey,
    FlowSequencePairValue,
    FlowSequencePairEnd,
    FlowMappingKey { first: bool },
    FlowMappingValue { empty: bool },
    End,
}

pub(super) struct Parser<'a> {
    pub(super) scanner: Scanner<'a>,
    pub(super) state: State,
    /// Where to go on after the node in work.
    pub(super) states: Vec<State>,
    /// Starts of the open collections, for error lines.
    marks: Vec<Mark>,
    pub(super) tag_handles: Vec<(Vec<u8>, Vec<u8>)>,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a [u8]) -> Result<Self, YamlError> {
        // goyaml reads an empty text as an empty line.
        let text = if text.is_empty() { b"\n" } else { text };
        Source::new(text).map(Parser::over)
    }

    /// A text that arrives while it is parsed.
    pub(super) fn streaming(feed: Feed<'a>) -> Result<Self, YamlError> {
        Source::streaming(feed).map(Parser::over)
    }

    fn over(source: Source<'a>) -> Self {
        Parser {
            scanner: Scanner::new(source),
            state: State::StreamStart,
            states: Vec::new(),
            marks: Vec::new(),
            tag_handles: Vec::new(),
        }
    }

    pub(super) fn next(&mut self) -> Result<Event, YamlError> {
        match self.state {
            State::StreamStart => {
                let token = self.scanner.take()?;
                self.state = State::DocumentStart { first: true };
                Ok(event(EventKind::StreamStart, token.start, token.end))
            }
            State::DocumentStart { first } => self.document_start(first),
            State::DocumentContent => self.document_content(),
            State::DocumentEnd => self.document_end(),
            State::BlockNode => self.node(true, false),
            State::BlockSequenceEntry { first } => self.block_sequence_entry(first),
            State::IndentlessSequenceEntry => self.indentless_sequence_entry(),
            State::BlockMappingKey { first } => self.block_mapping_key(first),
            State::BlockMappingValue => self.block_mapping_value(),
            State::FlowSequenceEntry { first } => self.flow_sequence_entry(first),
            State::FlowSequencePairKey => self.flow_pair_key(),
            State::FlowSequencePairValue => self.flow_pair_value(),
            State::FlowSequencePairEnd => {
                let start = self.scanner.peek()?.start;
                self.state = State::FlowSequenceEntry { first: false };
                Ok(event(EventKind::MappingEnd, start, start))
            }
            State::FlowMappingKey { first } => self.flow_mapping_key(first),
            State::FlowMappingValue { empty } => self.flow_mapping_value(empty),
            State::End => {
                let mark = self.scanner.source.mark;
                Ok(event(EventKind::StreamEnd, mark, mark))
            }
        }
    }

    fn document_start(&mut self, first: bool) -> Result<Event, YamlError> {
        if !first {
            while self.scanner.peek()?.kind == TokenKind::DocumentEnd {
                self.scanner.take()?;
            }
        }
        let (start, end) = (self.scanner.peek()?.start, self.scanner.peek()?.end);
        match self.scanner.peek()?.kind {
            TokenKind::StreamEnd => {
                self.scanner.take()?;
                self.state = State::End;
                return Ok(event(EventKind::StreamEnd, start, end));
            }
            TokenKind::VersionDirective { .. }
            | TokenKind::TagDirective { .. }
            | TokenKind::DocumentStart => {}
            _ if first => {
                self.directives()?;
                self.states.push(State::DocumentEnd);
                self.state = State::BlockNode;
                return Ok(event(EventKind::DocumentStart, start, end));
            }
            _ => {}
        }
        self.directives()?;
        let token = self.scanner.peek()?;
        if token.kind != TokenKind::DocumentStart {
            let at = token.start;
            return fail("did not find expected <document start>", at, None);
        }
        let end = token.end;
        self.scanner.take()?;
        self.states.push(State::DocumentEnd);
        self.state = State::DocumentContent;
        Ok(event(EventKind::DocumentStart, start, end))
    }

    fn document_content(&mut self) -> Result<Event, YamlError> {
        let token = self.scanner.peek()?;
        match token.kind {
            TokenKind::VersionDirective { .. }
            | TokenKind::TagDirective { .. }
            | TokenKind::DocumentStart
            | TokenKind::DocumentEnd
            | TokenKind::StreamEnd => {
                let at = token.start;
                self.pop_state();
                Ok(empty_scalar(at))
            }
            _ => self.node(true, false),
        }
    }

    fn document_end(&mut self) -> Result<Event, YamlError> {
        let token = self.scanner.peek()?;
        let start = token.start;
        let mut end = start;
        if token.kind == TokenKind::DocumentEnd {
            end = token.end;
            self.scanner.take()?;
        }
        self.tag_handles.clear();
        self.state = State::DocumentStart { first: false };
        Ok(event(EventKind::DocumentEnd, start, end))
    }

    /// A node with its anchor and tag.
    pub(super) fn node(&mut self, block: bool, indentless: bool) -> Result<Event, YamlError> {
        if let TokenKind::Alias(_) = self.scanner.peek()?.kind {
            let token = self.scanner.take()?;
            self.pop_state();
            let name = if let TokenKind::Alias(name) = &token.kind { lossy(name) } else { String::new() };
            return Ok(event(EventKind::Alias(name), token.start, token.end));
        }
        let start = self.scanner.peek()?.start;
        let mut end = start;
        let (mut anchor, mut tag_token) = (None, None);
        // One of each, in either order.
        for _ in 0..2 {
            let wanted = match self.scanner.peek()?.kind {
                TokenKind::Anchor(_) => anchor.is_none(),
                TokenKind::Tag { .. } => tag_token.is_none(),
                _ => false,
            };
            if !wanted {
                break;
            }
            let token = self.scanner.take()?;
            end = token.end;
            match token.kind {
                TokenKind::Anchor(name) => anchor = Some(lossy(&name)),
                TokenKind::Tag { handle, suffix } => tag_token = Some((handle, suffix, token.start)),
                _ => {}
            }
        }
        let tag = match tag_token {
            None => String::new(),
            Some((handle, suffix, at)) => self.expand_tag(&handle, &suffix, at)?,
        };
        self.node_content(block, indentless, anchor, tag, (start, end))
    }

    fn node_content(
        &mut self,
        block: bool,
        indentless: bool,
        anchor: Option<String>,
        tag: String,
        (start, end): (Mark, Mark),
    ) -> Result<Event, YamlError> {
        let token = self.scanner.peek()?;
        let (token_start, token_end) = (token.start, token.end);
        let (state, kind) = match token.kind {
            TokenKind::BlockEntry if indentless => {
                (State::IndentlessSequenceEntry, EventKind::SequenceStart { anchor })
            }
            TokenKind::Scalar { .. } => {
                let Token { kind: TokenKind::Scalar { value, style }, .. } = self.scanner.take()? else {
                    return fail("did not find expected node content", token_start, Some(start));
                };
                self.pop_state();
                let implicit = (tag.is_empty() && style == ScalarStyle::Plain) || tag == "!";
                return Ok(event(EventKind::Scalar { anchor, tag, value, implicit }, start, token_end));
            }
            TokenKind::FlowSequenceStart => {
                (State::FlowSequenceEntry { first: true }, EventKind::SequenceStart { anchor })
            }
            TokenKind::FlowMappingStart => {
                (State::FlowMappingKey { first: true }, EventKind::MappingStart { anchor })
            }
            TokenKind::BlockSequenceStart if block => {
                (State::BlockSequenceEntry { first: true }, EventKind::SequenceStart { anchor })
            }
            TokenKind::BlockMappingStart if block => {
                (State::BlockMappingKey { first: true }, EventKind::MappingStart { anchor })
            }
            _ if anchor.is_some() || !tag.is_empty() => {
                self.pop_state();
                let implicit = tag.is_empty();
                let kind = EventKind::Scalar { anchor, tag, value: Vec::new(), implicit };
                return Ok(event(kind, start, end));
            }
            _ => return fail("did not find expected node content", token_start, Some(start)),
        };
        self.state = state;
        Ok(event(kind, start, token_end))
    }

    fn block_sequence_entry(&mut self, first: bool) -> Result<Event, YamlError> {
        self.enter(first)?;
        match self.scanner.peek()?.kind {
            TokenKind::BlockEntry => {
                let at = self.scanner.take()?.end;
                let next = State::BlockSequenceEntry { first: false };
                let none = matches!(self.scanner.peek()?.kind, TokenKind::BlockEntry | TokenKind::BlockEnd);
                self.node_or_empty(none, next, at, true, false)
            }
            TokenKind::BlockEnd => self.leave(EventKind::SequenceEnd),
            _ => self.fail_in_collection("did not find expected '-' indicator"),
        }
    }

    /// A sequence at the column of its key.
    fn indentless_sequence_entry(&mut self) -> Result<Event, YamlError> {
        let token = self.scanner.peek()?;
        if token.kind != TokenKind::BlockEntry {
            let at = token.start;
            self.pop_state();
            return Ok(event(EventKind::SequenceEnd, at, at));
        }
        let at = self.scanner.take()?.end;
        let none = matches!(
            self.scanner.peek()?.kind,
            TokenKind::BlockEntry | TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd
        );
        self.node_or_empty(none, State::IndentlessSequenceEntry, at, true, false)
    }

    fn block_mapping_key(&mut self, first: bool) -> Result<Event, YamlError> {
        self.enter(first)?;
        match self.scanner.peek()?.kind {
            TokenKind::Key => {
                let at = self.scanner.take()?.end;
                let none = self.at_block_mapping_gap()?;
                self.node_or_empty(none, State::BlockMappingValue, at, true, true)
            }
            TokenKind::BlockEnd => self.leave(EventKind::MappingEnd),
            _ => self.fail_in_collection("did not find expected key"),
        }
    }

    fn block_mapping_value(&mut self) -> Result<Event, YamlError> {
        let token = self.scanner.peek()?;
        let next = State::BlockMappingKey { first: false };
        if token.kind != TokenKind::Value {
            let at = token.start;
            return self.node_or_empty(true, next, at, true, true);
        }
        let at = self.scanner.take()?.end;
        let none = self.at_block_mapping_gap()?;
        self.node_or_empty(none, next, at, true, true)
    }

    fn at_block_mapping_gap(&mut self) -> Result<bool, YamlError> {
        Ok(matches!(self.scanner.peek()?.kind, TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd))
    }

    /// Goes on with the node that begins here and then with `next`, or gives the empty scalar where there is `none`.
    pub(super) fn node_or_empty(
        &mut self,
        none: bool,
        next: State,
        at: Mark,
        block: bool,
        indentless: bool,
    ) -> Result<Event, YamlError> {
        if none {
            self.state = next;
            return Ok(empty_scalar(at));
        }
        self.states.push(next);
        self.node(block, indentless)
    }

    pub(super) fn enter(&mut self, first: bool) -> Result<(), YamlError> {
        if first {
            let token = self.scanner.take()?;
            self.marks.push(token.start);
        }
        Ok(())
    }

    pub(super) fn leave(&mut self, kind: EventKind) -> Result<Event, YamlError> {
        self.pop_state();
        self.marks.pop();
        let token = self.scanner.take()?;
        Ok(event(kind, token.start, token.end))
    }

    pub(super) fn fail_in_collection(&mut self, sentence: &str) -> Result<Event, YamlError> {
        let context = self.marks.pop();
        let at = self.scanner.peek()?.start;
        fail(sentence, at, context)
    }

    fn pop_state(&mut self) {
        self.state = self.states.pop().unwrap_or(State::End);
    }
}

pub(super) fn event(kind: EventKind, start: Mark, end: Mark) -> Event {
    Event { kind, start, end }
}

fn empty_scalar(at: Mark) -> Event {
    let kind = EventKind::Scalar { anchor: None, tag: String::new(), value: Vec::new(), implicit: true };
    event(kind, at, at)
}

/// The lines of parser errors are one less than those of scanner errors, and the context's where the first would be 0.
pub(super) fn fail<T>(sentence: &str, at: Mark, context: Option<Mark>) -> Result<T, YamlError> {
    let shown_line = if at.line > 0 { at.line } else { context.map_or(0, |context| context.line) };
    Err(YamlError { kind: YamlErrorKind::Malformed(sentence.to_owned()), line: at.line + 1, shown_line })
}

pub(super) fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
