//! Turns ordinary Rust functions with typed arguments into lines of the function table. It knows no function.
//!
//! The Go signature of a built-in follows from its Rust signature, so the two cannot drift apart. The evaluator has
//! checked kinds before the call; what still does not fit here is reported, never assumed away.

use std::rc::Rc;

use super::{CallError, Env, Param};
use crate::trace::Trace;
use crate::value::{Data, LIST_ANY, List, Map, Str, Value};

/// One line of the table: `function!("trunc", trunc)`, or `function!("mustToYaml", must_to_yaml, V4)` for one
/// generation of Helm only.
macro_rules! function {
    ($name:literal, $body:path) => {
        $crate::functions::adapter::function!(@ $name, $body, None)
    };
    ($name:literal, $body:path, $only:ident) => {
        $crate::functions::adapter::function!(@ $name, $body, Some($crate::functions::Helm::$only))
    };
    (@ $name:literal, $body:path, $only:expr) => {
        $crate::functions::Function {
            name: $name,
            params: $crate::functions::adapter::params(&$body),
            variadic: $crate::functions::adapter::variadic(&$body),
            body: |env, args| $crate::functions::adapter::Body::run(&$body, env, args),
            only: $only,
        }
    };
}
pub(super) use function;

/// A Rust function that can be a built-in. `Shape` only tells the arities apart.
pub(super) trait Body<'a, Shape> {
    const PARAMS: &'static [Param];
    const VARIADIC: bool;
    fn run(&self, env: &mut Env, args: &'a [Value]) -> Result<Value, CallError>;
}

pub(super) const fn params<'a, Shape, F: Body<'a, Shape>>(_: &F) -> &'static [Param] {
    F::PARAMS
}

pub(super) const fn variadic<'a, Shape, F: Body<'a, Shape>>(_: &F) -> bool {
    F::VARIADIC
}

/// Marks the shape of functions whose first parameter is the [`Env`].
pub(super) struct WithEnv;

macro_rules! bodies {
    ($($arg:ident)*) => {
        impl<'a, F, R, $($arg),*> Body<'a, (R, $($arg,)*)> for F
        where
            F: Fn($($arg),*) -> R,
            R: Answer,
            $($arg: Arg<'a>,)*
        {
            const PARAMS: &'static [Param] = &[$($arg::PARAM),*];
            const VARIADIC: bool = false $(|| $arg::VARIADIC)*;

            fn run(&self, _: &mut Env, args: &'a [Value]) -> Result<Value, CallError> {
                let mut _rest = args.iter();
                self($($arg::take(&mut _rest)?),*).answer()
            }
        }

        impl<'a, F, R, $($arg),*> Body<'a, (WithEnv, R, $($arg,)*)> for F
        where
            F: Fn(&mut Env, $($arg),*) -> R,
            R: Answer,
            $($arg: Arg<'a>,)*
        {
            const PARAMS: &'static [Param] = &[$($arg::PARAM),*];
            const VARIADIC: bool = false $(|| $arg::VARIADIC)*;

            fn run(&self, env: &mut Env, args: &'a [Value]) -> Result<Value, CallError> {
                let mut _rest = args.iter();
                self(env, $($arg::take(&mut _rest)?),*).answer()
            }
        }
    };
}
bodies!();
bodies!(A);
bodies!(A B);
bodies!(A B C);
bodies!(A B C D);
bodies!(A B C D E);
bodies!(A B C D E G);

/// One typed argument, taken from what is left of the call's arguments.
pub(super) trait Arg<'a>: Sized {
    const PARAM: Param;
    const VARIADIC: bool = false;
    fn take(rest: &mut std::slice::Iter<'a, Value>) -> Result<Self, CallError>;
}

/// The message for a caller that did not check `Function::params`.
pub(super) fn mismatch(wanted: &str, got: Option<&Value>) -> CallError {
    match got {
        Some(value) => format!("wrong type for value; expected {wanted}; got {}", value.type_name()).into(),
        None => format!("an argument of type {wanted} is missing").into(),
    }
}

/// A string argument with the trace of its bytes.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    pub bytes: &'a [u8],
    pub trace: &'a Trace,
    pub value: &'a Value,
}

impl Text<'_> {
    /// The text for functions that work on characters; invalid UTF-8 reads as U+FFFD, as Go's `range` does.
    pub fn lossy(&self) -> std::borrow::Cow<'_, str> {
        crate::value::lossy(self.bytes)
    }
}

impl<'a> Arg<'a> for Text<'a> {
    const PARAM: Param = Param::String;
    fn take(rest: &mut std::slice::Iter<'a, Value>) -> Result<Self, CallError> {
        match rest.next() {
            Some(value @ Value { data: Data::Str(text), trace }) => {
                Ok(Text { bytes: text.as_bytes(), trace, value })
            }
            other => Err(mismatch("string", other)),
        }
    }
}

impl<'a> Arg<'a> for &'a Value {
    const PARAM: Param = Param::Any;
    fn take(rest: &mut std::slice::Iter<'a, Value>) -> Result<Self, CallError> {
        rest.next().ok_or_else(|| mismatch("interface {}", None))
    }
}

impl<'a> Arg<'a> for i64 {
    const PARAM: Param = Param::Int;
    fn take(rest: &mut std::slice::Iter<'a, Value>) -> Result<Self, CallError> {
        match rest.next() {
            Some(Value { data: Data::Int(n), .. }) => Ok(*n),
            other => Err(mismatch("int", other)),
        }
    }
}

impl<'a> Arg<'a> for u32 {
    const PARAM: Param = Param::Uint32;
    fn take(rest: &mut std::slice::Iter<'a, Value>) -> Result<Self, CallError> {
        let value = rest.next();
        let number = match value.map(|value| &value.data) {
            Some(Data::Int(n)) => i128::from(*n),
            Some(Data::Sized(_, n)) => *n,
            _ => return Err(mismatch("uint32", value)),
        };
        u32::try_from(number).map_err(|_| mismatch("uint32", value))
    }
}

impl<'a> Arg<'a> for f64 {
    const PARAM: Param = Param::Float64;
    fn take(rest: &mut std::slice::Iter<'a, Value>) -> Result<Self, CallError> {
        match rest.next() {
            Some(Value { data: Data::Float(n), .. }) => Ok(*n),
            other => Err(mismatch("float64", other)),
        }
    }
}

impl<'a> Arg<'a> for bool {
    const PARAM: Param = Param::Bool;
    fn take(rest: &mut std::slice::Iter<'a, Value>) -> Result<Self, CallError> {
        match rest.next() {
            Some(Value { data: Data::Bool(b), .. }) => Ok(*b),
            other => Err(mismatch("bool", other)),
        }
    }
}

/// A `map[string]interface {}`, or Go's nil map.
#[derive(Clone, Copy)]
pub(super) struct Dict<'a> {
    pub map: Option<&'a Rc<Map>>,
    pub value: &'a Value,
}

impl Dict<'_> {
    pub fn get(&self, key: &[u8]) -> Option<Value> {
        self.map.and_then(|map| map.entries.borrow().get(key).cloned())
    }

    /// A copy of the entries, so that no borrow is held while another map changes.
    pub fn entries(&self) -> Vec<(Str, Value)> {
        self.map.map_or_else(Vec::new, |map| {
            map.entries.borrow().iter().map(|(k, v)| (k.clone(), v.clone())).collect()
        })
    }
}

impl<'a> Arg<'a> for Dict<'a> {
    const PARAM: Param = Param::Dict;
    fn take(rest: &mut std::slice::Iter<'a, Value>) -> Result<Self, CallError> {
        match rest.next() {
            Some(value @ Value { data: Data::Map(map), .. }) => Ok(Dict { map: Some(map), value }),
            Some(value @ Value { data: Data::Nil, .. }) => Ok(Dict { map: None, value }),
            other => Err(mismatch("map[string]interface {}", other)),
        }
    }
}

/// A `[]interface {}`; Go's nil slice is empty.
#[derive(Clone, Copy)]
pub(super) struct Items<'a>(pub &'a [Value]);

impl<'a> Arg<'a> for Items<'a> {
    const PARAM: Param = Param::List;
    fn take(rest: &mut std::slice::Iter<'a, Value>) -> Result<Self, CallError> {
        match rest.next() {
            Some(Value { data: Data::List(list), .. }) => Ok(Items(&list.items)),
            Some(Value { data: Data::Nil, .. }) => Ok(Items(&[])),
            other => Err(mismatch("[]interface {}", other)),
        }
    }
}

/// A variadic last parameter of `interface {}`.
impl<'a> Arg<'a> for &'a [Value] {
    const PARAM: Param = Param::Any;
    const VARIADIC: bool = true;
    fn take(rest: &mut std::slice::Iter<'a, Value>) -> Result<Self, CallError> {
        let all = rest.as_slice();
        *rest = [].iter();
        Ok(all)
    }
}

/// A variadic last parameter of another type.
impl<'a, T: Arg<'a>> Arg<'a> for Vec<T> {
    const PARAM: Param = T::PARAM;
    const VARIADIC: bool = true;
    fn take(rest: &mut std::slice::Iter<'a, Value>) -> Result<Self, CallError> {
        let mut all = Vec::with_capacity(rest.len());
        while !rest.as_slice().is_empty() {
            all.push(T::take(rest)?);
        }
        Ok(all)
    }
}

/// What a built-in may return.
pub(super) trait Answer {
    fn answer(self) -> Result<Value, CallError>;
}

impl<T: Answer> Answer for Result<T, CallError> {
    fn answer(self) -> Result<Value, CallError> {
        self?.answer()
    }
}

/// A Go `int64`, where a plain `i64` is Go's `int`.
pub(super) struct Int64(pub i64);

impl Answer for Int64 {
    fn answer(self) -> Result<Value, CallError> {
        Ok(Data::Int64(self.0).into())
    }
}

impl Answer for Vec<Value> {
    fn answer(self) -> Result<Value, CallError> {
        Ok(Data::List(Rc::new(List { go_type: LIST_ANY, items: self })).into())
    }
}

macro_rules! answers {
    ($($kind:ty),*) => {$(
        impl Answer for $kind {
            fn answer(self) -> Result<Value, CallError> {
                Ok(Value::from(self))
            }
        }
    )*};
}
answers!(Value, Data, bool, i64, f64, Str, &str, String, Vec<u8>);
