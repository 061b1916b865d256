//! What every page shares: title, place in the navigation, who is signed in, theme, one notice. Data for `base.html`;
//! it reads no database and no request.

use super::assets;

/// Colour theme; `System` follows the browser.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [Theme; 3] = [Theme::System, Theme::Light, Theme::Dark];

    /// The word in forms, the cookie and `data-theme`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Theme::System => "system",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    /// Any word that is no theme is the system's.
    #[must_use]
    pub fn from_word(word: &str) -> Theme {
        Theme::ALL.into_iter().find(|theme| theme.word() == word).unwrap_or_default()
    }
}

/// The navigation entry under which a page stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    Queue,
    Charts,
    Mirrors,
    Rules,
    Log,
    #[default]
    Elsewhere,
}

/// Who is signed in.
#[derive(Clone, Debug)]
pub struct Person {
    pub name: String,
    /// The session's form token.
    pub form_token: String,
    pub sees_queue: bool,
    pub sees_log: bool,
    pub sees_mirrors: bool,
}

#[derive(Clone, Debug)]
pub struct Link {
    pub href: String,
    pub word: String,
}

/// One sentence after an action.
#[derive(Clone, Debug)]
pub struct Notice {
    pub good: bool,
    pub text: String,
    pub link: Option<Link>,
}

/// Everything `base.html` prints.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    pub title: String,
    pub place: Place,
    pub theme: Theme,
    /// Whether single keys do something.
    pub keys: bool,
    pub person: Option<Person>,
    pub queue_count: Option<u64>,
    pub notice: Option<Notice>,
    pub request_id: Option<String>,
    /// Path and query of this page, to come back to after changing the theme.
    pub here: String,
    pub searched: String,
}

/// One entry of the navigation.
pub struct PlaceLink {
    pub href: &'static str,
    pub word: &'static str,
    pub key: Option<&'static str>,
    pub current: bool,
    pub count: Option<u64>,
}

impl Frame {
    /// The navigation: only what this person may open.
    #[must_use]
    pub fn places(&self) -> Vec<PlaceLink> {
        let link = |place, href, word, key, count| PlaceLink {
            href,
            word,
            key: Some(key),
            current: self.place == place,
            count,
        };
        let mut places = Vec::new();
        if self.person.as_ref().is_some_and(|person| person.sees_queue) {
            places.push(link(Place::Queue, "/ui/queue", "Queue", "gq", self.queue_count));
        }
        places.push(link(Place::Charts, "/ui/charts", "Charts", "gc", None));
        if self.person.as_ref().is_some_and(|person| person.sees_mirrors) {
            places.push(link(Place::Mirrors, "/ui/mirrors", "Mirrors", "gm", None));
        }
        places.push(link(Place::Rules, "/ui/rules", "Rules", "gr", None));
        if self.person.as_ref().is_some_and(|person| person.sees_log) {
            places.push(link(Place::Log, "/ui/log", "Log", "gl", None));
        }
        places
    }

    #[must_use]
    pub fn themes(&self) -> [Theme; 3] {
        Theme::ALL
    }

    #[must_use]
    pub fn stylesheet(&self) -> &'static str {
        assets::STYLESHEET.path()
    }

    #[must_use]
    pub fn script(&self) -> &'static str {
        assets::SCRIPT.path()
    }

    #[must_use]
    pub fn icon(&self) -> &'static str {
        assets::ICON.path()
    }

    #[must_use]
    pub fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    /// A reviewer's frame for sample pages.
    #[must_use]
    pub fn sample(title: &str, place: Place) -> Frame {
        Frame {
            title: title.to_owned(),
            place,
            keys: true,
            person: Some(Person {
                name: "reviewer".to_owned(),
                form_token: "sample-form-token".to_owned(),
                sees_queue: true,
                sees_log: true,
                sees_mirrors: true,
            }),
            queue_count: Some(3),
            request_id: Some("01KAVZ3M5T".to_owned()),
            here: "/ui/queue".to_owned(),
            ..Frame::default()
        }
    }
}
