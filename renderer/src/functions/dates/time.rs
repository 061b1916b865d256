//! Go's time.Time as templates see it: an instant with a zone, its calendar, its methods. Layouts are in `layout`.

use std::any::Any;
use std::rc::Rc;

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::duration;
use super::layout;
use super::methods::{Args, go_number};
use crate::value::{Data, GoType, Object, Value};

/// An instant. Seconds since 1970-01-01 UTC may lie in any year that 64 bits reach.
#[derive(Clone)]
pub struct Time {
    pub seconds: i64,
    pub nanoseconds: u32,
    pub zone: Zone,
}

/// Where a time is told.
#[derive(Clone)]
pub enum Zone {
    /// UTC, which is the local zone as well.
    Utc,
    /// Go's FixedZone: a name, perhaps empty, and seconds east of UTC.
    Fixed(Rc<str>, i32),
    /// A zone of the IANA database.
    Named(TimeZone),
}

impl Zone {
    /// Go time.LoadLocation; `None` for a zone that does not exist.
    pub fn load(name: &[u8]) -> Option<Zone> {
        match std::str::from_utf8(name).ok()? {
            "" | "UTC" | "Local" => Some(Zone::Utc),
            // The database knows names in any case, Go only in theirs.
            name => {
                let zone = TimeZoneDatabase::bundled().get(name).ok()?;
                (zone.iana_name() == Some(name)).then_some(Zone::Named(zone))
            }
        }
    }

    /// Seconds east of UTC and the abbreviation at an instant.
    pub fn at(&self, seconds: i64) -> (i32, String) {
        match self {
            Zone::Utc => (0, "UTC".to_owned()),
            Zone::Fixed(name, offset) => (*offset, name.to_string()),
            Zone::Named(zone) => {
                let nearest = seconds.clamp(Timestamp::MIN.as_second() + 1, Timestamp::MAX.as_second() - 1);
                match Timestamp::from_second(nearest) {
                    Ok(at) => {
                        let info = zone.to_offset_info(at);
                        (info.offset().seconds(), info.abbreviation().to_owned())
                    }
                    Err(_) => (0, "UTC".to_owned()),
                }
            }
        }
    }
}

/// A time told by clock and calendar of its zone.
pub(super) struct Clock {
    pub year: i64,
    pub month: u8,
    pub day: u8,
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
    /// From 1 on.
    pub year_day: u16,
    /// Sunday is 0.
    pub weekday: u8,
    pub offset_seconds: i32,
    pub zone: String,
}

const DAY_SECONDS: i64 = 86_400;
/// Go's zero time: the year 1.
const ZERO_SECONDS: i64 = -62_135_596_800;

/// Days since 1970-01-01 of a date; months outside 1 to 12 and any day count on.
pub(super) fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = year.saturating_add((month - 1).div_euclid(12));
    let month = (month - 1).rem_euclid(12) + 1;
    let shifted_year = if month <= 2 { year - 1 } else { year };
    let era = shifted_year.div_euclid(400);
    let year_of_era = shifted_year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era.saturating_mul(146_097).saturating_add(day_of_era - 719_468).saturating_add(day - 1)
}

/// The date of a day since 1970-01-01.
fn civil_from_days(days: i64) -> (i64, u8, u8) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month as u8, day as u8)
}

impl Time {
    pub fn utc(seconds: i64) -> Time {
        Time { seconds, nanoseconds: 0, zone: Zone::Utc }
    }

    pub fn zero() -> Time {
        Time::utc(ZERO_SECONDS)
    }

    /// Go time.Date in a zone: the clock there as the calendar says it.
    pub fn from_clock(days: i64, second_of_day: i64, nanoseconds: u32, zone: Zone) -> Time {
        let told = days.saturating_mul(DAY_SECONDS).saturating_add(second_of_day);
        let (guess, _) = zone.at(told);
        let (offset, _) = zone.at(told.saturating_sub(i64::from(guess)));
        Time { seconds: told.saturating_sub(i64::from(offset)), nanoseconds, zone }
    }

    pub(super) fn clock(&self) -> Clock {
        let (offset_seconds, zone) = self.zone.at(self.seconds);
        let told = self.seconds.saturating_add(i64::from(offset_seconds));
        let days = told.div_euclid(DAY_SECONDS);
        let second = told.rem_euclid(DAY_SECONDS);
        let (year, month, day) = civil_from_days(days);
        Clock {
            year,
            month,
            day,
            hour: (second / 3_600) as u8,
            minute: (second / 60 % 60) as u8,
            second: (second % 60) as u8,
            year_day: (days - days_from_civil(year, 1, 1) + 1) as u16,
            weekday: (days + 4).rem_euclid(7) as u8,
            offset_seconds,
            zone,
        }
    }

    /// Go Time.Add.
    #[must_use]
    pub fn add(&self, nanoseconds: i64) -> Time {
        let total = i64::from(self.nanoseconds) + nanoseconds % duration::SECOND_NS;
        let carried = nanoseconds / duration::SECOND_NS + total.div_euclid(duration::SECOND_NS);
        Time {
            seconds: self.seconds.wrapping_add(carried),
            nanoseconds: total.rem_euclid(duration::SECOND_NS) as u32,
            zone: self.zone.clone(),
        }
    }

    /// Go Time.Sub, which stops at the ends of a duration.
    #[must_use]
    pub fn since(&self, earlier: &Time) -> i64 {
        let nanoseconds = i128::from(self.seconds - earlier.seconds) * i128::from(duration::SECOND_NS)
            + i128::from(self.nanoseconds)
            - i128::from(earlier.nanoseconds);
        nanoseconds.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
    }

    fn add_date(&self, years: i64, months: i64, days: i64) -> Time {
        let clock = self.clock();
        let year = clock.year.saturating_add(years);
        let month = i64::from(clock.month).saturating_add(months);
        let days = days_from_civil(year, month, i64::from(clock.day)).saturating_add(days);
        let second = i64::from(clock.hour) * 3_600 + i64::from(clock.minute) * 60 + i64::from(clock.second);
        Time::from_clock(days, second, self.nanoseconds, self.zone.clone())
    }

    /// Go Time.Truncate and Round work on the time since the year 1.
    fn stepped(&self, step: i64, change: fn(i64, i64) -> i64) -> Time {
        if step <= 0 {
            return self.clone();
        }
        let since = i128::from(self.seconds - ZERO_SECONDS) * i128::from(duration::SECOND_NS)
            + i128::from(self.nanoseconds);
        let rest = since.rem_euclid(i128::from(step)) as i64;
        self.add(change(rest, step) - rest)
    }

    pub fn told_in(&self, zone: Zone) -> Time {
        Time { zone, ..self.clone() }
    }

    pub fn into_value(self) -> Value {
        Data::Object(Rc::new(self)).into()
    }

    /// The time in a value, when it is one.
    pub fn of(value: &Value) -> Option<&Time> {
        match &value.data {
            Data::Object(object) => object.as_any().downcast_ref::<Time>(),
            _ => None,
        }
    }
}

impl Object for Time {
    fn type_name(&self) -> GoType {
        "time.Time"
    }

    fn kind(&self) -> &'static str {
        "struct"
    }

    fn field(&self, _: &str) -> Option<Value> {
        None
    }

    fn call(&self, name: &str, values: &[Value]) -> Option<Result<Value, String>> {
        let args = Args { method: name, values };
        if let Some(plain) = self.read(name) {
            return Some(args.count(0).map(|()| plain));
        }
        let order = |other: &Time| (self.seconds, self.nanoseconds).cmp(&(other.seconds, other.nanoseconds));
        Some(match name {
            "Format" => args.text().map(|text| Value::from(layout::format(self, text))),
            "Add" => args.duration().map(|step| self.add(step).into_value()),
            "AddDate" => args
                .count(3)
                .and_then(|()| Ok(self.add_date(args.int(0)?, args.int(1)?, args.int(2)?).into_value())),
            "Sub" => args.time().map(|other| go_number("time.Duration", self.since(other))),
            "Before" => args.time().map(|other| Value::from(order(other).is_lt())),
            "After" => args.time().map(|other| Value::from(order(other).is_gt())),
            "Equal" => args.time().map(|other| Value::from(order(other).is_eq())),
            "Compare" => args.time().map(|other| Value::from(order(other) as i64)),
            "Round" => args.duration().map(|step| self.stepped(step, duration::round).into_value()),
            "Truncate" => args.duration().map(|step| self.stepped(step, duration::truncate).into_value()),
            _ => return None,
        })
    }

    fn print(&self) -> String {
        let text = layout::format(self, b"2006-01-02 15:04:05.999999999 -0700 MST");
        String::from_utf8_lossy(&text).into_owned()
    }

    fn plain(&self) -> Value {
        Value::from(layout::format(self, b"2006-01-02T15:04:05.999999999Z07:00"))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Time {
    /// The methods without arguments.
    fn read(&self, name: &str) -> Option<Value> {
        let clock = self.clock();
        let nanoseconds = i64::from(self.nanoseconds);
        let scaled = |per_second: i64| {
            let part = nanoseconds / (duration::SECOND_NS / per_second);
            Data::Int64(self.seconds.wrapping_mul(per_second).wrapping_add(part)).into()
        };
        Some(match name {
            "Unix" => Data::Int64(self.seconds).into(),
            "UnixMilli" => scaled(1_000),
            "UnixMicro" => scaled(1_000_000),
            "UnixNano" => scaled(duration::SECOND_NS),
            "Year" => Value::from(clock.year),
            "Month" => go_number("time.Month", i64::from(clock.month)),
            "Day" => Value::from(i64::from(clock.day)),
            "Hour" => Value::from(i64::from(clock.hour)),
            "Minute" => Value::from(i64::from(clock.minute)),
            "Second" => Value::from(i64::from(clock.second)),
            "Nanosecond" => Value::from(nanoseconds),
            "Weekday" => go_number("time.Weekday", i64::from(clock.weekday)),
            "YearDay" => Value::from(i64::from(clock.year_day)),
            "IsZero" => Value::from(self.seconds == ZERO_SECONDS && self.nanoseconds == 0),
            "UTC" | "Local" => self.told_in(Zone::Utc).into_value(),
            "String" => Value::from(self.print()),
            _ => return None,
        })
    }
}
