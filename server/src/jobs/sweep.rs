//! Takes away blobs that no row names, what a crash between blob and row left behind, and uploads that nobody ended.

use std::collections::HashSet;

use crate::app::App;
use crate::blobs::ORPHAN_GRACE_SECONDS;
use crate::db::blobs;
use crate::error::Result;
use crate::model::Digest;

/// Blobs whose rows are looked up by one question.
const LOOKED_UP_AT_ONCE: usize = 500;

/// Deletes orphans untouched for the grace time. Tells how many.
/// It holds the write lock while it looks and deletes one, so that an upload that names the blob comes before or after;
/// an upload that finds an old orphan writes it anew first, and looks once more after its rows. What has a row is passed
/// over before that, without the lock.
///
/// # Errors
/// The blob store or the database cannot be used.
pub async fn sweep(app: &App) -> Result<usize> {
    app.uploads.expire(app.now()).await?;
    let older_than = app.now().plus_seconds(-ORPHAN_GRACE_SECONDS);
    let mut taken = app.uploads.sweep(older_than).await?;
    taken += app.blobs.discard_unfinished(older_than).await?;
    let mut old = app.blobs.untouched_since(older_than).await?;
    old.sort_by(|one, other| one.as_str().cmp(other.as_str()));
    for some in old.chunks(LOOKED_UP_AT_ONCE) {
        let (Some(first), Some(last)) = (some.first(), some.last()) else { continue };
        let known = blobs::known_between(&mut app.db.read(), first, last).await?;
        let known: HashSet<Digest> = known.into_iter().collect();
        for digest in some.iter().filter(|digest| !known.contains(digest)) {
            let mut lock = app.db.write().await?;
            if !blobs::is_known(&mut lock, digest).await? {
                taken += usize::from(app.blobs.delete_untouched(digest, older_than).await?);
            }
            drop(lock);
        }
    }
    Ok(taken)
}
