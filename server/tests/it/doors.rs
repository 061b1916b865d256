//! How a chart is pushed through each door, as its clients do it, and what stays behind in the data folder.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::http::{self, Answer};
use crate::process::Server;

pub const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";
pub const CONFIG_TYPE: &str = "application/vnd.cncf.helm.config.v1+json";
pub const LAYER_TYPE: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// ChartMuseum, the archive as the body.
    Raw,
    /// ChartMuseum, the archive as a form field, chunked: what `helm cm-push` sends.
    Form,
    Oci,
    Api,
}

pub const DOORS: [Door; 4] = [Door::Raw, Door::Form, Door::Oci, Door::Api];

/// One chart on its way in. Name and version are what an OCI client says of it.
#[derive(Clone, Copy)]
pub struct Parcel<'a> {
    pub repository: &'a str,
    pub name: &'a str,
    pub version: &'a str,
    pub bytes: &'a [u8],
}

impl Door {
    /// Pushes; for OCI the first answer that refuses, or the manifest's.
    pub fn push(self, server: &Server, token: Option<&str>, parcel: Parcel<'_>) -> Answer {
        let repository = parcel.repository;
        match self {
            Door::Raw => {
                let headers = [("Content-Type", "application/gzip")];
                let url = server.url(&format!("/api/{repository}/charts"));
                http::call("POST", &url, token, &headers, parcel.bytes)
            }
            Door::Form => form(&server.url(&format!("/{repository}/api/charts")), token, parcel.bytes),
            Door::Api => {
                let headers = [("Content-Type", "application/gzip")];
                let url = server.url(&format!("/api/v1/repositories/{repository}/charts"));
                http::call("POST", &url, token, &headers, parcel.bytes)
            }
            Door::Oci => oci(server, token, parcel),
        }
    }

    /// The sentence of a refusal, after checking that it has the form of this door.
    pub fn sentence(self, answer: &Answer) -> String {
        let json = answer.json();
        match self {
            Door::Raw | Door::Form => {
                assert_eq!(json.as_object().map(serde_json::Map::len), Some(1), "{}", answer.text);
                text(&json["error"])
            }
            Door::Api => {
                assert_eq!(answer.header("content-type"), "application/problem+json");
                assert_eq!(json["status"], answer.status);
                assert!(text(&json["type"]).starts_with("urn:chartgate:problem:"));
                assert_eq!(text(&json["request_id"]), answer.header("x-request-id"));
                text(&json["detail"])
            }
            Door::Oci => {
                let code = text(&json["errors"][0]["code"]);
                assert!(code.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'), "{code}");
                format!("{code}: {}", text(&json["errors"][0]["message"]))
            }
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// A multipart form without Content-Length, in pieces.
fn form(url: &str, token: Option<&str>, bytes: &[u8]) -> Answer {
    let mut body =
        b"--edge\r\nContent-Disposition: form-data; name=\"chart\"; filename=\"/tmp/x/c.tgz\"\r\n".to_vec();
    body.extend_from_slice(b"Content-Type: application/octet-stream\r\n\r\n");
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--edge--\r\n");
    let pieces: Vec<Result<Vec<u8>, std::io::Error>> =
        body.chunks(64 * 1024).map(|piece| Ok(piece.to_vec())).collect();
    http::send(|client| {
        let request = client
            .post(url)
            .header("Content-Type", "multipart/form-data; boundary=edge")
            .body(reqwest::Body::wrap_stream(futures_util::stream::iter(pieces)));
        match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    })
}

/// What `helm push` does, without its look-ups.
fn oci(server: &Server, token: Option<&str>, parcel: Parcel<'_>) -> Answer {
    let name = format!("{}/{}", parcel.repository, parcel.name);
    let config = config(parcel.name, parcel.version);
    for blob in [parcel.bytes, &config] {
        let answer = push_blob(server, token, &name, blob);
        if answer.status != 201 {
            return answer;
        }
    }
    let tag = parcel.version.replace('+', "_");
    push_manifest(server, token, &name, &tag, &manifest(&config, &[(LAYER_TYPE, parcel.bytes)]))
}

pub fn config(name: &str, version: &str) -> Vec<u8> {
    json!({ "apiVersion": "v2", "name": name, "version": version }).to_string().into_bytes()
}

/// A manifest as Helm writes it: without a media type of its own.
pub fn manifest(config: &[u8], layers: &[(&str, &[u8])]) -> Vec<u8> {
    let layers: Vec<Value> = layers.iter().map(|(media_type, bytes)| descriptor(media_type, bytes)).collect();
    json!({ "schemaVersion": 2, "config": descriptor(CONFIG_TYPE, config), "layers": layers })
        .to_string()
        .into_bytes()
}

fn descriptor(media_type: &str, bytes: &[u8]) -> Value {
    json!({ "mediaType": media_type, "digest": digest(bytes), "size": bytes.len() })
}

/// A blob in two requests: begin, then all bytes with the digest.
pub fn push_blob(server: &Server, token: Option<&str>, name: &str, bytes: &[u8]) -> Answer {
    let begun = http::call("POST", &server.url(&format!("/v2/{name}/blobs/uploads/")), token, &[], "");
    if begun.status != 202 {
        return begun;
    }
    let url = server.url(&format!("{}?digest={}", begun.header("location"), digest(bytes)));
    http::call("PUT", &url, token, &[], bytes)
}

pub fn push_manifest(
    server: &Server,
    token: Option<&str>,
    name: &str,
    reference: &str,
    bytes: &[u8],
) -> Answer {
    let url = server.url(&format!("/v2/{name}/manifests/{reference}"));
    http::call("PUT", &url, token, &[("Content-Type", MANIFEST_TYPE)], bytes)
}

/// `sha256:<hex>`.
pub fn digest(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    let hex: String = sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// Every object that a server keeps: blobs, and parts of uploads under way.
pub fn stored_files(server: &Server) -> Vec<PathBuf> {
    server.data.stored_files()
}
