//! Decimal numbers as shopspring/decimal computes with them: a big integer and a power of ten. Not for printing.

use num_bigint::{BigInt, Sign};

use super::CallError;
use crate::limits::DECIMAL_BITS_MAX;

/// Digits behind the point of a quotient (shopspring/decimal DivisionPrecision).
const DIVISION_PRECISION_DIGITS: i64 = 16;

/// `units * 10^exponent`.
#[derive(Clone, Debug)]
pub(super) struct Decimal {
    units: BigInt,
    exponent: i64,
}

impl Decimal {
    /// The shortest decimal that reads back as `n`; `None` for NaN and infinities.
    pub fn from_float(n: f64) -> Option<Decimal> {
        if !n.is_finite() {
            return None;
        }
        let text = format!("{n:e}");
        let (digits, exponent) = text.split_once('e')?;
        let exponent: i64 = exponent.parse().ok()?;
        let fraction_digits = digits.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        let units = digits.replace('.', "").parse().ok()?;
        Some(Decimal { units, exponent: exponent - i64::try_from(fraction_digits).ok()? })
    }

    /// The nearest float.
    pub fn to_float(&self) -> f64 {
        format!("{}e{}", self.units, self.exponent).parse().unwrap_or(f64::NAN)
    }

    pub fn add(&self, other: &Decimal) -> Decimal {
        let exponent = self.exponent.min(other.exponent);
        Decimal { units: self.units_at(exponent) + other.units_at(exponent), exponent }
    }

    pub fn sub(&self, other: &Decimal) -> Decimal {
        self.add(&Decimal { units: -&other.units, exponent: other.exponent })
    }

    pub fn mul(&self, other: &Decimal) -> Result<Decimal, CallError> {
        let product = Decimal { units: &self.units * &other.units, exponent: self.exponent + other.exponent };
        product.bounded()
    }

    /// The quotient to sixteen digits behind the point, a half rounded away from zero.
    pub fn div(&self, other: &Decimal) -> Result<Decimal, CallError> {
        if other.units.sign() == Sign::NoSign {
            return Err("decimal division by 0".into());
        }
        let shift = self.exponent - other.exponent + DIVISION_PRECISION_DIGITS;
        let (numerator, divisor) = if shift < 0 {
            (self.units.clone(), &other.units * power_of_ten(-shift))
        } else {
            (&self.units * power_of_ten(shift), other.units.clone())
        };
        let quotient = &numerator / &divisor;
        let remainder = &numerator % &divisor;
        let away = if self.units.sign() == other.units.sign() { 1 } else { -1 };
        let rounds = remainder.magnitude() * 2u8 >= *divisor.magnitude();
        let units = if rounds { quotient + away } else { quotient };
        Decimal { units, exponent: -DIVISION_PRECISION_DIGITS }.bounded()
    }

    fn units_at(&self, exponent: i64) -> BigInt {
        &self.units * power_of_ten(self.exponent - exponent)
    }

    fn bounded(self) -> Result<Decimal, CallError> {
        // A decimal digit is a little over three bits.
        if self.units.bits() + self.exponent.unsigned_abs() * 4 > DECIMAL_BITS_MAX {
            return Err(CallError::Limit("DECIMAL_BITS_MAX"));
        }
        Ok(self)
    }
}

fn power_of_ten(exponent: i64) -> BigInt {
    BigInt::from(10u8).pow(u32::try_from(exponent).unwrap_or(0))
}
