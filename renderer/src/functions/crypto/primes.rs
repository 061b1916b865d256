//! Prime numbers from the seeded generator: a sieve over an arithmetic progression, then Miller-Rabin. Not constant in time:
//! these keys are thrown away with the render.

use num_bigint::BigUint;

use crate::functions::{CallError, Env, random};

/// Small primes of the sieve lie below this.
const SIEVE_PRIMES_BELOW: u32 = 50_000;
/// Members of a progression looked at before a new start is drawn.
const SIEVE_WINDOW: usize = 1 << 15;
/// Rounds of Miller-Rabin after the first; random candidates of these sizes need few (FIPS 186-5, table B.1).
const ROUNDS: u64 = 4;
/// Starts drawn before giving up; one is nearly always enough.
const STARTS_MAX: u32 = 64;

/// A number of exactly `bits` random bits; the top two and, when wanted, the lowest are set.
pub(super) fn random_bits(env: &mut Env, by: &'static str, bits: u64, odd: bool) -> BigUint {
    let bytes = random::bytes(env, by, usize::try_from(bits.div_ceil(8)).unwrap_or(0));
    let mut number = BigUint::from_bytes_be(&bytes) >> (bits.div_ceil(8) * 8 - bits);
    number.set_bit(bits - 1, true);
    number.set_bit(bits - 2, true);
    if odd {
        number.set_bit(0, true);
    }
    number
}

/// A prime of `bits` bits.
pub(super) fn prime(env: &mut Env, by: &'static str, bits: u64) -> Result<BigUint, CallError> {
    let step = BigUint::from(2u8);
    for _ in 0..STARTS_MAX {
        let start = random_bits(env, by, bits, true);
        if let Some(found) = search(&start, &step).filter(|found| found.bits() == bits) {
            return Ok(found);
        }
    }
    Err("no prime number was found".into())
}

/// A prime of `bits` bits that is one more than a multiple of `factor`.
pub(super) fn prime_above(
    env: &mut Env,
    by: &'static str,
    bits: u64,
    factor: &BigUint,
) -> Result<BigUint, CallError> {
    let step = factor * 2u8;
    for _ in 0..STARTS_MAX {
        let near = random_bits(env, by, bits, false);
        let start = &near - (&near % &step) + 1u8;
        if let Some(found) = search(&start, &step).filter(|found| found.bits() == bits) {
            return Ok(found);
        }
    }
    Err("no prime number was found".into())
}

/// The first prime of `start`, `start + step`, ... within the window.
fn search(start: &BigUint, step: &BigUint) -> Option<BigUint> {
    let mut composite = vec![false; SIEVE_WINDOW];
    for small in small_primes() {
        let residue = |number: &BigUint| (number % small).iter_u64_digits().next().unwrap_or(0);
        let (at_start, by_step) = (residue(start), residue(step));
        let Some(inverse) = inverse_of(by_step, u64::from(small)) else { continue };
        let small = u64::from(small);
        let first = (small - at_start) % small * inverse % small;
        for index in (first as usize..SIEVE_WINDOW).step_by(small as usize) {
            composite[index] = true;
        }
    }
    let candidates = composite.iter().enumerate().filter(|(_, composite)| !**composite);
    candidates.map(|(index, _)| start + step * index).find(is_prime)
}

fn small_primes() -> Vec<u32> {
    let mut composite = vec![false; SIEVE_PRIMES_BELOW as usize];
    let mut primes = Vec::new();
    for number in 2..SIEVE_PRIMES_BELOW {
        if !composite[number as usize] {
            primes.push(number);
            let multiples = (number * 2..SIEVE_PRIMES_BELOW).step_by(number as usize);
            multiples.for_each(|multiple| composite[multiple as usize] = true);
        }
    }
    primes
}

/// The inverse modulo a small prime; `None` for zero.
fn inverse_of(number: u64, prime: u64) -> Option<u64> {
    let (mut power, mut base, mut exponent) = (1, number % prime, prime.saturating_sub(2));
    if base == 0 {
        return None;
    }
    while exponent > 0 {
        if exponent & 1 == 1 {
            power = power * base % prime;
        }
        base = base * base % prime;
        exponent >>= 1;
    }
    Some(power)
}

/// Miller-Rabin to the bases 2, 3, ... for odd numbers above the sieve.
fn is_prime(number: &BigUint) -> bool {
    let one = BigUint::from(1u8);
    let less_one = number - &one;
    let shift = less_one.trailing_zeros().unwrap_or(0);
    let odd = &less_one >> shift;
    (2..=2 + ROUNDS).all(|base| {
        let mut power = BigUint::from(base).modpow(&odd, number);
        if power == one || power == less_one {
            return true;
        }
        for _ in 1..shift {
            power = &power * &power % number;
            if power == less_one {
                return true;
            }
        }
        false
    })
}
