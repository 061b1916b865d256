//! Known administration surfaces: how to recognise one in a pod. The list itself is in `surfaces`; whether it asks for a login is in `login`.

use super::exposure::Target;
use super::image::ImageName;
use super::surfaces::surfaces;

/// A product whose open door hands over more than a web page.
#[derive(Debug)]
pub struct Surface {
    /// `Apache Pinot controller`.
    pub name: &'static str,
    /// What somebody who reaches it can do.
    pub power: &'static str,
    /// Patterns for the image of a running container, see [`ImageName::matches`]; none means that the words decide.
    pub images: &'static [&'static str],
    /// One of these must stand in the command line; none means any command line.
    pub words: &'static [&'static str],
    /// Container ports that are the surface; none means every port.
    pub ports: &'static [i64],
    pub auth: Auth,
}

/// How the product treats strangers.
#[derive(Debug)]
pub enum Auth {
    /// It has no login of its own.
    Absent,
    /// Open until one of the signs is there.
    Off(&'static [Sign]),
    /// Asks for a login until one of the signs is there.
    On(&'static [Sign]),
}

/// Something in values or rendered configuration.
#[derive(Clone, Copy, Debug)]
pub enum Sign {
    /// A values key (below the subchart's own prefix) that is true or not empty.
    Value(&'static str),
    /// A values key with one of these texts.
    ValueIs(&'static str, &'static [&'static str]),
    /// An environment variable that is set to something, or from something the chart does not render.
    Env(&'static str),
    /// An environment variable with one of these values, whatever the case.
    EnvIs(&'static str, &'static [&'static str]),
    /// A piece of the command line.
    Word(&'static str),
    /// A piece of a line of the pod's ConfigMaps and Secrets; comment lines do not count.
    Config(&'static str),
}

/// The surface behind a door, when the pod and the ports are a known one.
#[must_use]
pub fn surface_of(target: &Target<'_>) -> Option<&'static Surface> {
    surfaces().find(|surface| is_surface(surface, target))
}

fn is_surface(surface: &Surface, target: &Target<'_>) -> bool {
    let reached = surface.ports.is_empty()
        || target.ports.is_empty()
        || target.ports.iter().any(|port| surface.ports.contains(port));
    reached
        && target.pod.running_containers().iter().any(|container| {
            let image = container.image().map(|image| image.text()).unwrap_or_default();
            let name = ImageName::parse(&image);
            let pictured =
                surface.images.is_empty() || surface.images.iter().any(|pattern| name.matches(pattern));
            if !pictured || surface.words.is_empty() {
                return pictured;
            }
            let line = container.words().iter().map(|word| word.text()).collect::<Vec<_>>().join(" ");
            surface.words.iter().any(|word| has_word(&line, word))
        })
}

/// Whether `word` stands in a command line with nothing that continues it on either side.
#[must_use]
pub fn has_word(line: &str, word: &str) -> bool {
    let continues = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !continues(before) && (!continues(after) || word.ends_with('='))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_end_where_they_end() {
        assert!(has_word("sh -c \"pinot StartController -x\"", "StartController"));
        assert!(!has_word("StartControllerX", "StartController"));
        assert!(has_word("--auth-mode=server", "--auth-mode=server"));
        assert!(!has_word("--insecure-port=0", "--insecure"));
    }
}
