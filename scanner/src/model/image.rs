//! An image reference in its parts: registry and repository, tag, digest. It asks no registry.

/// `registry.example.com:5000/team/app:1.2@sha256:..`, split at `@` first, then at the last `/`, then at `:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageName<'a> {
    /// Everything before tag and digest.
    pub repository: &'a str,
    pub tag: Option<&'a str>,
    /// `sha256:<hex>`.
    pub digest: Option<&'a str>,
}

impl<'a> ImageName<'a> {
    #[must_use]
    pub fn parse(reference: &'a str) -> Self {
        let (name, digest) =
            reference.split_once('@').map_or((reference, None), |(name, digest)| (name, Some(digest)));
        let last = name.rfind('/').map_or(0, |slash| slash + 1);
        let (repository, tag) = match name[last..].find(':') {
            Some(colon) => (&name[..last + colon], Some(&name[last + colon + 1..])),
            None => (name, None),
        };
        ImageName {
            repository,
            tag: tag.filter(|tag| !tag.is_empty()),
            digest: digest.filter(|d| !d.is_empty()),
        }
    }

    /// Whether a digest of a known algorithm and of its full length names the bytes.
    #[must_use]
    pub fn is_pinned(&self) -> bool {
        const HEX_DIGITS: &[(&str, usize)] = &[("sha256", 64), ("sha512", 128), ("blake3", 64)];
        let Some((algorithm, hex)) = self.digest.and_then(|digest| digest.split_once(':')) else {
            return false;
        };
        let known = HEX_DIGITS.iter().find(|(name, _)| *name == algorithm);
        known.is_some_and(|(_, digits)| {
            hex.len() == *digits && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
    }

    /// The last part of the repository: `pinot` of `docker.io/apachepinot/pinot`.
    #[must_use]
    pub fn base(&self) -> &'a str {
        self.repository.rsplit('/').next().unwrap_or(self.repository)
    }

    /// Whether the repository ends with the parts of `pattern`, where a `*` at the pattern's end stands for any rest:
    /// `selenium/node-*` matches `docker.io/selenium/node-chrome`.
    #[must_use]
    pub fn matches(&self, pattern: &str) -> bool {
        let depth = pattern.matches('/').count() + 1;
        let mut parts: Vec<&str> = self.repository.rsplit('/').take(depth).collect();
        parts.reverse();
        let tail = parts.join("/");
        match pattern.strip_suffix('*') {
            Some(prefix) => tail.starts_with(prefix),
            None => tail == pattern,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_split_as_registries_do() {
        for (reference, repository, tag, digest) in [
            ("nginx", "nginx", None, None),
            ("nginx:1.25", "nginx", Some("1.25"), None),
            ("host:5000/a/b", "host:5000/a/b", None, None),
            ("host:5000/a/b:v1", "host:5000/a/b", Some("v1"), None),
            ("a/b:v1@sha256:00", "a/b", Some("v1"), Some("sha256:00")),
            ("a/b:", "a/b", None, None),
        ] {
            assert_eq!(ImageName::parse(reference), ImageName { repository, tag, digest }, "{reference}");
        }
    }

    #[test]
    fn patterns_match_whole_parts_from_the_end() {
        let hub = ImageName::parse("docker.io/selenium/hub:4");
        assert!(hub.matches("hub") && hub.matches("selenium/hub"));
        assert!(!hub.matches("other/hub") && !hub.matches("ub"));
        assert!(ImageName::parse("selenium/node-chrome").matches("selenium/node-*"));
        assert!(!ImageName::parse("x-selenium/node-chrome").matches("selenium/node-*"));
    }
}
