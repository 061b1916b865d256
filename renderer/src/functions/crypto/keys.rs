//! Private keys of the kinds Sprig makes: made from the seed, written and read as PEM, and used to sign.

use std::cell::RefCell;
use std::collections::HashMap;

use ed25519_dalek::Signer as _;
use num_bigint::BigUint;
use sha2::{Digest, Sha256};

use super::der::{self, OBJECT_ID, OCTET_STRING, Reader, SEQUENCE};
use super::{pem, primes};
use crate::functions::{CallError, Env, random};
use crate::limits::RSA_READ_KEY_BITS_MAX;

/// RSA's usual public exponent.
const RSA_EXPONENT: u32 = 65_537;
const DSA_P_BITS: u64 = 2_048;
const DSA_Q_BITS: u64 = 256;

const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const SHA256_WITH_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const ECDSA_WITH_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const PRIME256V1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
/// The NULL that RSA algorithms have for parameters.
const NULL: &[u8] = &[0x05, 0x00];

pub(super) enum PrivateKey {
    Rsa(Rsa),
    /// P-256.
    Ecdsa(p256::ecdsa::SigningKey),
    Ed25519(ed25519_dalek::SigningKey),
    /// p, q, g, y, x.
    Dsa([BigUint; 5]),
}

#[derive(Clone)]
pub(super) struct Rsa {
    n: BigUint,
    e: BigUint,
    d: BigUint,
    p: BigUint,
    q: BigUint,
}

/// Keys remembered; when there are more, all are forgotten.
const KEYS_KEPT_MAX: usize = 64;

/// A key with the state of the generator after it was made, by the state before and its size.
type KnownKeys = HashMap<(u64, u64), (Rsa, u64)>;

thread_local! {
    /// A cache only: one chart rendered under many values makes the same keys from the same seed.
    static KNOWN_KEYS: RefCell<KnownKeys> = RefCell::new(HashMap::new());
}

impl Rsa {
    /// A new key, or the one that this state of the generator has already given.
    pub fn generate(env: &mut Env, by: &'static str, bits: u64) -> Result<Rsa, CallError> {
        let before = (env.seed, bits);
        if let Some((key, seed)) = KNOWN_KEYS.with_borrow(|known| known.get(&before).cloned()) {
            env.records.random.insert(by);
            env.seed = seed;
            return Ok(key);
        }
        let key = Rsa::generate_anew(env, by, bits)?;
        KNOWN_KEYS.with_borrow_mut(|known| {
            if known.len() >= KEYS_KEPT_MAX {
                known.clear();
            }
            known.insert(before, (key.clone(), env.seed));
        });
        Ok(key)
    }

    fn generate_anew(env: &mut Env, by: &'static str, bits: u64) -> Result<Rsa, CallError> {
        let e = BigUint::from(RSA_EXPONENT);
        loop {
            let p = primes::prime(env, by, bits / 2)?;
            let q = primes::prime(env, by, bits / 2)?;
            let (n, totient) = (&p * &q, (&p - 1u8) * (&q - 1u8));
            if let Some(d) = e.modinv(&totient)
                && p != q
            {
                return Ok(Rsa { n, e, d, p, q });
            }
        }
    }

    /// PKCS #1's RSAPrivateKey.
    fn der(&self) -> Vec<u8> {
        let one = BigUint::from(1u8);
        let coefficient = self.q.modinv(&self.p).unwrap_or_default();
        let numbers = [
            &self.n,
            &self.e,
            &self.d,
            &self.p,
            &self.q,
            &(&self.d % (&self.p - &one)),
            &(&self.d % (&self.q - &one)),
            &coefficient,
        ];
        let fields: Vec<Vec<u8>> = numbers.into_iter().map(der::integer).collect();
        der::sequence(&[&der::small(0), &fields.concat()])
    }

    fn read(bytes: &[u8]) -> Option<Rsa> {
        let mut fields = Reader(Reader(bytes).expect(SEQUENCE)?);
        fields.integer()?;
        let (n, e, d) = (fields.integer()?, fields.integer()?, fields.integer()?);
        let (p, q) = (fields.integer()?, fields.integer()?);
        (n.bits() <= RSA_READ_KEY_BITS_MAX && &p * &q == n && p.bits() > 1 && q.bits() > 1).then_some(Rsa {
            n,
            e,
            d,
            p,
            q,
        })
    }

    /// PKCS #1 v1.5 with SHA-256.
    fn sign(&self, message: &[u8]) -> Vec<u8> {
        const SHA256_PREFIX: [u8; 19] = [
            0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
            0x00, 0x04, 0x20,
        ];
        let size = usize::try_from(self.n.bits().div_ceil(8)).unwrap_or(0);
        let hash = [&SHA256_PREFIX[..], &Sha256::digest(message)].concat();
        let padding = vec![0xff; size.saturating_sub(hash.len() + 3)];
        let block = BigUint::from_bytes_be(&[&[0, 1], &padding[..], &[0], &hash].concat());
        let mut signature = block.modpow(&self.d, &self.n).to_bytes_be();
        while signature.len() < size {
            signature.insert(0, 0);
        }
        signature
    }
}

/// genPrivateKey's kinds; `None` for an unknown one.
pub(super) fn generate(
    env: &mut Env,
    by: &'static str,
    kind: &[u8],
    rsa_bits: u64,
) -> Result<Option<PrivateKey>, CallError> {
    Ok(Some(match kind {
        b"" | b"rsa" => PrivateKey::Rsa(Rsa::generate(env, by, rsa_bits)?),
        b"dsa" => generate_dsa(env, by)?,
        b"ecdsa" => loop {
            // Nearly every number of 256 bits is a scalar of the curve.
            if let Ok(key) = p256::ecdsa::SigningKey::from_slice(&random::bytes(env, by, 32)) {
                break PrivateKey::Ecdsa(key);
            }
        },
        b"ed25519" => {
            let mut seed = [0; 32];
            seed.copy_from_slice(&random::bytes(env, by, 32));
            PrivateKey::Ed25519(ed25519_dalek::SigningKey::from_bytes(&seed))
        }
        _ => return Ok(None),
    }))
}

fn generate_dsa(env: &mut Env, by: &'static str) -> Result<PrivateKey, CallError> {
    let q = primes::prime(env, by, DSA_Q_BITS)?;
    let p = primes::prime_above(env, by, DSA_P_BITS, &q)?;
    let exponent = (&p - 1u8) / &q;
    let one = BigUint::from(1u8);
    let mut base = BigUint::from(2u8);
    let g = loop {
        let g = base.modpow(&exponent, &p);
        if g != one {
            break g;
        }
        base += 1u8;
    };
    let x = primes::random_bits(env, by, DSA_Q_BITS, false) % (&q - 1u8) + 1u8;
    let y = g.modpow(&x, &p);
    Ok(PrivateKey::Dsa([p, q, g, y, x]))
}

impl PrivateKey {
    /// The PEM block that Sprig writes for this kind.
    pub fn pem(&self) -> String {
        match self {
            PrivateKey::Rsa(key) => pem::encode("RSA PRIVATE KEY", &key.der()),
            PrivateKey::Dsa(numbers) => {
                let fields: Vec<Vec<u8>> = numbers.iter().map(der::integer).collect();
                let der = der::sequence(&[&der::small(0), &fields.concat()]);
                pem::encode("DSA PRIVATE KEY", &der)
            }
            PrivateKey::Ecdsa(key) => {
                let der = der::sequence(&[
                    &der::small(1),
                    &der::element(OCTET_STRING, &key.to_bytes()),
                    &der::element(0xa0, &der::object_id(PRIME256V1)),
                    &der::element(0xa1, &der::bit_string(&ec_point(key))),
                ]);
                pem::encode("EC PRIVATE KEY", &der)
            }
            PrivateKey::Ed25519(key) => {
                let seed = der::element(OCTET_STRING, key.as_bytes());
                let der = der::sequence(&[
                    &der::small(0),
                    &der::sequence(&[&der::object_id(ED25519)]),
                    &der::element(OCTET_STRING, &seed),
                ]);
                pem::encode("PRIVATE KEY", &der)
            }
        }
    }

    /// Reads a key.
    ///
    /// # Errors
    /// Sprig's text; what Go says of malformed DER is shortened.
    pub fn from_pem(text: &str) -> Result<PrivateKey, String> {
        let (label, der) = pem::decode(text).ok_or("no PEM data in input")?;
        if label == "PRIVATE KEY" {
            return read_pkcs8(&der)
                .ok_or_else(|| "decoding PEM as PKCS#8: asn1: structure error".to_owned());
        }
        let Some(kind) = label.strip_suffix(" PRIVATE KEY") else {
            return Err(format!("no private key data in PEM block of type {label}"));
        };
        let key = match kind {
            "RSA" => Rsa::read(&der).map(PrivateKey::Rsa),
            "EC" => read_sec1(&der),
            "DSA" => read_dsa(&der),
            _ => return Err(format!("invalid private key type {kind}")),
        };
        key.ok_or_else(|| format!("parsing {kind} private key from PEM: asn1: structure error"))
    }

    /// SubjectPublicKeyInfo; `None` for DSA, whose keys cannot sign certificates in Go.
    pub fn public_der(&self) -> Option<Vec<u8>> {
        Some(match self {
            PrivateKey::Rsa(key) => {
                let public = der::sequence(&[&der::integer(&key.n), &der::integer(&key.e)]);
                let algorithm = der::sequence(&[&der::object_id(RSA_ENCRYPTION), NULL]);
                der::sequence(&[&algorithm, &der::bit_string(&public)])
            }
            PrivateKey::Ecdsa(key) => {
                let algorithm = der::sequence(&[&der::object_id(EC_PUBLIC_KEY), &der::object_id(PRIME256V1)]);
                der::sequence(&[&algorithm, &der::bit_string(&ec_point(key))])
            }
            PrivateKey::Ed25519(key) => {
                let algorithm = der::sequence(&[&der::object_id(ED25519)]);
                der::sequence(&[&algorithm, &der::bit_string(key.verifying_key().as_bytes())])
            }
            PrivateKey::Dsa(_) => return None,
        })
    }

    /// The signature algorithm's identifier.
    pub fn signature_algorithm(&self) -> Option<Vec<u8>> {
        Some(match self {
            PrivateKey::Rsa(_) => der::sequence(&[&der::object_id(SHA256_WITH_RSA), NULL]),
            PrivateKey::Ecdsa(_) => der::sequence(&[&der::object_id(ECDSA_WITH_SHA256)]),
            PrivateKey::Ed25519(_) => der::sequence(&[&der::object_id(ED25519)]),
            PrivateKey::Dsa(_) => return None,
        })
    }

    pub fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        Some(match self {
            PrivateKey::Rsa(key) => key.sign(message),
            PrivateKey::Ecdsa(key) => {
                let signature: p256::ecdsa::Signature = key.try_sign(message).ok()?;
                let (r, s) = signature.split_bytes();
                let half = |bytes: &[u8]| der::integer(&BigUint::from_bytes_be(bytes));
                der::sequence(&[&half(&r), &half(&s)])
            }
            PrivateKey::Ed25519(key) => key.try_sign(message).ok()?.to_bytes().to_vec(),
            PrivateKey::Dsa(_) => return None,
        })
    }
}

/// The public point, uncompressed.
fn ec_point(key: &p256::ecdsa::SigningKey) -> Vec<u8> {
    key.verifying_key().to_sec1_point(false).as_bytes().to_vec()
}

fn read_sec1(der: &[u8]) -> Option<PrivateKey> {
    let mut fields = Reader(Reader(der).expect(SEQUENCE)?);
    fields.integer()?;
    p256::ecdsa::SigningKey::from_slice(fields.expect(OCTET_STRING)?).ok().map(PrivateKey::Ecdsa)
}

fn read_dsa(der: &[u8]) -> Option<PrivateKey> {
    let mut fields = Reader(Reader(der).expect(SEQUENCE)?);
    fields.integer()?;
    let mut next = || fields.integer();
    Some(PrivateKey::Dsa([next()?, next()?, next()?, next()?, next()?]))
}

fn read_pkcs8(der: &[u8]) -> Option<PrivateKey> {
    let mut fields = Reader(Reader(der).expect(SEQUENCE)?);
    fields.integer()?;
    let algorithm = Reader(fields.expect(SEQUENCE)?).expect(OBJECT_ID)?;
    let key = fields.expect(OCTET_STRING)?;
    match algorithm {
        RSA_ENCRYPTION => Rsa::read(key).map(PrivateKey::Rsa),
        EC_PUBLIC_KEY => read_sec1(key),
        ED25519 => {
            let seed = <[u8; 32]>::try_from(Reader(key).expect(OCTET_STRING)?).ok()?;
            Some(PrivateKey::Ed25519(ed25519_dalek::SigningKey::from_bytes(&seed)))
        }
        _ => None,
    }
}
