//! The one table of template functions: name, Go signature, body. Families live in the files beside it.
//! `include`, `tpl`, `template` and the lazy `and`, `or` belong to the evaluator and are not here.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::value::Value;

/// Go type of one parameter, as the evaluator checks it before the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Param {
    /// `interface {}`: anything, nil too.
    Any,
    String,
    Int,
    Int64,
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
