//! The parser's states inside `[...]` and `{...}`.

use super::error::YamlError;
use super::parser::{Event, EventKind, Parser, State, event};
use super::token::TokenKind;

impl Parser<'_> {
    pub(super) fn flow_sequence_entry(&mut self, first: bool) -> Result<Event, YamlError> {
        self.enter(first)?;
        if self.scanner.peek()?.kind != TokenKind::FlowSequenceEnd {
            if !first {
                if self.scanner.peek()?.kind != TokenKind::FlowEntry {
                    return self.fail_in_collection("did not find expected ',' or ']'");
                }
                self.scanner.take()?;
            }
            match self.scanner.peek()?.kind {
                TokenKind::Key => {
                    let token = self.scanner.take()?;
                    self.state = State::FlowSequencePairKey;
                    return Ok(event(EventKind::MappingStart { anchor: None }, token.start, token.end));
                }
                TokenKind::FlowSequenceEnd => {}
                _ => {
                    self.states.push(State::FlowSequenceEntry { first: false });
                    return self.node(false, false);
                }
            }
        }
        self.leave(EventKind::SequenceEnd)
    }

    /// The key of `[a: b]`.
    pub(super) fn flow_pair_key(&mut self) -> Result<Event, YamlError> {
        let none = matches!(
            self.scanner.peek()?.kind,
            TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowSequenceEnd
        );
        let at = self.scanner.peek()?.end;
        if none {
            self.scanner.take()?;
        }
        self.node_or_empty(none, State::FlowSequencePairValue, at, false, false)
    }

    pub(super) fn flow_pair_value(&mut self) -> Result<Event, YamlError> {
        let mut at = self.scanner.peek()?.start;
        let mut none = true;
        if self.scanner.peek()?.kind == TokenKind::Value {
            self.scanner.take()?;
            at = self.scanner.peek()?.start;
            none = matches!(self.scanner.peek()?.kind, TokenKind::FlowEntry | TokenKind::FlowSequenceEnd);
        }
        self.node_or_empty(none, State::FlowSequencePairEnd, at, false, false)
    }

    pub(super) fn flow_mapping_key(&mut self, first: bool) -> Result<Event, YamlError> {
        self.enter(first)?;
        if self.scanner.peek()?.kind != TokenKind::FlowMappingEnd {
            if !first {
                if self.scanner.peek()?.kind != TokenKind::FlowEntry {
                    return self.fail_in_collection("did not find expected ',' or '}'");
                }
                self.scanner.take()?;
            }
            match self.scanner.peek()?.kind {
                TokenKind::Key => {
                    self.scanner.take()?;
                    let none = matches!(
                        self.scanner.peek()?.kind,
                        TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowMappingEnd
                    );
                    let at = self.scanner.peek()?.start;
                    return self.node_or_empty(
                        none,
                        State::FlowMappingValue { empty: false },
                        at,
                        false,
                        false,
                    );
                }
                TokenKind::FlowMappingEnd => {}
                _ => {
                    self.states.push(State::FlowMappingValue { empty: true });
                    return self.node(false, false);
                }
            }
        }
        self.leave(EventKind::MappingEnd)
    }

    pub(super) fn flow_mapping_value(&mut self, empty: bool) -> Result<Event, YamlError> {
        let mut at = self.scanner.peek()?.start;
        let mut none = true;
        if !empty && self.scanner.peek()?.kind == TokenKind::Value {
            self.scanner.take()?;
            at = self.scanner.peek()?.start;
            none = matches!(self.scanner.peek()?.kind, TokenKind::FlowEntry | TokenKind::FlowMappingEnd);
        }
        self.node_or_empty(none, State::FlowMappingKey { first: false }, at, false, false)
    }
}
