//! Sprig's keys and certificates. Everything random comes from the seed and is recorded: what they make is for looking at,
//! not for use.

mod certificates;
mod der;
mod keys;
mod pem;
mod primes;

use std::any::Any;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::rc::Rc;

use certificates::Template;
use keys::{PrivateKey, Rsa};

use super::adapter::{Arg, Items, Text, function, mismatch};
use super::encoding::decode_base64;
use super::text::sprint;
use super::{CallError, Env, Function, Param, random};
use crate::limits::{RSA_CERTIFICATE_KEY_BITS, RSA_PRIVATE_KEY_BITS};
use crate::value::{Data, GoType, Object, Str, Value};

pub(super) fn family() -> Vec<Function> {
    vec![
        function!("buildCustomCert", build_custom_cert),
        function!("genCA", gen_ca),
        function!("genCAWithKey", gen_ca_with_key),
        function!("genPrivateKey", gen_private_key),
        function!("genSelfSignedCert", gen_self_signed_cert),
        function!("genSelfSignedCertWithKey", gen_self_signed_cert_with_key),
        function!("genSignedCert", gen_signed_cert),
        function!("genSignedCertWithKey", gen_signed_cert_with_key),
    ]
}

/// Sprig's `certificate`: a struct of two PEM texts.
pub struct Certificate {
    cert: Str,
    key: Str,
}

impl<'a> Arg<'a> for &'a Certificate {
    const PARAM: Param = Param::Named("sprig.certificate");
    fn take(rest: &mut std::slice::Iter<'a, Value>) -> Result<Self, CallError> {
        let value = rest.next();
        let certificate = match value.map(|value| &value.data) {
            Some(Data::Object(object)) => object.as_any().downcast_ref::<Certificate>(),
            _ => None,
        };
        certificate.ok_or_else(|| mismatch("sprig.certificate", value))
    }
}

impl Object for Certificate {
    fn type_name(&self) -> GoType {
        "sprig.certificate"
    }

    fn kind(&self) -> &'static str {
        "struct"
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Cert" => Some(Value::from(self.cert.clone())),
            "Key" => Some(Value::from(self.key.clone())),
            _ => None,
        }
    }

    fn call(&self, _: &str, _: &[Value]) -> Option<Result<Value, String>> {
        None
    }

    fn print(&self) -> String {
        format!("{{{} {}}}", self.cert, self.key)
    }

    fn plain(&self) -> Value {
        let fields = [("Cert", &self.cert), ("Key", &self.key)];
        Value::map(BTreeMap::from(fields.map(|(name, text)| (Str::from(name), Value::from(text.clone())))))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn certificate(cert: impl Into<Str>, key: impl Into<Str>) -> Value {
    Data::Object(Rc::new(Certificate { cert: cert.into(), key: key.into() })).into()
}

/// Sprig `genPrivateKey`: rsa (also for no name), dsa, ecdsa or ed25519 as PEM.
fn gen_private_key(env: &mut Env, kind: Text<'_>) -> Result<String, CallError> {
    match keys::generate(env, "genPrivateKey", kind.bytes, RSA_PRIVATE_KEY_BITS)? {
        Some(key) => Ok(key.pem()),
        None => Ok(format!("Unknown type {}", kind.lossy())),
    }
}

/// Sprig `buildCustomCert`: checks a certificate and a key, and gives them as they came.
fn build_custom_cert(cert: Text<'_>, key: Text<'_>) -> Result<Value, CallError> {
    let cert = decode_base64(cert.bytes).map_err(|_| "unable to decode base64 certificate")?;
    let key = decode_base64(key.bytes).map_err(|_| "unable to decode base64 private key")?;
    let (_, der) = pem::decode(&String::from_utf8_lossy(&cert)).ok_or("unable to decode certificate")?;
    certificates::parse(&der)
        .ok_or("error parsing certificate: decodedCert.Bytes: x509: malformed certificate")?;
    PrivateKey::from_pem(&String::from_utf8_lossy(&key))
        .map_err(|error| format!("error parsing private key: {error}"))?;
    Ok(certificate(cert, key))
}

fn read_key(text: Text<'_>) -> Result<PrivateKey, CallError> {
    PrivateKey::from_pem(&text.lossy()).map_err(|error| format!("parsing private key: {error}").into())
}

fn new_key(env: &mut Env, by: &'static str) -> Result<PrivateKey, CallError> {
    Rsa::generate(env, by, RSA_CERTIFICATE_KEY_BITS).map(PrivateKey::Rsa)
}

fn gen_ca(env: &mut Env, name: Text<'_>, days: i64) -> Result<Value, CallError> {
    let key = new_key(env, "genCA")?;
    let template = Template { is_ca: true, ..template(env, "genCA", name, Items(&[]), Items(&[]), days)? };
    self_signed(&template, &key)
}

fn gen_ca_with_key(env: &mut Env, name: Text<'_>, days: i64, key: Text<'_>) -> Result<Value, CallError> {
    let key = read_key(key)?;
    let template =
        Template { is_ca: true, ..template(env, "genCAWithKey", name, Items(&[]), Items(&[]), days)? };
    self_signed(&template, &key)
}

fn gen_self_signed_cert(
    env: &mut Env,
    name: Text<'_>,
    ips: Items<'_>,
    dns_names: Items<'_>,
    days: i64,
) -> Result<Value, CallError> {
    // Errors of the arguments do not have to wait for the key.
    let template = template(env, "genSelfSignedCert", name, ips, dns_names, days)?;
    let key = new_key(env, "genSelfSignedCert")?;
    self_signed(&template, &key)
}

fn gen_self_signed_cert_with_key(
    env: &mut Env,
    name: Text<'_>,
    ips: Items<'_>,
    dns_names: Items<'_>,
    days: i64,
    key: Text<'_>,
) -> Result<Value, CallError> {
    let key = read_key(key)?;
    self_signed(&template(env, "genSelfSignedCertWithKey", name, ips, dns_names, days)?, &key)
}

fn gen_signed_cert(
    env: &mut Env,
    name: Text<'_>,
    ips: Items<'_>,
    dns_names: Items<'_>,
    days: i64,
    ca: &Certificate,
) -> Result<Value, CallError> {
    let (parent, signer) = read_authority(ca)?;
    let template = template(env, "genSignedCert", name, ips, dns_names, days)?;
    let key = new_key(env, "genSignedCert")?;
    signed(&template, &key, Some(&parent), &signer)
}

fn gen_signed_cert_with_key(
    env: &mut Env,
    name: Text<'_>,
    ips: Items<'_>,
    dns_names: Items<'_>,
    days: i64,
    ca: &Certificate,
    key: Text<'_>,
) -> Result<Value, CallError> {
    let key = read_key(key)?;
    let (parent, signer) = read_authority(ca)?;
    let template = template(env, "genSignedCertWithKey", name, ips, dns_names, days)?;
    signed(&template, &key, Some(&parent), &signer)
}

fn read_authority(ca: &Certificate) -> Result<(certificates::Parent, PrivateKey), CallError> {
    let (_, der) = pem::decode(&ca.cert.lossy()).ok_or("unable to decode certificate")?;
    let parent = certificates::parse(&der)
        .ok_or("error parsing certificate: decodedSignerCert.Bytes: x509: malformed certificate")?;
    let signer = PrivateKey::from_pem(&ca.key.lossy())
        .map_err(|error| format!("error parsing private key: {error}"))?;
    Ok((parent, signer))
}

fn self_signed(template: &Template, key: &PrivateKey) -> Result<Value, CallError> {
    signed(template, key, None, key)
}

fn signed(
    template: &Template,
    key: &PrivateKey,
    parent: Option<&certificates::Parent>,
    signer: &PrivateKey,
) -> Result<Value, CallError> {
    let cert = certificates::create(template, key, parent, signer)
        .map_err(|error| format!("error creating certificate: {error}"))?;
    Ok(certificate(cert, key.pem()))
}

fn template(
    env: &mut Env,
    by: &'static str,
    name: Text<'_>,
    ips: Items<'_>,
    dns_names: Items<'_>,
    days: i64,
) -> Result<Template, CallError> {
    const DAY_NS: i64 = 24 * 3_600 * 1_000_000_000;
    let mut serial = [0; 16];
    serial.copy_from_slice(&random::bytes(env, by, 16));
    env.records.clock.insert(by);
    // Go counts the days in nanoseconds, which wrap around after 292 years.
    let valid_seconds = days.wrapping_mul(DAY_NS) / 1_000_000_000;
    Ok(Template {
        common_name: name.lossy().into_owned(),
        ips: ips.0.iter().map(read_ip).collect::<Result<_, _>>()?,
        dns_names: dns_names.0.iter().map(read_dns_name).collect::<Result<_, _>>()?,
        serial,
        not_before_seconds: env.clock_seconds,
        not_after_seconds: env.clock_seconds.saturating_add(valid_seconds),
        is_ca: false,
    })
}

fn read_ip(value: &Value) -> Result<IpAddr, CallError> {
    let printed = || String::from_utf8_lossy(&sprint(value)).into_owned();
    let text = value.as_string().ok_or_else(|| format!("error parsing ip: {} is not a string", printed()))?;
    let ip = text.to_str().and_then(|text| text.parse().ok());
    ip.ok_or_else(|| format!("error parsing ip: {text}").into())
}

fn read_dns_name(value: &Value) -> Result<String, CallError> {
    match value.as_string() {
        Some(text) => Ok(text.lossy().into_owned()),
        None => {
            let printed = String::from_utf8_lossy(&sprint(value)).into_owned();
            Err(format!("error processing alternate dns name: {printed} is not a string").into())
        }
    }
}

#[cfg(test)]
mod tests;
