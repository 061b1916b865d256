//! X.509 certificates (RFC 5280) with the fields and extensions that Go's x509.CreateCertificate gives Sprig's.

use std::net::IpAddr;

use num_bigint::BigUint;
use sha2::{Digest, Sha256};

use super::der::{self, BIT_STRING, INTEGER, OCTET_STRING, Reader, SEQUENCE};
use super::keys::PrivateKey;
use super::pem;
use crate::functions::dates::utc_text;
use crate::functions::text::quoted;

const SERIAL_BITS: usize = 128;
/// Go shortens the hash of a key to this (RFC 7093).
const KEY_ID_BYTES: usize = 20;

const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
const SUBJECT_KEY_ID: &[u8] = &[0x55, 0x1d, 0x0e];
const AUTHORITY_KEY_ID: &[u8] = &[0x55, 0x1d, 0x23];
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
const SERVER_AUTH: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01];
const CLIENT_AUTH: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02];

/// What a certificate is to say.
pub(super) struct Template {
    pub common_name: String,
    pub ips: Vec<IpAddr>,
    pub dns_names: Vec<String>,
    /// Random bytes of the serial number.
    pub serial: [u8; SERIAL_BITS / 8],
    /// Seconds since 1970-01-01 UTC.
    pub not_before_seconds: i64,
    pub not_after_seconds: i64,
    pub is_ca: bool,
}

/// The certificate that signs another.
pub(super) struct Parent {
    subject: Vec<u8>,
    public_key: Vec<u8>,
    key_id: Option<Vec<u8>>,
}

/// Reads what signing needs; `None` for what is no certificate.
pub(super) fn parse(certificate: &[u8]) -> Option<Parent> {
    let mut signed = Reader(Reader(certificate).expect(SEQUENCE)?);
    let mut fields = Reader(signed.expect(SEQUENCE)?);
    signed.expect(SEQUENCE)?;
    signed.expect(BIT_STRING)?;
    let (mut tag, ..) = fields.next()?;
    if tag == 0xa0 {
        (tag, ..) = fields.next()?;
    }
    if tag != INTEGER {
        return None;
    }
    // Algorithm, issuer and validity stand before the subject.
    for _ in 0..3 {
        fields.expect(SEQUENCE)?;
    }
    let (_, _, subject) = fields.next()?;
    let (_, _, public_key) = fields.next()?;
    let mut key_id = None;
    while let Some((tag, contents, _)) = fields.next() {
        if tag == 0xa3 {
            key_id = subject_key_id(contents);
        }
    }
    Some(Parent { subject: subject.to_vec(), public_key: public_key.to_vec(), key_id })
}

fn subject_key_id(extensions: &[u8]) -> Option<Vec<u8>> {
    let mut list = Reader(Reader(extensions).expect(SEQUENCE)?);
    while let Some(extension) = list.expect(SEQUENCE) {
        let mut parts = Reader(extension);
        if parts.next()?.1 == SUBJECT_KEY_ID {
            let value = std::iter::from_fn(|| parts.next()).find(|(tag, ..)| *tag == OCTET_STRING)?.1;
            return Reader(value).expect(OCTET_STRING).map(<[u8]>::to_vec);
        }
    }
    None
}

/// Makes a certificate for `key`, signed by `signer`: the parent's key, or its own where there is no parent.
///
/// # Errors
/// Go's text behind `error creating certificate: `.
pub(super) fn create(
    template: &Template,
    key: &PrivateKey,
    parent: Option<&Parent>,
    signer: &PrivateKey,
) -> Result<String, String> {
    let algorithm = signer
        .signature_algorithm()
        .ok_or("x509: certificate private key does not implement crypto.Signer")?;
    let public_key = key.public_der().ok_or("x509: unsupported public key type: *dsa.PublicKey")?;
    if parent.is_some_and(|parent| signer.public_der().as_ref() != Some(&parent.public_key)) {
        return Err("x509: provided PrivateKey doesn't match parent's PublicKey".to_owned());
    }
    if let Some(name) = template.dns_names.iter().find(|name| !name.is_ascii()) {
        return Err(format!("x509: {} cannot be encoded as an IA5String", quoted(name.as_bytes())));
    }
    let subject = name(&template.common_name);
    let issuer = parent.map_or(&subject, |parent| &parent.subject);
    let authority =
        parent.filter(|parent| parent.subject != subject).and_then(|parent| parent.key_id.as_deref());
    let validity = der::sequence(&[&time(template.not_before_seconds), &time(template.not_after_seconds)]);
    let signed = der::sequence(&[
        &der::element(0xa0, &der::small(2)),
        &der::integer(&BigUint::from_bytes_be(&template.serial)),
        &algorithm,
        issuer,
        &validity,
        &subject,
        &public_key,
        &der::element(0xa3, &extensions(template, &public_key, authority, template.common_name.is_empty())),
    ]);
    let signature = signer.sign(&signed).ok_or("x509: the key cannot sign")?;
    let certificate = der::sequence(&[&signed, &algorithm, &der::bit_string(&signature)]);
    Ok(pem::encode("CERTIFICATE", &certificate))
}

/// A distinguished name with nothing but a common name.
fn name(common_name: &str) -> Vec<u8> {
    if common_name.is_empty() {
        return der::sequence(&[]);
    }
    let is_printable =
        common_name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&byte));
    // PrintableString where it can be, else UTF8String.
    let tag = if is_printable { 0x13 } else { 0x0c };
    let attribute =
        der::sequence(&[&der::object_id(COMMON_NAME), &der::element(tag, common_name.as_bytes())]);
    der::sequence(&[&der::element(0x31, &attribute)])
}

/// UTCTime for the years 1950 to 2049, else GeneralizedTime.
fn time(seconds: i64) -> Vec<u8> {
    let year = utc_text(seconds, "2006");
    if ("1950".."2050").contains(&year.as_str()) {
        der::element(0x17, utc_text(seconds, "060102150405Z").as_bytes())
    } else {
        der::element(0x18, utc_text(seconds, "20060102150405Z").as_bytes())
    }
}

fn extensions(template: &Template, public_key: &[u8], authority: Option<&[u8]>, no_subject: bool) -> Vec<u8> {
    const CRITICAL: &[u8] = &[0x01, 0x01, 0xff];
    let extension = |id: &[u8], critical: bool, value: &[u8]| {
        let flag = if critical { CRITICAL } else { &[] };
        der::sequence(&[&der::object_id(id), flag, &der::element(OCTET_STRING, value)])
    };
    // digitalSignature and keyEncipherment; for authorities keyCertSign as well.
    let usage: &[u8] = if template.is_ca { &[0x02, 0xa4] } else { &[0x05, 0xa0] };
    let purposes = der::sequence(&[&der::object_id(SERVER_AUTH), &der::object_id(CLIENT_AUTH)]);
    let constraints = der::sequence(&[if template.is_ca { CRITICAL } else { &[] }]);
    let mut all = vec![
        extension(KEY_USAGE, true, &der::element(BIT_STRING, usage)),
        extension(EXTENDED_KEY_USAGE, false, &purposes),
        extension(BASIC_CONSTRAINTS, true, &constraints),
    ];
    if template.is_ca {
        let id = der::element(OCTET_STRING, &key_id(public_key));
        all.push(extension(SUBJECT_KEY_ID, false, &id));
    }
    if let Some(id) = authority {
        all.push(extension(AUTHORITY_KEY_ID, false, &der::sequence(&[&der::element(0x80, id)])));
    }
    let mut names: Vec<Vec<u8>> =
        template.dns_names.iter().map(|name| der::element(0x82, name.as_bytes())).collect();
    names.extend(template.ips.iter().map(|ip| match ip.to_canonical() {
        IpAddr::V4(ip) => der::element(0x87, &ip.octets()),
        IpAddr::V6(ip) => der::element(0x87, &ip.octets()),
    }));
    if !names.is_empty() {
        all.push(extension(SUBJECT_ALT_NAME, no_subject, &der::sequence(&[&names.concat()])));
    }
    der::sequence(&[&all.concat()])
}

/// RFC 7093, method 1: the first bytes of the SHA-256 of the key's bits.
fn key_id(public_key: &[u8]) -> Vec<u8> {
    let mut fields = Reader(Reader(public_key).expect(SEQUENCE).unwrap_or_default());
    fields.next();
    let bits = fields.expect(BIT_STRING).and_then(|bits| bits.get(1..)).unwrap_or_default();
    Sha256::digest(bits)[..KEY_ID_BYTES].to_vec()
}
