//! `--set` and its family: `a.b[0]=x,c={d,e}` into a tree of values (Helm: `strvals`), with its error texts.
//! It reads no files: `--set-file` is given a reader.

mod extent;

use std::rc::Rc;

use extent::json_extent;

use super::map_or_empty;
use super::quote::{quote, quote_char};
use crate::functions::Helm;
use crate::json::from_json;
use crate::value::{Data, LIST_ANY, List, Map, Str, Value};

const INDEX_MAX: i64 = 65_536;
const NESTED_NAMES_MAX: usize = 30;

/// Which flag the text was given by.
#[derive(Clone, Copy)]
pub enum Flag<'a> {
    /// `--set`: true, false, null and whole numbers are what they look like.
    Set,
    /// `--set-string`.
    SetString,
    /// `--set-json` in its `key=JSON` form.
    SetJson,
    /// `--set-literal`: the rest of the text is the value.
    SetLiteral,
    /// `--set-file`: the value is what the reader makes of the path.
    SetFile(&'a dyn Fn(&str) -> Result<Vec<u8>, String>),
}

/// Writes what `text` says into `base`, a map.
///
/// # Errors
/// Helm's text, without the `failed parsing --set data: ` of the command line. What was parsed before stays written.
pub fn apply(flag: Flag<'_>, text: &str, base: &Value, helm: Helm) -> Result<(), String> {
    let mut parser = Parser { flag, helm, rest: text };
    let base = map_or_empty(base);
    loop {
        match parser.key(&base, 0) {
            Ok(()) => {}
            Err(Stop::End) => return Ok(()),
            Err(Stop::Error(text)) => return Err(text),
        }
    }
}

/// Why reading stopped: the text's end is not an error everywhere.
enum Stop {
    End,
    Error(String),
}

impl From<String> for Stop {
    fn from(text: String) -> Self {
        Stop::Error(text)
    }
}

struct Parser<'a> {
    flag: Flag<'a>,
    helm: Helm,
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn literal(&self) -> bool {
        matches!(self.flag, Flag::SetLiteral)
    }

    /// One key with its value, written into `data`.
    fn key(&mut self, data: &Rc<Map>, nested: usize) -> Result<(), Stop> {
        let stops: &[char] = if self.literal() { &['=', '[', '.'] } else { &['=', '[', ',', '.'] };
        let (key, last) = self.until(stops);
        match last {
            None if key.is_empty() => Err(Stop::End),
            None => Err(format!("key {} has no value", quote(&key)).into()),
            Some('[') => {
                let index = self.index()?;
                let list = match data.get(&key) {
                    None => Vec::new(),
                    Some(value) => as_list(&value).map_err(unable)?,
                };
                let (list, outcome) = self.list_item(list, index, nested);
                set(data, &key, list_value(list));
                outcome
            }
            Some('=') => self.assign(data, &key),
            Some(',') => {
                set(data, &key, Value::from(""));
                Err(format!("key {} has no value (cannot end with ,)", quote(&key)).into())
            }
            Some(_) => self.nested(data, &key, nested + 1),
        }
    }

    fn nested(&mut self, data: &Rc<Map>, key: &str, nested: usize) -> Result<(), Stop> {
        if nested > NESTED_NAMES_MAX {
            let text = "value name nested level is greater than maximum supported nested level of";
            return Err(format!("{text} {NESTED_NAMES_MAX}").into());
        }
        let inner = match data.get(key) {
            None => super::empty(),
            Some(value) if value.as_map().is_some() => value,
            Some(other) => {
                return Err(unable(conversion(&other, "map[string]interface {}")));
            }
        };
        let outcome = self.key(&map_or_empty(&inner), nested);
        let is_empty = map_or_empty(&inner).entries.borrow().is_empty();
        if outcome.is_ok() && is_empty {
            return Err(format!("key map {} has no value", quote(key)).into());
        }
        if !is_empty {
            set(data, key, inner);
        }
        outcome
    }

    /// What stands after `key=`.
    fn assign(&mut self, data: &Rc<Map>, key: &str) -> Result<(), Stop> {
        match self.flag {
            Flag::SetLiteral => {
                set(data, key, Value::from(std::mem::take(&mut self.rest)));
                Ok(())
            }
            Flag::SetJson => {
                let value = self.json()?;
                set(data, key, value);
                Ok(())
            }
            _ => match self.value_list()? {
                Some(list) => {
                    set(data, key, list_value(list));
                    Ok(())
                }
                None if self.rest.is_empty() => {
                    set(data, key, Value::from(""));
                    Err(Stop::End)
                }
                None => {
                    let (text, _) = self.until(&[',']);
                    match self.typed(&text) {
                        Ok(value) => set(data, key, value),
                        Err(error) => {
                            set(data, key, Value::nil());
                            return Err(error.into());
                        }
                    }
                    Ok(())
                }
            },
        }
    }

    /// What stands after `[index]`. The list comes back changed also where the text is wrong, as in Helm.
    fn list_item(
        &mut self,
        mut list: Vec<Value>,
        index: i64,
        nested: usize,
    ) -> (Vec<Value>, Result<(), Stop>) {
        let outcome = self.try_list_item(&mut list, index, nested);
        (list, outcome)
    }

    fn try_list_item(&mut self, list: &mut Vec<Value>, index: i64, nested: usize) -> Result<(), Stop> {
        if index < 0 {
            return Err(format!("negative {index} index not allowed").into());
        }
        let (key, last) = self.until(&['[', '.', '=']);
        if !key.is_empty() {
            let shown: Vec<String> = key.chars().map(quote_char).collect();
            return Err(format!("unexpected data at end of array index: [{}]", shown.join(" ")).into());
        }
        let at = usize::try_from(index).unwrap_or(usize::MAX);
        match last {
            None => Err(Stop::End),
            Some('=') => {
                let value = self.item_value()?;
                Ok(set_index(list, index, value)?)
            }
            Some('[') => {
                let next = self.index()?;
                let inner = match list.get(at) {
                    Some(value) if !value.is_nil() => as_list(value).map_err(unable)?,
                    _ => Vec::new(),
                };
                let (inner, outcome) = self.list_item(inner, next, nested);
                outcome?;
                Ok(set_index(list, index, list_value(inner))?)
            }
            Some(_) => {
                let inner = list.get(at).filter(|value| value.as_map().is_some()).cloned();
                let inner = inner.unwrap_or_else(super::empty);
                if let Some(slot) = list.get_mut(at) {
                    *slot = inner.clone();
                }
                self.key(&map_or_empty(&inner), nested)?;
                Ok(set_index(list, index, inner)?)
            }
        }
    }

    fn item_value(&mut self) -> Result<Value, Stop> {
        match self.flag {
            Flag::SetLiteral => Ok(Value::from(std::mem::take(&mut self.rest))),
            Flag::SetJson => self.json(),
            _ => match self.value_list()? {
                Some(list) => Ok(list_value(list)),
                None if self.rest.is_empty() => Ok(Value::from("")),
                None => {
                    let (text, _) = self.until(&[',']);
                    Ok(self.typed(&text)?)
                }
            },
        }
    }

    /// `{a,b}`; `None` where there is no brace.
    fn value_list(&mut self) -> Result<Option<Vec<Value>>, Stop> {
        let Some(rest) = self.rest.strip_prefix('{') else { return Ok(None) };
        self.rest = rest;
        let mut list = Vec::new();
        loop {
            let (text, last) = self.until(&[',', '}']);
            match last {
                None => return Err("list must terminate with '}'".to_owned().into()),
                Some('}') => {
                    self.rest = self.rest.strip_prefix(',').unwrap_or(self.rest);
                    list.push(self.typed(&text)?);
                    return Ok(Some(list));
                }
                Some(_) => list.push(self.typed(&text)?),
            }
        }
    }

    fn index(&mut self) -> Result<i64, Stop> {
        let (text, last) = self.until(&[']']);
        if last.is_none() {
            // Helm 4 sees the end of the text through the words around it and takes it for a good end.
            return Err(match self.helm {
                Helm::V3 => "error parsing index: EOF".to_owned().into(),
                Helm::V4 => Stop::End,
            });
        }
        let problem = match text.parse::<i64>() {
            Ok(index) => return Ok(index),
            Err(error) => match error.kind() {
                std::num::IntErrorKind::PosOverflow | std::num::IntErrorKind::NegOverflow => {
                    "value out of range"
                }
                _ => "invalid syntax",
            },
        };
        Err(format!("error parsing index: strconv.Atoi: parsing {}: {problem}", quote(&text)).into())
    }

    /// Text up to one of `stops`, which is read too; a backslash takes the next character as it is.
    fn until(&mut self, stops: &[char]) -> (String, Option<char>) {
        let mut text = String::new();
        let mut chars = self.rest.chars();
        let mut last = None;
        while let Some(c) = chars.next() {
            if stops.contains(&c) {
                last = Some(c);
                break;
            }
            if c == '\\' && !self.literal() {
                text.extend(chars.next());
            } else {
                text.push(c);
            }
        }
        self.rest = chars.as_str();
        (text, last)
    }

    /// Reads over white space and one comma; true where no value stands.
    fn empty_value(&mut self) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(',') {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => self.rest.is_empty(),
        }
    }

    /// The JSON value that the rest begins with, and the comma behind it; nothing is null.
    fn json(&mut self) -> Result<Value, Stop> {
        if self.empty_value() {
            return Ok(Value::nil());
        }
        let (text, rest) = self.rest.split_at(json_extent(self.rest));
        let value = from_json(text.as_bytes()).map_err(|_| self.json_error())?;
        self.rest = rest;
        self.empty_value();
        Ok(value)
    }

    /// Go's decoder reads a stream: it complains of the first bad byte wherever that is.
    fn json_error(&self) -> String {
        match from_json(self.rest.as_bytes()) {
            // A whole text is told to end with a space; a stream just ends.
            Err(text) if text.contains("character ' '") && !self.rest.contains(' ') => {
                "unexpected EOF".to_owned()
            }
            Err(text) if text != "unexpected end of JSON input" => text,
            _ => "unexpected EOF".to_owned(),
        }
    }

    fn typed(&self, text: &str) -> Result<Value, String> {
        match self.flag {
            Flag::Set => Ok(typed(text)),
            Flag::SetFile(read) => read(text).map(Value::from),
            _ => Ok(Value::from(text)),
        }
    }
}

/// What `--set` makes of a text: a truth value, null, a whole number without leading zero, else the text.
fn typed(text: &str) -> Value {
    if text.eq_ignore_ascii_case("true") {
        return Value::from(true);
    }
    if text.eq_ignore_ascii_case("false") {
        return Value::from(false);
    }
    if text.eq_ignore_ascii_case("null") {
        return Value::nil();
    }
    let number = if text == "0" || !text.starts_with('0') { text.parse::<i64>().ok() } else { None };
    number.map_or_else(|| Value::from(text), |number| Data::Int64(number).into())
}

/// An empty key is dropped, as in Helm.
fn set(data: &Rc<Map>, key: &str, value: Value) {
    if !key.is_empty() {
        data.set(Str::from(key), value);
    }
}

fn set_index(list: &mut Vec<Value>, index: i64, value: Value) -> Result<(), String> {
    if index > INDEX_MAX {
        return Err(format!("index of {index} is greater than maximum supported index of {INDEX_MAX}"));
    }
    let at = usize::try_from(index).map_err(|_| format!("negative {index} index not allowed"))?;
    if list.len() <= at {
        list.resize(at + 1, Value::nil());
    }
    list[at] = value;
    Ok(())
}

fn list_value(items: Vec<Value>) -> Value {
    Data::List(Rc::new(List { go_type: LIST_ANY, items })).into()
}

fn as_list(value: &Value) -> Result<Vec<Value>, String> {
    value.as_list().map(|list| list.items.clone()).ok_or_else(|| conversion(value, LIST_ANY))
}

/// Go's text for a failed type assertion, which Helm catches and shows.
fn conversion(value: &Value, wanted: &str) -> String {
    let found = if value.is_nil() { "nil" } else { value.type_name() };
    format!("interface conversion: interface {{}} is {found}, not {wanted}")
}

fn unable(text: impl AsRef<str>) -> Stop {
    Stop::Error(format!("unable to parse key: {}", text.as_ref()))
}
