//! The stylesheet, the script and the icon: compiled in, served under names that carry the hash of their content,
//! so that a browser may keep them for ever. Nothing else is served from here.

use std::sync::OnceLock;

use actix_web::http::header;
use actix_web::{HttpResponse, web};

/// How long a browser keeps a file whose name changes with its content, in seconds.
const CACHE_SECONDS: u32 = 31_536_000;
/// Hex digits of the content hash in a name: enough to tell versions apart, short enough to read.
const HASH_DIGITS: usize = 12;

/// One compiled-in file.
pub struct Asset {
    stem: &'static str,
    extension: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
    path: OnceLock<String>,
}

pub static STYLESHEET: Asset = Asset {
    stem: "app",
    extension: "css",
    content_type: "text/css; charset=utf-8",
    bytes: include_bytes!("../../../../static/app.css"),
    path: OnceLock::new(),
};
pub static SCRIPT: Asset = Asset {
    stem: "app",
    extension: "js",
    content_type: "text/javascript; charset=utf-8",
    bytes: include_bytes!("../../../../static/app.js"),
    path: OnceLock::new(),
};
pub static ICON: Asset = Asset {
    stem: "icon",
    extension: "svg",
    content_type: "image/svg+xml",
    bytes: include_bytes!("../../../../static/icon.svg"),
    path: OnceLock::new(),
};

impl Asset {
    /// `/ui/static/app-0123456789ab.css`.
    pub fn path(&self) -> &str {
        self.path.get_or_init(|| {
            let hash = scanner::hex_sha256(self.bytes);
            format!("/ui/static/{}-{}.{}", self.stem, &hash[..HASH_DIGITS], self.extension)
        })
    }
}

/// `GET /ui/static/{name}`: only the current names exist.
pub async fn get(name: web::Path<String>) -> HttpResponse {
    let wanted = format!("/ui/static/{name}");
    match [&STYLESHEET, &SCRIPT, &ICON].into_iter().find(|asset| asset.path() == wanted) {
        Some(asset) => HttpResponse::Ok()
            .content_type(asset.content_type)
            .insert_header((header::CACHE_CONTROL, format!("public, max-age={CACHE_SECONDS}, immutable")))
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .body(asset.bytes),
        None => HttpResponse::NotFound().content_type("text/plain; charset=utf-8").body("no such file\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes, from the rules for every page: one stylesheet and one script, both small.
    const STYLESHEET_BYTES_MAX: usize = 30 * 1024;
    const SCRIPT_BYTES_MAX: usize = 12 * 1024;

    #[test]
    fn stylesheet_and_script_stay_small_and_strict() {
        assert!(
            STYLESHEET.bytes.len() <= STYLESHEET_BYTES_MAX,
            "app.css has {} bytes",
            STYLESHEET.bytes.len()
        );
        assert!(SCRIPT.bytes.len() <= SCRIPT_BYTES_MAX, "app.js has {} bytes", SCRIPT.bytes.len());
        let script = String::from_utf8_lossy(SCRIPT.bytes);
        for forbidden in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("] {
            assert!(!script.contains(forbidden), "app.js uses {forbidden}");
        }
    }
}
