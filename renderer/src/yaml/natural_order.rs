//! goyaml's order of map keys: letters by code point, numbers inside by value.

use std::borrow::Cow;

use crate::value::Value;

type Pair<'a> = (Cow<'a, [u8]>, &'a Value);

/// Sorts pairs by key. `letters_after_digits` is goyaml.v3's rule: behind a digit a letter comes first.
pub(super) fn sort_keys(pairs: &mut Vec<Pair<'_>>, letters_after_digits: bool) {
    let mut keyed: Vec<(Vec<char>, usize)> = pairs
        .iter()
        .enumerate()
        .map(|(index, (key, _))| (String::from_utf8_lossy(key).chars().collect(), index))
        .collect();
    if keyed.windows(2).all(|two| !is_less(&two[1].0, &two[0].0, letters_after_digits)) {
        return;
    }
    merge_sort(&mut keyed, letters_after_digits);
    let mut old: Vec<Option<Pair<'_>>> = pairs.drain(..).map(Some).collect();
    pairs.extend(keyed.iter().filter_map(|(_, index)| old[*index].take()));
}

/// The order is not total for every set of keys (digits that overflow), which the standard sort answers with a panic.
fn merge_sort(items: &mut Vec<(Vec<char>, usize)>, letters_after_digits: bool) {
    if items.len() < 2 {
        return;
    }
    let mut right = items.split_off(items.len() / 2);
    merge_sort(items, letters_after_digits);
    merge_sort(&mut right, letters_after_digits);
    let mut merged = Vec::with_capacity(items.len() + right.len());
    let (mut left, mut right) = (items.drain(..).peekable(), right.into_iter().peekable());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let from_right = is_less(&b.0, &a.0, letters_after_digits);
        merged.extend(if from_right { right.next() } else { left.next() });
    }
    merged.extend(left.by_ref());
    merged.extend(right);
    drop(left);
    *items = merged;
}

fn is_less(a: &[char], b: &[char], letters_after_digits: bool) -> bool {
    let Some(at) = a.iter().zip(b).position(|(x, y)| x != y) else { return a.len() < b.len() };
    let (x, y) = (a[at], b[at]);
    match (x.is_alphabetic(), y.is_alphabetic()) {
        (true, true) => return x < y,
        (false, false) => {}
        (x_is_letter, y_is_letter) => {
            let after_digit = letters_after_digits && at > 0 && a[at - 1].is_ascii_digit();
            return if after_digit { x_is_letter } else { y_is_letter };
        }
    }
    // Behind a number that has begun, a zero counts as a digit of it.
    let inside =
        (x == '0' || y == '0') && a[..at].iter().rev().take_while(|c| c.is_ascii_digit()).any(|c| *c != '0');
    let (x_number, x_end) = number_at(a, at, inside);
    let (y_number, y_end) = number_at(b, at, inside);
    (x_number, x_end, x) < (y_number, y_end, y)
}

/// The number that begins at `at`, wrapping as int64 does, and where it ends.
fn number_at(text: &[char], at: usize, inside: bool) -> (i64, usize) {
    let mut number = i64::from(inside);
    let mut end = at;
    while let Some(digit) = text.get(end).and_then(|c| c.to_digit(10)) {
        number = number.wrapping_mul(10).wrapping_add(i64::from(digit));
        end += 1;
    }
    (number, end)
}
