//! `semver` and `semverCompare`, and what templates can ask of a version. Ranges and parsing are in `version_range`.

use std::any::Any;
use std::cmp::Ordering;
use std::rc::Rc;

use super::adapter::{Text, function};
use super::{CallError, Function};
use crate::value::{Data, GoType, Object, Value};
use crate::version_range::{Constraint, Version};

pub(super) fn family() -> Vec<Function> {
    vec![function!("semver", semver), function!("semverCompare", semver_compare)]
}

/// Sprig `semver`: a `*semver.Version`.
fn semver(text: Text<'_>) -> Result<Value, CallError> {
    let version = Version::parse_lenient(&text.lossy()).map_err(|error| error.to_string())?;
    Ok(Data::Object(Rc::new(SemVer { version, is_pointer: true })).into())
}

fn semver_compare(range: Text<'_>, version: Text<'_>) -> Result<bool, CallError> {
    let range = Constraint::parse(&range.lossy())?;
    let version = Version::parse_lenient(&version.lossy()).map_err(|error| error.to_string())?;
    Ok(range.check(&version))
}

/// A version as a Go value: a pointer as `semver` gives it, or a struct as its Inc methods do.
pub struct SemVer {
    pub version: Version,
    pub is_pointer: bool,
}

impl SemVer {
    fn compared(&self, args: &[Value]) -> Result<Ordering, String> {
        match args {
            [Value { data: Data::Object(other), .. }] => match other.as_any().downcast_ref::<SemVer>() {
                Some(other) => Ok(self.version.compare(&other.version)),
                None => {
                    Err(format!("wrong type for value; expected *semver.Version; got {}", other.type_name()))
                }
            },
            [other] => {
                Err(format!("wrong type for value; expected *semver.Version; got {}", other.type_name()))
            }
            _ => Err(format!("want 1 got {}", args.len())),
        }
    }

    /// IncMajor, IncMinor, IncPatch: a struct value, without build; a prerelease's patch is its release.
    fn incremented(&self, part: &str) -> Value {
        let mut version = self.version.clone();
        let was_prerelease = !version.prerelease.is_empty();
        match part {
            "IncMajor" => (version.major, version.minor, version.patch) = (version.major + 1, 0, 0),
            "IncMinor" => (version.minor, version.patch) = (version.minor + 1, 0),
            _ if was_prerelease => {}
            _ => version.patch += 1,
        }
        version.prerelease.clear();
        version.build.clear();
        let v = if self.version.original.starts_with('v') { "v" } else { "" };
        version.original = format!("{v}{version}");
        Data::Object(Rc::new(SemVer { version, is_pointer: false })).into()
    }
}

fn uint64(n: u64) -> Value {
    Data::Sized("uint64", i128::from(n)).into()
}

impl Object for SemVer {
    fn type_name(&self) -> GoType {
        if self.is_pointer { "*semver.Version" } else { "semver.Version" }
    }

    fn kind(&self) -> &'static str {
        if self.is_pointer { "ptr" } else { "struct" }
    }

    fn field(&self, _: &str) -> Option<Value> {
        None
    }

    fn call(&self, name: &str, args: &[Value]) -> Option<Result<Value, String>> {
        let text = |text: &str| Value::from(text);
        let compared = |test: fn(Ordering) -> bool| self.compared(args).map(|order| Value::from(test(order)));
        Some(match name {
            "Major" => Ok(uint64(self.version.major)),
            "Minor" => Ok(uint64(self.version.minor)),
            "Patch" => Ok(uint64(self.version.patch)),
            "Prerelease" => Ok(text(&self.version.prerelease)),
            "Metadata" => Ok(text(&self.version.build)),
            "Original" => Ok(text(&self.version.original)),
            "String" => Ok(Value::from(self.version.to_string())),
            "IncMajor" | "IncMinor" | "IncPatch" => Ok(self.incremented(name)),
            "Compare" => self.compared(args).map(|order| Value::from(order as i64)),
            "Equal" => compared(Ordering::is_eq),
            "LessThan" => compared(Ordering::is_lt),
            "LessThanEqual" => compared(Ordering::is_le),
            "GreaterThan" => compared(Ordering::is_gt),
            "GreaterThanEqual" => compared(Ordering::is_ge),
            _ => return None,
        })
    }

    fn print(&self) -> String {
        self.version.to_string()
    }

    fn plain(&self) -> Value {
        Value::from(self.version.to_string())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::super::tests::{call, error};
    use super::super::text::sprint;
    use super::*;

    #[test]
    fn versions() {
        let version = call("semver", &[Value::from("v1.2.3-beta+b")]);
        let Data::Object(object) = &version.data else { panic!("not an object") };
        for (method, want) in
            [("Major", "1"), ("Prerelease", "beta"), ("IncPatch", "1.2.3"), ("String", "1.2.3-beta+b")]
        {
            let got = object.call(method, &[]).unwrap().unwrap();
            assert_eq!(sprint(&got), want.as_bytes(), "{method}");
        }
        assert_eq!(error("semver", &[Value::from("")]), "invalid semantic version");
    }
}
