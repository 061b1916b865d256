//! The nouns: parsed types that cannot hold a wrong value. No I/O, no clock, no SQL text.

mod access;
mod digest;
mod door;
mod id;
mod name;
mod state;
mod time;
mod version;

pub use access::{Action, Caller, CallerKind, Grant, Role};
pub use digest::Digest;
pub use door::Door;
pub use id::Id;
pub use name::{ChartName, RepositoryName};
pub use state::{Event, Refusal, State, next};
pub use time::{Clock, Micros};
pub use version::{Tag, Version};

/// Why a text is not the noun it was read as; the sentence is safe to show.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Invalid(pub String);

/// Text in, text out: the traits that every newtype over a validated string has.
macro_rules! text_newtype {
    ($name:ident) => {
        impl $name {
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl std::str::FromStr for $name {
            type Err = $crate::model::Invalid;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                out.serialize_str(&self.0)
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(from)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use text_newtype;
