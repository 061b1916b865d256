//! The ways in. A version remembers the one it came through.

/// A way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum Door {
    /// A browser form.
    Page,
    /// The ChartMuseum API.
    Classic,
    /// An OCI push.
    Oci,
    /// `/api/v1` and `chartgate push`.
    Api,
    /// An upstream that a mirror follows.
    Mirror,
    /// The charts of `serve --sample`.
    Sample,
}

impl Door {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Door::Page => "page",
            Door::Classic => "classic",
            Door::Oci => "oci",
            Door::Api => "api",
            Door::Mirror => "mirror",
            Door::Sample => "sample",
        }
    }
}
