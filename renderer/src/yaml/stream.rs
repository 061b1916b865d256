//! The first document of a YAML text, event by event as it arrives, for texts too large to hold. It builds no tree.

use std::io::Read;

use super::error::{YamlError, YamlErrorKind};
use super::feed::Feed;
use super::marked::scalar_kind;
use super::node::{Node, NodeKind};
use super::parser::{self, EventKind, Parser};
use crate::limits::YAML_DEPTH_MAX;

/// One step through a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A mapping begins; its keys and values follow in turn, then [`Event::End`].
    Map,
    /// A list begins; its items follow, then [`Event::End`].
    List,
    /// The innermost collection ends.
    End,
    /// Never a list or a map.
    Scalar(Node),
    /// Nothing more: the document has ended, or there was none.
    Done,
}

/// Reads what `reader` gives in memory that does not grow with the text: one token, and a state for each open collection.
/// Aliases and merge keys are refused, because what they stand for is not kept.
pub struct Stream<'a> {
    parser: Parser<'a>,
    depth: usize,
    begun: bool,
    done: bool,
    line: u32,
    column: usize,
}

impl<'a> Stream<'a> {
    /// # Errors
    /// The reader's error, or a text in UTF-16.
    pub fn new(reader: impl Read + 'a, token_bytes_max: usize) -> Result<Self, YamlError> {
        let parser = Parser::streaming(Feed::new(Box::new(reader), token_bytes_max))?;
        Ok(Stream { parser, depth: 0, begun: false, done: false, line: 1, column: 1 })
    }

    /// Where the last event began, or the place of reading after an error: 1-based line and column in characters.
    #[must_use]
    pub fn place(&self) -> (u32, usize) {
        (self.line, self.column)
    }

    /// The next event.
    ///
    /// # Errors
    /// The text is not YAML up to here, uses an alias or a merge key, nests too deep, or has a token beyond the bound.
    #[allow(clippy::should_implement_trait)] // An iterator would go on after an error.
    pub fn next(&mut self) -> Result<Event, YamlError> {
        if self.done {
            return Ok(Event::Done);
        }
        let next = self.step();
        self.done |= next.is_err();
        next
    }

    /// Passes over the value that begins next; true if there was one, false at the end of the collection.
    ///
    /// # Errors
    /// As [`Stream::next`].
    pub fn skip(&mut self) -> Result<bool, YamlError> {
        match self.next()? {
            Event::End | Event::Done => Ok(false),
            event => self.skip_rest(&event).map(|()| true),
        }
    }

    /// Passes over what remains of the value that `event` has begun.
    ///
    /// # Errors
    /// As [`Stream::next`].
    pub fn skip_rest(&mut self, event: &Event) -> Result<(), YamlError> {
        if !matches!(event, Event::Map | Event::List) {
            return Ok(());
        }
        let outside = self.depth.saturating_sub(1);
        while self.depth > outside && !self.done {
            self.next()?;
        }
        Ok(())
    }

    fn step(&mut self) -> Result<Event, YamlError> {
        if !self.begun {
            self.begun = true;
            self.parsed()?;
            if !matches!(self.parsed()?.kind, EventKind::DocumentStart) {
                self.done = true;
                return Ok(Event::Done);
            }
        }
        let event = self.parsed()?;
        (self.line, self.column) = (event.start.line + 1, event.start.column + 1);
        match event.kind {
            EventKind::MappingStart { .. } => self.open(Event::Map),
            EventKind::SequenceStart { .. } => self.open(Event::List),
            EventKind::MappingEnd | EventKind::SequenceEnd => {
                self.depth = self.depth.saturating_sub(1);
                Ok(Event::End)
            }
            EventKind::Scalar { tag, value, implicit, .. } => {
                let text = String::from_utf8(value)
                    .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
                if text == "<<" && implicit && tag.is_empty() {
                    return Err(YamlError::bound(YamlErrorKind::MergeKey, self.line));
                }
                let kind: NodeKind = scalar_kind(&tag, &text, implicit, self.line)?;
                let bytes = event.start.offset..event.end.offset;
                Ok(Event::Scalar(Node { kind, bytes, line: self.line }))
            }
            EventKind::Alias(name) => Err(YamlError::bound(YamlErrorKind::Alias(name), self.line)),
            _ => {
                self.done = true;
                Ok(Event::Done)
            }
        }
    }

    fn parsed(&mut self) -> Result<parser::Event, YamlError> {
        let parsed = self.parser.next();
        if let Err(error) = &parsed {
            // The scanner may already be lines behind the token that the parser did not expect.
            let mark = self.parser.scanner.source.mark;
            let here = error.line == 0 || error.line == mark.line + 1;
            self.line = if here { mark.line + 1 } else { error.line };
            self.column = if here { mark.column + 1 } else { 1 };
        }
        parsed
    }

    fn open(&mut self, event: Event) -> Result<Event, YamlError> {
        if self.depth == YAML_DEPTH_MAX {
            return Err(YamlError::bound(YamlErrorKind::TooDeep, self.line));
        }
        self.depth += 1;
        Ok(event)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::yaml::{Entry, parse_first};

    const TOKEN_BYTES_MAX: usize = 100_000;

    /// Gives a few bytes at a time, so that every character stands at a border once.
    struct Dripping<'t>(&'t [u8], usize);

    impl Read for Dripping<'_> {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            let count = self.1.min(self.0.len()).min(into.len());
            into[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    /// The tree that the events say, in the form of the tree reader.
    fn tree(stream: &mut Stream<'_>, event: Event) -> Result<Node, YamlError> {
        let line = stream.place().0;
        let kind = match event {
            Event::Scalar(node) => return Ok(node),
            Event::List => {
                let mut items = Vec::new();
                loop {
                    match stream.next()? {
                        Event::End => break NodeKind::List(items),
                        event => items.push(tree(stream, event)?),
                    }
                }
            }
            Event::Map => {
                let mut entries = Vec::new();
                loop {
                    let key = match stream.next()? {
                        Event::End => break NodeKind::Map(entries),
                        event => tree(stream, event)?,
                    };
                    let event = stream.next()?;
                    let value = tree(stream, event)?;
                    let key = key.scalar_text().unwrap_or_default();
                    entries.push(Entry { key, key_bytes: 0..0, value });
                }
            }
            Event::End | Event::Done => NodeKind::Null,
        };
        Ok(Node { kind, bytes: 0..0, line })
    }

    fn streamed(text: &[u8], step: usize) -> Result<Option<Node>, YamlError> {
        let mut stream = Stream::new(Dripping(text, step), TOKEN_BYTES_MAX)?;
        let event = stream.next()?;
        let node = if event == Event::Done { None } else { Some(tree(&mut stream, event)?) };
        assert_eq!(stream.next()?, Event::Done);
        Ok(node)
    }

    /// An index of some hundred kilobytes with wide characters, all line ends and all styles of scalars.
    fn large() -> String {
        let mut text = String::from("apiVersion: v1\nentries:\n");
        for number in 0..600 {
            text.push_str(&format!(
                "  chart-{number}:\r\n  - version: 1.{number}.0 # süß\n    description: |-\n      höher\u{2028}\n      {}\n    folded: >\n      a\n      b\n    quoted: \"x\\u00e4 \\\n      y\"\n    single: 'it''s'\n    urls: [a-{number}.tgz, {{k: v}}]\n    empty:\n",
                "€".repeat(number % 190)
            ));
        }
        text
    }

    #[test]
    fn a_streamed_text_is_read_as_one_that_is_held() {
        let large = large();
        let texts: [&[u8]; 9] = [
            large.as_bytes(),
            b"",
            b"a: 1\n---\nb: 2\n",
            b"\xEF\xBB\xBFa: [b, 1.0, 0x10, ~, yes]",
            b"{\"a\": {\"b\": [1, \"\\u00e9\", null]}}",
            b"? a\n: - b\n  - c: d\n",
            b"# only a comment\n",
            b"--- >\n folded\n text\n...\n",
            b"k: 'multi\n\n line'\r\nl: \"a\\x41\"\r\n",
        ];
        for text in texts {
            let held = parse_first(text).unwrap();
            for step in [1, 3, 511, 70_000] {
                let shown = String::from_utf8_lossy(&text[..text.len().min(60)]);
                assert_eq!(streamed(text, step).unwrap(), held, "{shown} by {step}");
            }
        }
    }

    #[test]
    fn errors_are_those_of_the_reader_that_holds_the_text() {
        let mut long = large();
        long.push_str("  bad\u{7}\n");
        for text in ["a: b: c", "a:\n\t- b", "[a, b", "\"open", "a: 'x\n--- y", "a: \u{1}", long.as_str()] {
            let held = parse_first(text.as_bytes()).unwrap_err();
            assert_eq!(streamed(text.as_bytes(), 7).unwrap_err(), held, "{held}");
        }
    }

    #[test]
    fn what_would_need_the_whole_text_is_refused() {
        let kind = |text: &str| streamed(text.as_bytes(), 5).unwrap_err().kind;
        assert_eq!(kind("a: &x 1\nb: *x\n"), YamlErrorKind::Alias("x".to_owned()));
        assert_eq!(kind("a:\n  <<: {b: 1}\n"), YamlErrorKind::MergeKey);
        assert_eq!(kind(&"[".repeat(YAML_DEPTH_MAX + 1)), YamlErrorKind::TooDeep);
        for endless in ["a: ", "# ", "a: \"", "a: |\n  "] {
            let text = format!("{endless}{}", "x".repeat(TOKEN_BYTES_MAX + 1_000));
            let error = streamed(text.as_bytes(), 4_096).unwrap_err().to_string();
            assert!(error.contains("longer than 100000 bytes"), "{endless}: {error}");
        }
    }

    #[test]
    fn a_value_is_skipped_whole() {
        let mut stream = Stream::new(&b"a: {b: [1, {c: d}]}\ne: f\n"[..], TOKEN_BYTES_MAX).unwrap();
        assert_eq!(stream.next().unwrap(), Event::Map);
        assert!(matches!(stream.next().unwrap(), Event::Scalar(_)));
        assert!(stream.skip().unwrap());
        let Event::Scalar(key) = stream.next().unwrap() else { unreachable!() };
        assert_eq!((key.as_str(), stream.place()), (Some("e"), (2, 1)));
        assert!(stream.skip().unwrap());
        assert!(!stream.skip().unwrap());
        assert_eq!(stream.next().unwrap(), Event::Done);
    }
}
