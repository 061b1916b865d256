//! Methods of the time package's integer types, and the arguments that methods take. Times themselves are in `time`.

use std::any::Any;
use std::rc::Rc;

use super::duration;
use super::time::Time;
use crate::value::{Data, GoType, Object, Value};

/// Go's type of a duration, a month or a weekday.
pub(super) fn go_number(go_type: GoType, number: i64) -> Value {
    Data::Sized(go_type, i128::from(number)).into()
}

/// Arguments of a method, checked as Go's evaluator does.
pub(super) struct Args<'a> {
    pub method: &'a str,
    pub values: &'a [Value],
}

impl Args<'_> {
    pub fn count(&self, want: usize) -> Result<(), String> {
        if self.values.len() == want {
            return Ok(());
        }
        Err(format!("wrong number of args for {}: want {want} got {}", self.method, self.values.len()))
    }

    fn wrong_type(&self, at: usize, want: &str) -> String {
        let got = self.values.get(at).map_or("<nil>", Value::type_name);
        format!("wrong type for value; expected {want}; got {got}")
    }

    pub fn int(&self, at: usize) -> Result<i64, String> {
        match self.values.get(at).map(|value| &value.data) {
            Some(Data::Int(number)) => Ok(*number),
            _ => Err(self.wrong_type(at, "int")),
        }
    }

    pub fn duration(&self) -> Result<i64, String> {
        self.count(1)?;
        match self.values.first().map(|value| &value.data) {
            Some(Data::Sized("time.Duration", number)) => Ok(*number as i64),
            // An untyped constant becomes a duration.
            Some(Data::Int(number)) => Ok(*number),
            _ => Err(self.wrong_type(0, "time.Duration")),
        }
    }

    pub fn time(&self) -> Result<&Time, String> {
        self.count(1)?;
        self.values.first().and_then(Time::of).ok_or_else(|| self.wrong_type(0, "time.Time"))
    }

    pub fn text(&self) -> Result<&[u8], String> {
        self.count(1)?;
        match self.values.first().and_then(Value::as_string) {
            Some(text) => Ok(text.as_bytes()),
            None => Err(self.wrong_type(0, "string")),
        }
    }
}

/// A duration, month or weekday with its methods.
struct Number {
    go_type: GoType,
    value: i64,
}

/// The methods of Go's integer types of the time package; `None` for other types.
#[must_use]
pub fn number_methods(go_type: GoType, number: i128) -> Option<Rc<dyn Object>> {
    let is_known = matches!(go_type, "time.Duration" | "time.Month" | "time.Weekday");
    is_known.then(|| Rc::new(Number { go_type, value: number as i64 }) as Rc<dyn Object>)
}

impl Object for Number {
    fn type_name(&self) -> GoType {
        self.go_type
    }

    fn kind(&self) -> &'static str {
        if self.go_type == "time.Duration" { "int64" } else { "int" }
    }

    fn field(&self, _: &str) -> Option<Value> {
        None
    }

    fn call(&self, name: &str, values: &[Value]) -> Option<Result<Value, String>> {
        let args = Args { method: name, values };
        if name == "String" {
            return Some(args.count(0).map(|()| Value::from(self.print())));
        }
        if self.go_type != "time.Duration" {
            return None;
        }
        let whole = |unit: i64| Value::from(Data::Int64(self.value / unit));
        let floats = |unit: i64| Value::from(duration::in_units(self.value, unit));
        let read = match name {
            "Nanoseconds" => whole(1),
            "Microseconds" => whole(1_000),
            "Milliseconds" => whole(1_000_000),
            "Seconds" => floats(duration::SECOND_NS),
            "Minutes" => floats(60 * duration::SECOND_NS),
            "Hours" => floats(3_600 * duration::SECOND_NS),
            "Abs" => go_number(self.go_type, self.value.saturating_abs()),
            "Round" => {
                return Some(
                    args.duration().map(|s| go_number(self.go_type, duration::round(self.value, s))),
                );
            }
            "Truncate" => {
                return Some(
                    args.duration().map(|s| go_number(self.go_type, duration::truncate(self.value, s))),
                );
            }
            _ => return None,
        };
        Some(args.count(0).map(|()| read))
    }

    fn print(&self) -> String {
        crate::template::print::sprint_text(&go_number(self.go_type, self.value))
    }

    fn plain(&self) -> Value {
        Data::Int64(self.value).into()
    }

    fn truth(&self) -> bool {
        self.value != 0
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
