//! Keys and certificates have the form that Go's have and read back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::tests::{call, error};
use super::*;

fn s(text: &str) -> Value {
    Value::from(text)
}

fn field(certificate: &Value, name: &str) -> String {
    let Data::Object(object) = &certificate.data else { panic!("not an object") };
    object.field(name).unwrap().as_string().unwrap().to_str().unwrap().to_owned()
}

#[test]
fn small_keys_read_back_and_sign() {
    for (kind, label) in [("ecdsa", "EC PRIVATE KEY"), ("ed25519", "PRIVATE KEY")] {
        let key = call("genPrivateKey", &[s(kind)]);
        let text = key.as_string().unwrap().to_str().unwrap().to_owned();
        assert!(text.starts_with(&format!("-----BEGIN {label}-----\n")));
        assert_eq!(PrivateKey::from_pem(&text).unwrap().pem(), text);
        let ca = call("genCAWithKey", &[s("ca"), Value::from(1), key.clone()]);
        assert_eq!(field(&ca, "Key"), text);
        let names = Value::list(vec![s("a.b")]);
        let ips = Value::list(vec![s("10.0.0.1"), s("::1")]);
        let days = Value::from(30);
        let signed = call("genSignedCertWithKey", &[s("cn"), ips, names, days, ca.clone(), key]);
        let again = |text: &str| s(&STANDARD.encode(text));
        let built = call("buildCustomCert", &[again(&field(&signed, "Cert")), again(&field(&signed, "Key"))]);
        assert_eq!(field(&built, "Cert"), field(&signed, "Cert"));
    }
}

#[test]
fn rsa_keys_sign_what_their_public_half_verifies() {
    use num_bigint::BigUint;
    let mut env = crate::functions::Env {
        helm: crate::functions::Helm::V4,
        seed: 7,
        clock_seconds: 0,
        records: crate::functions::Records::default(),
    };
    let key = PrivateKey::Rsa(Rsa::generate(&mut env, "genCA", 512).unwrap());
    assert!(env.records.random.contains("genCA"));
    let after = std::mem::replace(&mut env.seed, 7);
    let again = PrivateKey::Rsa(Rsa::generate(&mut env, "genCA", 512).unwrap());
    assert_eq!((again.pem(), env.seed), (key.pem(), after), "the same state gives the same key");
    assert_eq!(PrivateKey::from_pem(&key.pem()).unwrap().pem(), key.pem());
    let signature = BigUint::from_bytes_be(&key.sign(b"message").unwrap());
    let public = key.public_der().unwrap();
    // The modulus and the exponent are the last two integers of the key.
    let mut outer = der::Reader(der::Reader(&public).expect(der::SEQUENCE).unwrap());
    outer.next();
    let bits = outer.expect(der::BIT_STRING).unwrap();
    let mut numbers = der::Reader(der::Reader(&bits[1..]).expect(der::SEQUENCE).unwrap());
    let (n, e) = (numbers.integer().unwrap(), numbers.integer().unwrap());
    let block = signature.modpow(&e, &n).to_bytes_be();
    assert_eq!(&block[..2], &[1, 0xff]);
    use sha2::Digest as _;
    assert!(block.ends_with(&sha2::Sha256::digest(b"message")));
}

#[test]
fn bad_arguments_are_named() {
    let days = Value::from(3);
    let bad_ip = Value::list(vec![s("bad-ip")]);
    let args = [s("cn"), bad_ip, Value::nil(), days.clone()];
    assert_eq!(error("genSelfSignedCert", &args), "error parsing ip: bad-ip");
    let args = [s("cn"), Value::nil(), Value::list(vec![Value::from(1)]), days.clone()];
    assert_eq!(error("genSelfSignedCert", &args), "error processing alternate dns name: 1 is not a string");
    assert_eq!(error("genCAWithKey", &[s("cn"), days, s("x")]), "parsing private key: no PEM data in input");
    assert_eq!(error("buildCustomCert", &[s("!"), s("")]), "unable to decode base64 certificate");
}
