//! A namespace of parsed templates: definitions by name, later ones over earlier ones. It runs none of them.

use std::collections::HashMap;
use std::rc::Rc;

use super::ast::{Callee, Template};
use super::builtins;
use super::parser::{Parsed, parse};
use crate::error::Error;
use crate::functions::{self, Helm};

/// Named templates of one generation of Helm. A layer over another set sees that set's templates too, as the clone that `tpl` makes.
pub struct Set {
    helm: Helm,
    templates: HashMap<Rc<str>, Rc<Template>>,
    below: Option<Rc<Set>>,
}

/// The templates of one text, ready to be put into sets.
pub(super) struct Texts {
    pub main: Rc<Template>,
    pub defined: Vec<Rc<Template>>,
}

impl Set {
    #[must_use]
    pub fn new(helm: Helm) -> Self {
        Set { helm, templates: HashMap::new(), below: None }
    }

    #[must_use]
    pub fn helm(&self) -> Helm {
        self.helm
    }

    /// Parses `text` as template `name` and adds it with everything it defines (Go: `t.New(name).Parse(text)`).
    pub fn add(&mut self, name: &str, text: &str) -> Result<(), Error> {
        let texts = self.parse(name, text)?;
        self.put(&texts);
        Ok(())
    }

    /// The template of this name.
    #[must_use]
    pub fn lookup(&self, name: &str) -> Option<Rc<Template>> {
        let mut layer = Some(self);
        while let Some(set) = layer {
            if let Some(found) = set.templates.get(name) {
                return Some(Rc::clone(found));
            }
            layer = set.below.as_deref();
        }
        None
    }

    /// Every template of this layer that a call reaches: definitions that a later one has replaced are not among them.
    pub(super) fn reachable(&self) -> impl Iterator<Item = &Rc<Template>> {
        self.templates.values()
    }

    pub(super) fn parse(&self, name: &str, text: &str) -> Result<Texts, Error> {
        let helm = self.helm;
        let Parsed { main, defined } = parse(&Rc::from(name), text, &|word| find(word, helm))?;
        Ok(Texts { main: Rc::new(main), defined: defined.into_iter().map(Rc::new).collect() })
    }

    /// A layer over `below` with the templates of a text that `tpl` was given.
    pub(super) fn layer(below: &Rc<Set>, texts: &Texts) -> Set {
        let mut set = Set { helm: below.helm, templates: HashMap::new(), below: Some(Rc::clone(below)) };
        set.put(texts);
        set
    }

    /// An empty template never replaces one that is there.
    fn put(&mut self, texts: &Texts) {
        for template in texts.defined.iter().chain(std::iter::once(&texts.main)) {
            if !template.is_empty() || self.lookup(&template.name).is_none() {
                self.templates.insert(Rc::clone(&template.name), Rc::clone(template));
            }
        }
    }
}

/// A function by name: the table's first, as Helm's map hides Go's own functions.
fn find(name: &str, helm: Helm) -> Option<Callee> {
    if let Some(own) = builtins::helm_own(name) {
        return Some(Callee::Own(own));
    }
    functions::find(name, helm).map(Callee::Table).or_else(|| builtins::go_own(name).map(Callee::Own))
}
