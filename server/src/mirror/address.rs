//! Where an archive of a classic repository is: an index's `urls` against the repository's URL, as Helm joins them
//! (`repo.ResolveReferenceURL`). It fetches nothing; whether a host may be reached is `outbound`'s question.

use reqwest::Url;

use super::index::shortened;
use crate::model::Invalid;

/// The URL of a repository's index: `index.yaml` behind its path, its query kept.
///
/// # Errors
/// The repository is not at an http or https URL.
pub fn index_url(repository: &Url) -> Result<Url, Invalid> {
    archive_url(repository, "index.yaml")
}

/// The URL of an archive that an index names. Absolute ones stay as they are; others are relative to the repository's
/// path, whether or not that ends in a slash, and take the repository's query instead of their own.
///
/// # Errors
/// No URL, or neither http nor https.
pub fn archive_url(repository: &Url, written: &str) -> Result<Url, Invalid> {
    let wrong = |why: &str| Invalid(format!("the URL {:?} {why}", shortened(written)));
    let mut resolved = match Url::parse(written) {
        Ok(absolute) => absolute,
        Err(_) => {
            let mut base = repository.clone();
            base.set_path(&format!("{}/", repository.path().strip_suffix('/').unwrap_or(repository.path())));
            let mut joined =
                base.join(written).map_err(|error| wrong(&format!("cannot be read: {error}")))?;
            joined.set_query(repository.query());
            joined
        }
    };
    if !matches!(resolved.scheme(), "http" | "https") {
        return Err(wrong("is neither http nor https"));
    }
    resolved.set_fragment(None);
    Ok(resolved)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn resolved(repository: &str, written: &str) -> String {
        archive_url(&Url::parse(repository).unwrap(), written).unwrap().to_string()
    }

    #[test]
    fn archives_are_where_helm_looks_for_them() {
        let plain = "https://a.example/charts";
        let query = "https://a.example/charts/?token=t";
        // (repository, written, resolved); the first eight are the cases of Helm's own test.
        let cases = [
            ("http://localhost:8123/", "/nginx-0.2.0.tgz", "http://localhost:8123/nginx-0.2.0.tgz"),
            ("http://localhost:8123", "nginx-0.2.0.tgz", "http://localhost:8123/nginx-0.2.0.tgz"),
            (
                "http://localhost:8123/charts/",
                "nginx-0.2.0.tgz",
                "http://localhost:8123/charts/nginx-0.2.0.tgz",
            ),
            ("http://localhost:8123/charts", "/nginx-0.2.0.tgz", "http://localhost:8123/nginx-0.2.0.tgz"),
            (
                "http://localhost:8123/charts-with-no-trailing-slash",
                "nginx-0.2.0.tgz",
                "http://localhost:8123/charts-with-no-trailing-slash/nginx-0.2.0.tgz",
            ),
            (
                "http://localhost:8123",
                "https://charts.helm.sh/stable/n.tgz",
                "https://charts.helm.sh/stable/n.tgz",
            ),
            (
                "http://localhost:8123/charts%2fwith%2fescaped%2fslash",
                "nginx-0.2.0.tgz",
                "http://localhost:8123/charts%2fwith%2fescaped%2fslash/nginx-0.2.0.tgz",
            ),
            (
                "http://localhost:8123/charts?with=queryparameter",
                "nginx-0.2.0.tgz",
                "http://localhost:8123/charts/nginx-0.2.0.tgz?with=queryparameter",
            ),
            (plain, "a/b-1.0.0+x.tgz", "https://a.example/charts/a/b-1.0.0+x.tgz"),
            (plain, "../b%2Fc-1.0.0.tgz", "https://a.example/b%2Fc-1.0.0.tgz"),
            (plain, "../../../b.tgz", "https://a.example/b.tgz"),
            (plain, "//b.example/c.tgz", "https://b.example/c.tgz"),
            (plain, "c.tgz?own=1#part", "https://a.example/charts/c.tgz"),
            (query, "c.tgz?own=1", "https://a.example/charts/c.tgz?token=t"),
            (query, "https://b.example:8443/c.tgz?own=1", "https://b.example:8443/c.tgz?own=1"),
            (query, "/c.tgz", "https://a.example/c.tgz?token=t"),
        ];
        for (repository, written, expected) in cases {
            assert_eq!(resolved(repository, written), expected, "{repository} {written}");
        }
    }

    #[test]
    fn the_index_lies_behind_the_path() {
        for (repository, expected) in [
            ("https://a.example", "https://a.example/index.yaml"),
            ("https://a.example/charts/", "https://a.example/charts/index.yaml"),
            ("https://a.example/charts?t=1", "https://a.example/charts/index.yaml?t=1"),
        ] {
            assert_eq!(index_url(&Url::parse(repository).unwrap()).unwrap().as_str(), expected);
        }
    }

    #[test]
    fn other_schemes_are_refused_by_name() {
        let repository = Url::parse("https://a.example/").unwrap();
        for bad in ["ftp://a.example/c.tgz", "file:///etc/passwd", "oci://a.example/c", "c:d.tgz", "http://"]
        {
            let error = archive_url(&repository, bad).unwrap_err();
            assert!(error.0.contains(bad), "{error}");
        }
    }
}
