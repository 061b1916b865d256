//! Sprig's arithmetic on integers and floats. How values become numbers is in `casts`, decimals are in `decimal`.

use super::adapter::{Int64, Text, function};
use super::casts::{parse_int, to_float64, to_int64};
use super::decimal::Decimal;
use super::text::{float, sprint};
use super::{CallError, Env, Function};
use crate::limits::LIST_ITEMS_MAX;
use crate::value::{Data, LIST_INT, List, Value};
use std::rc::Rc;

pub(super) fn family() -> Vec<Function> {
    vec![
        function!("add", add),
        function!("add1", add1),
        function!("add1f", add1f),
        function!("addf", addf),
        function!("atoi", atoi),
        function!("biggest", max),
        function!("ceil", ceil),
        function!("div", div),
        function!("divf", divf),
        function!("float64", float64),
        function!("floor", floor),
        function!("int", int),
        function!("int64", int64),
        function!("max", max),
        function!("maxf", maxf),
        function!("min", min),
        function!("minf", minf),
        function!("mod", modulo),
        function!("mul", mul),
        function!("mulf", mulf),
        function!("randInt", rand_int),
        function!("round", round),
        function!("seq", seq),
        function!("sub", sub),
        function!("subf", subf),
        function!("toDecimal", to_decimal),
        function!("until", until),
        function!("untilStep", until_step),
    ]
}

fn int(value: &Value) -> i64 {
    to_int64(value)
}

fn int64(value: &Value) -> Int64 {
    Int64(to_int64(value))
}

fn float64(value: &Value) -> f64 {
    to_float64(value)
}

/// Go strconv.Atoi, 0 for what it refuses; out of range gives the nearest integer as there.
fn atoi(text: Text<'_>) -> i64 {
    let Ok(text) = std::str::from_utf8(text.bytes) else { return 0 };
    if let Some(n) = parse_int(text, 10) {
        return n;
    }
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    match !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        true if negative => i64::MIN,
        true => i64::MAX,
        false => 0,
    }
}

/// Sprig `toDecimal`: the value as it prints, read as octal digits.
fn to_decimal(value: &Value) -> Int64 {
    Int64(String::from_utf8(sprint(value)).ok().and_then(|text| parse_int(&text, 8)).unwrap_or(0))
}

fn add(values: &[Value]) -> Int64 {
    Int64(values.iter().fold(0, |sum, value| sum.wrapping_add(to_int64(value))))
}

fn add1(value: &Value) -> Int64 {
    Int64(to_int64(value).wrapping_add(1))
}

fn sub(a: &Value, b: &Value) -> Int64 {
    Int64(to_int64(a).wrapping_sub(to_int64(b)))
}

fn mul(first: &Value, others: &[Value]) -> Int64 {
    Int64(others.iter().fold(to_int64(first), |product, value| product.wrapping_mul(to_int64(value))))
}

fn div(a: &Value, b: &Value) -> Result<Int64, CallError> {
    match to_int64(b) {
        0 => Err("runtime error: integer divide by zero".into()),
        divisor => Ok(Int64(to_int64(a).wrapping_div(divisor))),
    }
}

fn modulo(a: &Value, b: &Value) -> Result<Int64, CallError> {
    match to_int64(b) {
        0 => Err("runtime error: integer divide by zero".into()),
        divisor => Ok(Int64(to_int64(a).wrapping_rem(divisor))),
    }
}

fn max(first: &Value, others: &[Value]) -> Int64 {
    Int64(others.iter().map(to_int64).fold(to_int64(first), i64::max))
}

fn min(first: &Value, others: &[Value]) -> Int64 {
    Int64(others.iter().map(to_int64).fold(to_int64(first), i64::min))
}

/// Go math.Max: infinity first, then NaN wins, and zero is more than minus zero.
fn maxf(first: &Value, others: &[Value]) -> f64 {
    others.iter().map(to_float64).fold(to_float64(first), |a, b| match (a, b) {
        _ if a == f64::INFINITY || b == f64::INFINITY => f64::INFINITY,
        _ if a.is_nan() || b.is_nan() => f64::NAN,
        _ if a == 0.0 && b == 0.0 => {
            if a.is_sign_negative() {
                b
            } else {
                a
            }
        }
        _ => a.max(b),
    })
}

fn minf(first: &Value, others: &[Value]) -> f64 {
    others.iter().map(to_float64).fold(to_float64(first), |a, b| match (a, b) {
        _ if a == f64::NEG_INFINITY || b == f64::NEG_INFINITY => f64::NEG_INFINITY,
        _ if a.is_nan() || b.is_nan() => f64::NAN,
        _ if a == 0.0 && b == 0.0 => {
            if a.is_sign_negative() {
                a
            } else {
                b
            }
        }
        _ => a.min(b),
    })
}

fn ceil(value: &Value) -> f64 {
    to_float64(value).ceil()
}

fn floor(value: &Value) -> f64 {
    to_float64(value).floor()
}

/// Sprig `round`: to `places` digits, up from the fraction `round_on` (one half unless given).
fn round(value: &Value, places: i64, round_on: Vec<f64>) -> f64 {
    let round_on = round_on.into_iter().next().unwrap_or(0.5);
    let power = power_of_ten(places);
    let digit = power * to_float64(value);
    let rounded = if digit.fract() >= round_on { digit.ceil() } else { digit.floor() };
    rounded / power
}

/// Go math.Pow(10, places): correctly rounded, 0 and infinity outside the range of float64.
fn power_of_ten(places: i64) -> f64 {
    format!("1e{places}").parse().unwrap_or(f64::NAN)
}

/// Folds the floats of all values in decimal arithmetic (shopspring/decimal).
fn decimal_fold(
    first: f64,
    others: &[Value],
    step: impl Fn(&Decimal, &Decimal) -> Result<Decimal, CallError>,
) -> Result<f64, CallError> {
    let read = |n: f64| {
        Decimal::from_float(n).ok_or_else(|| format!("Cannot create a Decimal from {}", float(n)).into())
    };
    let mut result: Result<Decimal, CallError> = read(first);
    for value in others {
        result = Ok(step(&result?, &read(to_float64(value))?)?);
    }
    Ok(result?.to_float())
}

fn addf(values: &[Value]) -> Result<f64, CallError> {
    decimal_fold(0.0, values, |a, b| Ok(a.add(b)))
}

fn add1f(value: &Value) -> Result<f64, CallError> {
    decimal_fold(to_float64(value), &[Value::from(1)], |a, b| Ok(a.add(b)))
}

fn subf(first: &Value, others: &[Value]) -> Result<f64, CallError> {
    decimal_fold(to_float64(first), others, |a, b| Ok(a.sub(b)))
}

fn mulf(first: &Value, others: &[Value]) -> Result<f64, CallError> {
    decimal_fold(to_float64(first), others, Decimal::mul)
}

fn divf(first: &Value, others: &[Value]) -> Result<f64, CallError> {
    decimal_fold(to_float64(first), others, Decimal::div)
}

/// Sprig `randInt`: from the seeded generator, `low` included and `high` not.
fn rand_int(env: &mut Env, low: i64, high: i64) -> Result<i64, CallError> {
    let width = high.wrapping_sub(low);
    let width = u64::try_from(width).ok().filter(|&width| width > 0);
    let width = width.ok_or_else(|| CallError::from("invalid argument to Intn"))?;
    let offset = env.random("randInt") % width;
    Ok(low.wrapping_add(i64::try_from(offset).unwrap_or(0)))
}

/// The integers of Sprig's untilStep; a step that leads away gives none.
fn steps(start: i64, stop: i64, step: i64) -> Result<Vec<i64>, CallError> {
    let mut all = Vec::new();
    let mut at = start;
    while if stop < start { step < 0 && at > stop } else { step > 0 && at < stop } {
        if all.len() >= LIST_ITEMS_MAX {
            return Err(CallError::Limit("LIST_ITEMS_MAX"));
        }
        all.push(at);
        let Some(next) = at.checked_add(step) else { break };
        at = next;
    }
    Ok(all)
}

/// A `[]int`.
fn int_list(numbers: Vec<i64>) -> Value {
    let items = numbers.into_iter().map(Value::from).collect();
    Data::List(Rc::new(List { go_type: LIST_INT, items })).into()
}

fn until_step(start: i64, stop: i64, step: i64) -> Result<Value, CallError> {
    steps(start, stop, step).map(int_list)
}

fn until(count: i64) -> Result<Value, CallError> {
    until_step(0, count, if count < 0 { -1 } else { 1 })
}

/// Sprig `seq`, after the program: last; first and last; or first, step and last. As a text with spaces.
fn seq(params: Vec<i64>) -> Result<String, CallError> {
    let (start, step, end) = match *params.into_boxed_slice() {
        [end] => (1, None, end),
        [start, end] => (start, None, end),
        [start, step, end] => (start, Some(step), end),
        _ => return Ok(String::new()),
    };
    let towards = if end < start { -1 } else { 1 };
    if towards < 0 && step.is_some_and(|step| step > 0) {
        return Ok(String::new());
    }
    let numbers = steps(start, end.wrapping_add(towards), step.unwrap_or(towards))?;
    let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
    Ok(numbers.join(" "))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::super::tests::{call, error};
    use super::super::text::strval;
    use super::*;

    #[test]
    fn arithmetic_as_sprig_does_it() {
        let n = |n: i64| Value::from(n);
        let f = |f: f64| Value::from(f);
        for (name, args, want) in [
            ("addf", vec![f(0.1), f(0.2)], "0.3"),
            ("divf", vec![n(1), n(3)], "0.3333333333333333"),
            ("mulf", vec![f(0.1), n(3)], "0.3"),
            ("round", vec![f(123.5555), n(3), f(0.6)], "123.555"),
            ("round", vec![f(-2.5), n(0)], "-3"),
            ("div", vec![n(-7), n(2)], "-3"),
            ("toDecimal", vec![n(777)], "511"),
            ("until", vec![n(-3)], "[0 -1 -2]"),
            ("untilStep", vec![n(10), n(0), n(-3)], "[10 7 4 1]"),
            ("seq", vec![n(0), n(2), n(10)], "0 2 4 6 8 10"),
            ("seq", vec![n(5), n(1)], "5 4 3 2 1"),
            ("seq", vec![n(5), n(1), n(1)], ""),
        ] {
            assert_eq!(strval(&call(name, &args)), want.as_bytes(), "{name}");
        }
        assert_eq!(error("div", &[n(1), n(0)]), "runtime error: integer divide by zero");
        assert_eq!(error("divf", &[n(1), n(0)]), "decimal division by 0");
        assert_eq!(error("until", &[n(i64::MAX)]), "LIST_ITEMS_MAX");
    }
}
