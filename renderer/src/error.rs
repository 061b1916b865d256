//! The one error type of a render: where, in what, why, and what caused it; written as Helm 3 and as Helm 4 would. It decides nothing.

use std::fmt;

use crate::functions::Helm;

/// What kind of failure it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A template does not parse.
    Parse,
    /// A template failed while running, at a known place.
    Exec,
    /// `fail` or `required` spoke: the chart's own message.
    Refused,
    /// A function's error or another text without a place.
    Plain,
    /// One of our bounds was reached; the text names it.
    Limit(&'static str),
}

/// A failure of a render. `source` is what caused it, as `errors.Unwrap` of Go would give it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    pub kind: Kind,
    /// File the failing node was parsed from; empty where there is none.
    pub template: String,
    /// 1-based; 0 where there is none.
    pub line: u32,
    /// 0-based byte offset in the line.
    pub column: u32,
    /// Name of the executing template (a `define` or the file) and the node in canonical form.
    pub executing: Box<str>,
    pub context: Box<str>,
    /// The message without place and without the source's text.
    pub message: String,
    pub source: Option<Box<Error>>,
}

impl Error {
    /// A text without a place.
    #[must_use]
    pub fn plain(message: impl Into<String>) -> Self {
        Error {
            kind: Kind::Plain,
            template: String::new(),
            line: 0,
            column: 0,
            executing: Box::default(),
            context: Box::default(),
            message: message.into(),
            source: None,
        }
    }

    /// A bound that was reached; `which` says it in words, such as `evaluation steps (50000000)`.
    #[must_use]
    pub fn limit(which: &'static str) -> Self {
        Error { kind: Kind::Limit(which), ..Error::plain(format!("limit reached: {which}")) }
    }

    /// The message of `fail` or `required`.
    #[must_use]
    pub fn refused(message: impl Into<String>) -> Self {
        Error { kind: Kind::Refused, ..Error::plain(message) }
    }

    /// A parse error of template `name` (Go: parse.Tree.errorf).
    #[must_use]
    pub fn parse(name: &str, line: u32, message: impl Into<String>) -> Self {
        Error { kind: Kind::Parse, template: name.to_owned(), line, ..Error::plain(message) }
    }

    /// This error with a cause below it.
    #[must_use]
    pub fn caused_by(mut self, source: Error) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// The bound that was reached, here or below.
    #[must_use]
    pub fn limit_reached(&self) -> Option<&'static str> {
        self.chain().find_map(|error| if let Kind::Limit(which) = error.kind { Some(which) } else { None })
    }

    fn chain(&self) -> impl Iterator<Item = &Error> {
        std::iter::successors(Some(self), |error| error.source.as_deref())
    }

    /// The text Go's text/template gives, the whole chain in one line.
    #[must_use]
    pub fn go_text(&self) -> String {
        let mut text = match self.kind {
            Kind::Parse => format!("template: {}:{}: {}", self.template, self.line, self.message),
            Kind::Exec => format!(
                "template: {}:{}:{}: executing \"{}\" at <{}>: {}",
                self.template, self.line, self.column, self.executing, self.context, self.message
            ),
            Kind::Refused | Kind::Plain | Kind::Limit(_) => self.message.clone(),
        };
        if let Some(source) = &self.source {
            text.push_str(": ");
            text.push_str(&source.go_text());
        }
        text
    }

    /// The text that `helm template` prints after `Error: ` (Helm 3: cleanupExecError; Helm 4: reformatExecErrorMsg).
    #[must_use]
    pub fn helm_text(&self, helm: Helm) -> String {
        match self.kind {
            Kind::Parse => {
                let last = self.message.rsplit(": ").next().unwrap_or_default();
                format!("parse error at ({}:{}): {last}", self.template, self.line)
            }
            Kind::Exec => self.exec_text(helm),
            Kind::Refused | Kind::Plain | Kind::Limit(_) => self.go_text(),
        }
    }

    fn exec_text(&self, helm: Helm) -> String {
        if let Some(refusal) = self.chain().find(|error| error.kind == Kind::Refused) {
            let Error { template, line, column, .. } = self;
            return format!("execution error at ({template}:{line}:{column}): {}", refusal.message);
        }
        match helm {
            Helm::V3 => self.go_text(),
            Helm::V4 => self.block_text().unwrap_or_else(|| self.go_text()),
        }
    }

    /// Helm 4's block form, one block a level; `None` when a level is not a template error.
    fn block_text(&self) -> Option<String> {
        let mut text = String::new();
        let mut last = String::new();
        for error in self.chain() {
            let block = error.block()?;
            if block != last {
                text.push_str(&block);
                last = block;
            }
        }
        Some(text.trim().to_owned())
    }

    fn block(&self) -> Option<String> {
        let own = |message: &str| {
            message
                .find(" template:")
                .map_or(message, |cut| message.get(..cut).unwrap_or_default())
                .to_owned()
        };
        match self.kind {
            Kind::Exec => {
                let message =
                    if self.source.is_some() { format!("{}:", self.message) } else { own(&self.message) };
                Some(format!(
                    "{}:{}:{}\n  executing \"{}\" at <{}>:\n    {message}\n",
                    self.template, self.line, self.column, self.executing, self.context
                ))
            }
            // Texts such as `template: no template "x" associated with template "gotpl"`.
            _ if self.message.starts_with("template: no template ") => Some(format!("{}\n", self.message)),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.helm_text(Helm::V4))
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn std::error::Error + 'static))
    }
}
