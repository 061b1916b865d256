//! The one table of template functions: name, Go signature, body. Families live in the files beside it.
//! `include`, `tpl`, `template` and the lazy `and`, `or` belong to the evaluator and are not here.

mod adapter;
mod casts;
mod crypto;
mod data;
pub mod dates;
mod decimal;
mod dicts;
mod encoding;
mod kinds;
mod lists;
mod logic;
mod numbers;
mod passwords;
mod paths;
mod random;
mod regexes;
mod splitting;
mod strings;
mod text;
mod urls;
mod versions;
mod words;
mod wrapping;

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::OnceLock;

pub(crate) use logic::is_empty;

use crate::value::Value;

/// Every built-in of both generations, sorted by name.
#[must_use]
pub fn table() -> &'static [Function] {
    static TABLE: OnceLock<Vec<Function>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut all: Vec<Function> = FAMILIES.iter().flat_map(|family| family()).collect();
        all.sort_by_key(|function| function.name);
        all
    })
}

/// The built-in called `name` in `helm`, or `None` where that generation has none.
#[must_use]
pub fn find(name: &str, helm: Helm) -> Option<&'static Function> {
    let table = table();
    let at = table.binary_search_by_key(&name, |function| function.name).ok()?;
    table.get(at).filter(|function| function.only.is_none_or(|only| only == helm))
}

/// One file, one family.
const FAMILIES: &[fn() -> Vec<Function>] = &[
    crypto::family,
    data::family,
    dates::family,
    dicts::family,
    encoding::family,
    kinds::family,
    lists::family,
    logic::family,
    numbers::family,
    passwords::family,
    paths::family,
    random::family,
    regexes::family,
    splitting::family,
    strings::family,
    urls::family,
    versions::family,
    words::family,
    wrapping::family,
];

/// Go type of one parameter, as the evaluator checks it before the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Param {
    /// `interface {}`: anything, nil too.
    Any,
    String,
    Int,
    Int64,
    /// Go `uint32`: a constant that fits is an `Int` or `Sized("uint32", n)` argument.
    Uint32,
    Float64,
    Bool,
    /// `map[string]interface {}`.
    Dict,
    /// `[]interface {}`.
    List,
    /// `[]string`.
    Strings,
    /// Another Go type by its name, such as `sprig.certificate` or `time.Time`.
    Named(&'static str),
}

/// One built-in. Errors become `error calling NAME: MESSAGE` with the place of the call.
pub struct Function {
    pub name: &'static str,
    /// The last one repeats (zero or more times) when `variadic`.
    pub params: &'static [Param],
    pub variadic: bool,
    pub body: fn(&mut Env, &[Value]) -> Result<Value, CallError>,
    /// Only in this generation of Helm; `None` means both.
    pub only: Option<Helm>,
}

/// Which Helm's behaviour is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Helm {
    V3,
    #[default]
    V4,
}

/// What a function may ask of the world: nothing but these inputs. Its use is recorded.
pub struct Env {
    pub helm: Helm,
    /// State of the seeded generator (SplitMix64); functions draw with [`Env::random`].
    pub seed: u64,
    /// Now, in seconds since 1970-01-01 UTC.
    pub clock_seconds: i64,
    pub records: Records,
}

/// What makes a render depend on more than chart and values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Records {
    /// Functions called that draw random bytes or make keys, by name.
    pub random: BTreeSet<&'static str>,
    /// Functions called that read the clock.
    pub clock: BTreeSet<&'static str>,
    /// `lookup` calls as `apiVersion/kind`.
    pub lookups: BTreeSet<String>,
    /// `getHostByName` calls.
    pub hosts: BTreeSet<String>,
}

impl Env {
    /// Next 64 bits of the seeded generator (SplitMix64, public domain algorithm); `by` is recorded.
    pub fn random(&mut self, by: &'static str) -> u64 {
        self.records.random.insert(by);
        self.seed = self.seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.seed;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

/// Why a function refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallError {
    /// Go's error or panic text.
    Message(Rc<str>),
    /// One of our bounds.
    Limit(&'static str),
}

impl From<String> for CallError {
    fn from(text: String) -> Self {
        CallError::Message(text.into())
    }
}
impl From<&str> for CallError {
    fn from(text: &str) -> Self {
        CallError::Message(text.into())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn run(name: &str, args: &[Value]) -> Result<Value, CallError> {
        let mut env =
            Env { helm: Helm::V4, seed: 1, clock_seconds: 1_700_000_000, records: Records::default() };
        let function = find(name, Helm::V4).unwrap_or_else(|| panic!("no function {name}"));
        (function.body)(&mut env, args)
    }

    /// The result of a built-in that must not fail.
    pub(super) fn call(name: &str, args: &[Value]) -> Value {
        run(name, args).unwrap_or_else(|error| panic!("{name}: {error:?}"))
    }

    /// The message of a built-in that must fail.
    pub(super) fn error(name: &str, args: &[Value]) -> String {
        match run(name, args) {
            Err(CallError::Message(text)) => text.to_string(),
            Err(CallError::Limit(name)) => name.to_owned(),
            Ok(value) => panic!("{name} gave {}", String::from_utf8_lossy(&text::sprint(&value))),
        }
    }

    #[test]
    fn names_are_unique_and_signatures_follow_from_the_bodies() {
        for pair in table().windows(2) {
            assert!(pair[0].name < pair[1].name, "{} is there twice", pair[1].name);
        }
        let trunc = find("trunc", Helm::V3).unwrap();
        assert_eq!((trunc.params, trunc.variadic), (&[Param::Int, Param::String][..], false));
        let quote = find("quote", Helm::V3).unwrap();
        assert_eq!((quote.params, quote.variadic), (&[Param::Any][..], true));
    }
}
