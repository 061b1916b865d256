//! An index in YAML, event by event. Keys given twice are refused, as Helm's strict reading does.

use std::collections::HashSet;
use std::io::Read;

use renderer::yaml::{Event, Node, Stream, YamlError};

use super::entry::{Field, Raw};
use super::sink::Sink;
use super::{ENTRY_URLS_MAX, Fault, INDEX_TEXT_BYTES_MAX};
use crate::model::ChartName;

/// Keys of one entry; Helm knows 22.
const ENTRY_KEYS_MAX: usize = 256;

pub(super) fn read(reader: impl Read, sink: &mut Sink<'_>) -> Result<(), Fault> {
    let stream = Stream::new(reader, INDEX_TEXT_BYTES_MAX).map_err(|error| malformed((1, 1), &error))?;
    let mut walk = Walk { stream, sink };
    match walk.next()? {
        Event::Map => walk.index(),
        Event::Done => Err(Fault::NotAnIndex("it holds nothing but comments".to_owned())),
        Event::List => Err(Fault::NotAnIndex("it is a list, not a mapping with entries".to_owned())),
        _ => Err(Fault::NotAnIndex("it is one text, not a mapping with entries".to_owned())),
    }
}

struct Walk<'a, 's, 'f> {
    stream: Stream<'a>,
    sink: &'s mut Sink<'f>,
}

impl Walk<'_, '_, '_> {
    fn index(&mut self) -> Result<(), Fault> {
        let mut keys = HashSet::new();
        while let Some(key) = self.key(&mut keys)? {
            if key != "entries" {
                self.skip()?;
                continue;
            }
            match self.next()? {
                Event::Map => self.entries()?,
                Event::Scalar(node) if node.is_null() => {}
                _ => return Err(Fault::NotAnIndex("its entries are not a mapping of charts".to_owned())),
            }
        }
        if keys.contains("entries") {
            return Ok(());
        }
        Err(Fault::NotAnIndex("it has no entries".to_owned()))
    }

    fn entries(&mut self) -> Result<(), Fault> {
        // The sink knows the charts; what is no chart's name may come twice, since nothing follows from it.
        loop {
            let place = match self.next()? {
                Event::End | Event::Done => return Ok(()),
                Event::Scalar(node) => (self.stream.place(), node),
                Event::Map | Event::List => return Err(self.fault("a chart's name is not a text")),
            };
            let ((line, column), key) = place;
            let Some(chart) = self.sink.chart(&key.go_text().unwrap_or_default())? else {
                self.skip()?;
                continue;
            };
            if !self.sink.is_first(&chart) {
                let why = format!("the chart {chart} is given twice");
                return Err(Fault::Malformed { format: "YAML", line: line as usize, column, why });
            }
            match self.next()? {
                Event::List => self.versions(&chart)?,
                Event::Scalar(node) if node.is_null() => {}
                event => {
                    self.skip_rest(&event)?;
                    self.sink.refuse(chart.as_str(), "it is not a list of versions".to_owned())?;
                }
            }
        }
    }

    fn versions(&mut self, chart: &ChartName) -> Result<(), Fault> {
        loop {
            let raw = match self.next()? {
                Event::End | Event::Done => return Ok(()),
                Event::Map => self.entry()?,
                event => {
                    self.skip_rest(&event)?;
                    Raw::faulty("it is not a mapping")
                }
            };
            self.sink.entry(chart, raw)?;
        }
    }

    fn entry(&mut self) -> Result<Raw, Fault> {
        let (mut raw, mut keys) = (Raw::default(), HashSet::new());
        while let Some(key) = self.key(&mut keys)? {
            match Field::of(&key) {
                None => self.skip()?,
                Some(Field::Urls) => self.urls(&mut raw)?,
                Some(field) => match self.scalar()? {
                    Some(node) => raw.put(field, node.go_text()),
                    None => raw.wrong_kind(field),
                },
            }
        }
        Ok(raw)
    }

    fn urls(&mut self, raw: &mut Raw) -> Result<(), Fault> {
        match self.next()? {
            Event::List => {}
            Event::Scalar(node) if node.is_null() => return Ok(()),
            event => {
                raw.wrong_kind(Field::Urls);
                return self.skip_rest(&event);
            }
        }
        loop {
            match self.next()? {
                Event::End | Event::Done => return Ok(()),
                Event::Scalar(node) if raw.urls.len() < ENTRY_URLS_MAX => {
                    raw.urls.push(node.go_text().unwrap_or_default());
                }
                Event::Scalar(_) => {}
                event => {
                    raw.wrong_kind(Field::Urls);
                    self.skip_rest(&event)?;
                }
            }
        }
    }

    /// The next key of a mapping that has had `keys`; `None` at its end.
    fn key(&mut self, keys: &mut HashSet<String>) -> Result<Option<String>, Fault> {
        let key = match self.next()? {
            Event::End | Event::Done => return Ok(None),
            Event::Scalar(node) => node.go_text().unwrap_or_default(),
            Event::Map | Event::List => return Err(self.fault("a key is not a text")),
        };
        if keys.len() == ENTRY_KEYS_MAX {
            return Err(self.fault("an entry has too many keys"));
        }
        if !keys.insert(key.clone()) {
            let shown = super::entry::shortened(&key);
            return Err(self.fault(&format!("the key {shown:?} is given twice")));
        }
        Ok(Some(key))
    }

    /// The next value if it is a scalar; passes over it otherwise.
    fn scalar(&mut self) -> Result<Option<Node>, Fault> {
        match self.next()? {
            Event::Scalar(node) => Ok(Some(node)),
            event => self.skip_rest(&event).map(|()| None),
        }
    }

    fn next(&mut self) -> Result<Event, Fault> {
        self.stream.next().map_err(|error| malformed(self.stream.place(), &error))
    }

    fn skip(&mut self) -> Result<(), Fault> {
        self.stream.skip().map(|_| ()).map_err(|error| malformed(self.stream.place(), &error))
    }

    fn skip_rest(&mut self, event: &Event) -> Result<(), Fault> {
        self.stream.skip_rest(event).map_err(|error| malformed(self.stream.place(), &error))
    }

    /// An error at the last event.
    fn fault(&self, why: &str) -> Fault {
        let (line, column) = self.stream.place();
        Fault::Malformed { format: "YAML", line: line as usize, column, why: why.to_owned() }
    }
}

fn malformed((line, column): (u32, usize), error: &YamlError) -> Fault {
    Fault::Malformed { format: "YAML", line: line as usize, column, why: error.kind.to_string() }
}
