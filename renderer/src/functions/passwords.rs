//! Passwords and AES: bcrypt, htpasswd, derivePassword, encryptAES, decryptAES. Keys and certificates are in `crypto`.

use aes::Aes256;
use aes::cipher::{Block, BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::adapter::{Text, function};
use super::encoding::decode_base64;
use super::{CallError, Env, Function, random};
use crate::limits::{BCRYPT_COST_LOG2, BCRYPT_PASSWORD_BYTES_MAX};

pub(super) fn family() -> Vec<Function> {
    vec![
        function!("bcrypt", bcrypt),
        function!("decryptAES", decrypt_aes),
        function!("derivePassword", derive_password),
        function!("encryptAES", encrypt_aes),
        function!("htpasswd", htpasswd),
    ]
}

/// Sprig `bcrypt`: a `$2a$` hash; the error's text is the value.
fn bcrypt(env: &mut Env, password: Text<'_>) -> String {
    hash(env, "bcrypt", password.bytes)
}

fn hash(env: &mut Env, by: &'static str, password: &[u8]) -> String {
    let failed = |what: &str| format!("failed to encrypt string with bcrypt: {what}");
    if password.len() > BCRYPT_PASSWORD_BYTES_MAX {
        return failed("bcrypt: password length exceeds 72 bytes");
    }
    let mut salt = [0; 16];
    salt.copy_from_slice(&random::bytes(env, by, 16));
    match bcrypt::hash_with_salt(password, BCRYPT_COST_LOG2, salt) {
        Ok(parts) => parts.format_for_version(bcrypt::Version::TwoA),
        Err(error) => failed(&error.to_string()),
    }
}

/// Sprig `htpasswd`: `user:hash`; a user with a colon is told so in the value.
fn htpasswd(env: &mut Env, user: Text<'_>, password: Text<'_>) -> String {
    if user.bytes.contains(&b':') {
        return format!("invalid username: {}", user.lossy());
    }
    format!("{}:{}", user.lossy(), hash(env, "htpasswd", password.bytes))
}

/// The templates of Master Password by type of password.
fn password_templates(kind: &[u8]) -> Option<&'static [&'static str]> {
    Some(match kind {
        b"maximum" => &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"],
        b"long" => &[
            "CvcvnoCvcvCvcv",
            "CvcvCvcvnoCvcv",
            "CvcvCvcvCvcvno",
            "CvccnoCvcvCvcv",
            "CvccCvcvnoCvcv",
            "CvccCvcvCvcvno",
            "CvcvnoCvccCvcv",
            "CvcvCvccnoCvcv",
            "CvcvCvccCvcvno",
            "CvcvnoCvcvCvcc",
            "CvcvCvcvnoCvcc",
            "CvcvCvcvCvccno",
            "CvccnoCvccCvcv",
            "CvccCvccnoCvcv",
            "CvccCvccCvcvno",
            "CvcvnoCvccCvcc",
            "CvcvCvccnoCvcc",
            "CvcvCvccCvccno",
            "CvccnoCvcvCvcc",
            "CvccCvcvnoCvcc",
            "CvccCvcvCvccno",
        ],
        b"medium" => &["CvcnoCvc", "CvcCvcno"],
        b"short" => &["Cvcn"],
        b"basic" => &["aaanaaan", "aannaaan", "aaannaaa"],
        b"pin" => &["nnnn"],
        _ => return None,
    })
}

/// The characters that a letter of a template stands for.
fn template_characters(letter: char) -> &'static [u8] {
    match letter {
        'V' => b"AEIOU",
        'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        'v' => b"aeiou",
        'c' => b"bcdfghjklmnpqrstvwxyz",
        'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        'n' => b"0123456789",
        'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

/// Sprig `derivePassword`: Master Password's algorithm, version 1; the same for the same arguments.
fn derive_password(
    counter: u32,
    kind: Text<'_>,
    password: Text<'_>,
    user: Text<'_>,
    site: Text<'_>,
) -> Result<String, CallError> {
    const SEED: &[u8] = b"com.lyndir.masterpassword";
    /// scrypt's cost: 2^15 blocks of 8, two lanes.
    const COST: (u8, u32, u32) = (15, 8, 2);
    let Some(templates) = password_templates(kind.bytes) else {
        return Ok(format!("cannot find password template {}", kind.lossy()));
    };
    let sized = |text: &[u8]| {
        let len = u32::try_from(text.len()).unwrap_or(u32::MAX);
        [SEED, &len.to_be_bytes(), text].concat()
    };
    let failed = |what: &str| CallError::from(format!("failed to derive password: {what}"));
    let cost = scrypt::Params::new(COST.0, COST.1, COST.2).map_err(|error| failed(&error.to_string()))?;
    let mut key = [0; 64];
    scrypt::scrypt(password.bytes, &sized(user.bytes), &cost, &mut key)
        .map_err(|error| failed(&error.to_string()))?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|error| failed(&error.to_string()))?;
    mac.update(&sized(site.bytes));
    mac.update(&counter.to_be_bytes());
    let seed = mac.finalize().into_bytes();
    let template = templates[usize::from(seed[0]) % templates.len()];
    let letters = template.chars().zip(&seed[1..]).map(|(letter, byte)| {
        let set = template_characters(letter);
        char::from(set[usize::from(*byte) % set.len()])
    });
    Ok(letters.collect())
}

/// Sprig's AES key: the password cut or filled with zeros to 32 bytes.
fn aes_key(password: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    let len = password.len().min(32);
    key[..len].copy_from_slice(&password[..len]);
    key
}

const AES_BLOCK_BYTES: usize = 16;

/// Sprig `encryptAES`: AES-256-CBC with a random IV before it, in base64.
fn encrypt_aes(env: &mut Env, password: Text<'_>, plain: Text<'_>) -> Result<String, CallError> {
    if plain.bytes.is_empty() {
        return Ok(String::new());
    }
    let mut iv = [0; AES_BLOCK_BYTES];
    iv.copy_from_slice(&random::bytes(env, "encryptAES", AES_BLOCK_BYTES));
    let padding = AES_BLOCK_BYTES - plain.bytes.len() % AES_BLOCK_BYTES;
    let mut text = plain.bytes.to_vec();
    text.extend(std::iter::repeat_n(padding as u8, padding));
    let mut mode = cbc::Encryptor::<Aes256>::new(&aes_key(password.bytes).into(), &iv.into());
    for block in text.chunks_exact_mut(AES_BLOCK_BYTES) {
        if let Ok(block) = <&mut Block<Aes256>>::try_from(block) {
            mode.encrypt_block(block);
        }
    }
    Ok(STANDARD.encode([&iv[..], &text].concat()))
}

/// Sprig `decryptAES`; what is too short or badly padded fails with Go's panics.
fn decrypt_aes(password: Text<'_>, text: Text<'_>) -> Result<Vec<u8>, CallError> {
    if text.bytes.is_empty() {
        return Ok(Vec::new());
    }
    let sealed = decode_base64(text.bytes)?;
    let Some((iv, sealed)) = sealed.split_first_chunk::<AES_BLOCK_BYTES>() else {
        let capacity = text.bytes.len() / 4 * 3;
        return Err(format!("runtime error: slice bounds out of range [:16] with capacity {capacity}").into());
    };
    if !sealed.len().is_multiple_of(AES_BLOCK_BYTES) {
        return Err("crypto/cipher: input not full blocks".into());
    }
    let mut plain = sealed.to_vec();
    let mut mode = cbc::Decryptor::<Aes256>::new(&aes_key(password.bytes).into(), iv.into());
    for block in plain.chunks_exact_mut(AES_BLOCK_BYTES) {
        if let Ok(block) = <&mut Block<Aes256>>::try_from(block) {
            mode.decrypt_block(block);
        }
    }
    let Some(&padding) = plain.last() else { return Err("runtime error: index out of range [-1]".into()) };
    match plain.len().checked_sub(usize::from(padding)) {
        Some(len) => plain.truncate(len),
        None => {
            let below = usize::from(padding) - plain.len();
            return Err(format!("runtime error: slice bounds out of range [:-{below}]").into());
        }
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::super::tests::{call, error};
    use super::super::text::sprint;
    use crate::value::{Data, Value};

    fn s(text: &str) -> Value {
        Value::from(text)
    }

    #[test]
    fn derives_as_master_password() {
        for (kind, password, user, site, want) in [
            ("long", "password", "user", "example.com", "ZedaFaxcZaso9*"),
            ("maximum", "password", "user", "example.com", "pf4zS1LjCg&LjhsZ7T2~"),
            ("pin", "p", "u", "s", "2461"),
        ] {
            let args = [Data::Sized("uint32", 1).into(), s(kind), s(password), s(user), s(site)];
            assert_eq!(sprint(&call("derivePassword", &args)), want.as_bytes());
        }
    }

    #[test]
    fn seals_and_opens() {
        let sealed = call("encryptAES", &[s("k"), s("sixteen bytes ok")]);
        assert_eq!(sprint(&call("decryptAES", &[s("k"), sealed])), b"sixteen bytes ok");
        assert_eq!(error("decryptAES", &[s("k"), s("bad!")]), "illegal base64 data at input byte 3");
    }

    #[test]
    fn hashes_verify() {
        let line = call("htpasswd", &[s("user"), s("pass")]);
        let line = line.as_string().unwrap().to_str().unwrap().to_owned();
        assert!(line.starts_with("user:$2a$10$"));
        assert!(bcrypt::verify("pass", &line[5..]).unwrap());
    }
}
