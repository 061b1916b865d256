//! Where an archive of a classic repository is: an index's `urls` against the repository's URL, as Helm joins them. It
//! fetches nothing; whether a host may be reached is `outbound`'s question.

use reqwest::Url;

use crate::model::Invalid;

/// The URL of a repository's index: `index.yaml` behind its path, its query kept.
///
/// # Errors
/// The repository's URL cannot have a path.
pub fn index_url(repository: &Url) -> Result<Url, Invalid> {
    let mut url = repository.clone();
    url.set_fragment(None);
    let mut path = url.path_segments_mut().map_err(|()| Invalid("the URL cannot have a path".to_owned()))?;
    path.pop_if_empty().push("index.yaml");
    drop(path);
    Ok(url)
}
