//! The bytes of an index under a cap, with the reason kept apart when they stop. It knows of JSON only where texts end.

use std::cell::RefCell;
use std::io::{Cursor, Error, Read};
use std::rc::Rc;

use super::{Fault, INDEX_TEXT_BYTES_MAX};

/// Bytes looked at to tell what kind of text it is.
const START_BYTES: usize = 512;
/// Open collections of JSON; an index needs 7.
const DEPTH_MAX: usize = 128;
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Why the bytes stopped, for the caller of a parser that only knows that they did.
#[derive(Clone, Default)]
pub(super) struct OutcomeCell(Rc<RefCell<Option<Fault>>>);

impl OutcomeCell {
    pub(super) fn take(&self) -> Option<Fault> {
        self.0.borrow_mut().take()
    }

    fn stop(&self, fault: Fault) -> Error {
        let error = Error::other(fault.to_string());
        *self.0.borrow_mut() = Some(fault);
        error
    }
}

pub(super) struct Capped<R> {
    reader: R,
    /// What was read to look at, and is given first.
    begun: Cursor<Vec<u8>>,
    bytes_max: u64,
    bytes: u64,
    outcome: OutcomeCell,
}

impl<R: Read> Capped<R> {
    pub(super) fn new(reader: R, bytes_max: u64) -> Self {
        Capped { reader, begun: Cursor::default(), bytes_max, bytes: 0, outcome: OutcomeCell::default() }
    }

    pub(super) fn outcome(&self) -> OutcomeCell {
        self.outcome.clone()
    }

    /// The first bytes behind white space and a byte order mark; empty only if the whole text is.
    pub(super) fn start(&mut self) -> std::io::Result<Vec<u8>> {
        let mut begun = Vec::new();
        loop {
            let rest = begun.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&begun).trim_ascii_start();
            let start = rest.to_vec();
            let mut more = vec![0; START_BYTES];
            let read = if start.is_empty() && begun.len() as u64 <= self.bytes_max {
                self.reader.read(&mut more)
            } else {
                Ok(0)
            };
            match read {
                Ok(0) => {
                    self.begun = Cursor::new(begun);
                    return Ok(start);
                }
                Ok(read) => begun.extend_from_slice(&more[..read]),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The same bytes, refused where one JSON text or number grows beyond its bound, which the JSON reader does not watch.
    pub(super) fn with_bounded_texts(self) -> BoundedTexts<R> {
        BoundedTexts { capped: self, in_text: false, escaped: false, bytes: 0, depth: 0, begun: false }
    }
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let read = match self.begun.read(into)? {
            0 => match self.reader.read(into) {
                Err(error) if error.kind() != std::io::ErrorKind::Interrupted => {
                    return Err(self.outcome.stop(Fault::Unreadable(error.to_string())));
                }
                read => read?,
            },
            read => read,
        };
        self.bytes += read as u64;
        if self.bytes > self.bytes_max {
            return Err(self.outcome.stop(Fault::TooLarge { bytes_max: self.bytes_max }));
        }
        Ok(read)
    }
}

pub(super) struct BoundedTexts<R> {
    capped: Capped<R>,
    in_text: bool,
    escaped: bool,
    /// Of the text or number in work.
    bytes: usize,
    /// Open collections.
    depth: usize,
    /// Whether the byte order mark, which the JSON reader does not know, has been passed.
    begun: bool,
}

impl<R: Read> Read for BoundedTexts<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if !self.begun {
            self.begun = true;
            if self.capped.begun.get_ref().starts_with(BYTE_ORDER_MARK) {
                self.capped.begun.set_position(BYTE_ORDER_MARK.len() as u64);
            }
        }
        let read = self.capped.read(into)?;
        self.watch(&into[..read])?;
        Ok(read)
    }
}

impl<R> BoundedTexts<R> {
    fn watch(&mut self, read: &[u8]) -> std::io::Result<()> {
        for &byte in read {
            self.bytes += 1;
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.in_text => self.escaped = true,
                b'"' => (self.in_text, self.bytes) = (!self.in_text, 0),
                b'[' | b'{' if !self.in_text => (self.depth, self.bytes) = (self.depth + 1, 0),
                b']' | b'}' if !self.in_text => (self.depth, self.bytes) = (self.depth.saturating_sub(1), 0),
                b',' | b':' | b' ' | b'\n' | b'\t' | b'\r' if !self.in_text => {
                    self.bytes = 0;
                }
                _ => {}
            }
            if self.bytes > INDEX_TEXT_BYTES_MAX {
                let why = format!("a text in it is longer than {INDEX_TEXT_BYTES_MAX} bytes");
                return Err(self.capped.outcome.stop(Fault::NotAnIndex(why)));
            }
            if self.depth > DEPTH_MAX {
                let why = format!("more than {DEPTH_MAX} lists and mappings lie in each other");
                return Err(self.capped.outcome.stop(Fault::NotAnIndex(why)));
            }
        }
        Ok(())
    }
}
