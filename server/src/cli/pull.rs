//! `chartgate pull REPOSITORY/CHART VERSION`: fetches an approved archive over OCI, as any registry client would, and
//! checks the bytes against their digest before the file appears.

use std::path::PathBuf;

use oci_distribution::client::{ClientConfig, ClientProtocol};
use oci_distribution::errors::OciDistributionError;
use oci_distribution::secrets::RegistryAuth;
use oci_distribution::{Client as OciClient, Reference};

use super::client::{ChartPath, Client, ServerArgs};
use super::{Failure, Outcome, exit, print, runtime};
use crate::model::Digest;
use crate::registry::CHART_LAYER_TYPE;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// REPOSITORY/CHART, such as charts/nginx.
    pub chart: ChartPath,
    pub version: String,
    /// Folder for <chart>-<version>.tgz.
    #[arg(short, long, default_value = ".")]
    pub destination: PathBuf,
    #[command(flatten)]
    pub server: ServerArgs,
}

/// # Errors
/// Exit code 5 when there is no such version, 6 when it is withheld, 7 when the server cannot be reached.
pub fn run(args: &Args) -> Outcome {
    let file = runtime()?.block_on(fetch(args))?;
    print(&format!("{}\n", file.display()))?;
    Ok(exit::DONE)
}

async fn fetch(args: &Args) -> Result<PathBuf, Failure> {
    let client = Client::new(&args.server)?;
    let (protocol, host) = match client.base().strip_prefix("http://") {
        Some(host) => (ClientProtocol::Http, host),
        None => (ClientProtocol::Https, client.base().trim_start_matches("https://")),
    };
    let name = format!("{}/{}", args.chart.repository, args.chart.chart);
    let reference = Reference::with_tag(host.to_owned(), name, args.version.replace('+', "_"));
    let auth = match client.token() {
        Some(token) => RegistryAuth::Basic("token".to_owned(), token.to_owned()),
        None => RegistryAuth::Anonymous,
    };
    let oci = OciClient::new(ClientConfig { protocol, ..ClientConfig::default() });
    let (manifest, _) = oci.pull_image_manifest(&reference, &auth).await.map_err(|error| failure(&error))?;
    let layer = manifest
        .layers
        .iter()
        .find(|layer| layer.media_type == CHART_LAYER_TYPE)
        .ok_or_else(|| Failure::new(1, format!("{reference} has no layer of type {CHART_LAYER_TYPE}")))?;
    let mut bytes = Vec::new();
    oci.pull_blob(&reference, layer, &mut bytes).await.map_err(|error| failure(&error))?;
    let found = Digest::of(&bytes);
    if found.to_string() != layer.digest {
        return Err(Failure::new(
            1,
            format!("{reference}: the bytes hash to {found}, not to {}", layer.digest),
        ));
    }
    let file = args.destination.join(format!("{}-{}.tgz", args.chart.chart, args.version));
    std::fs::write(&file, &bytes).map_err(|error| {
        Failure::new(exit::USAGE, format!("{} cannot be written: {error}", file.display()))
    })?;
    Ok(file)
}

fn failure(error: &OciDistributionError) -> Failure {
    let exit = match error {
        OciDistributionError::AuthenticationFailure(_) | OciDistributionError::UnauthorizedError { .. } => {
            exit::AUTHENTICATION
        }
        OciDistributionError::ImageManifestNotFoundError(_) => exit::NOT_FOUND,
        OciDistributionError::RegistryError { envelope, .. } => {
            let codes: Vec<String> =
                envelope.errors.iter().map(|error| format!("{:?}", error.code)).collect();
            if codes.iter().any(|code| code == "Denied") { exit::BLOCKED } else { exit::NOT_FOUND }
        }
        OciDistributionError::RequestError(_) => exit::PENDING,
        _ => 1,
    };
    Failure::new(exit, error.to_string())
}
