//! The dictionary of passwords that everybody knows, and which names are names of passwords. Data and lookups only.

/// Passwords of default values, documentation and first guesses. Compared without regard to case.
const KNOWN: &[&str] = &[
    "0p3n-w3bu!",
    "1234",
    "12341234",
    "12345",
    "123456",
    "1234567",
    "12345678",
    "123456789",
    "abc123",
    "admin",
    "admin123",
    "administrator",
    "airflow",
    "change-me",
    "change_me",
    "changeit",
    "changeme",
    "changeme123",
    "changemechangeme",
    "default",
    "demo",
    "elastic",
    "example",
    "foobar",
    "grafana",
    "guest",
    "happytesting",
    "harbor12345",
    "jenkins",
    "keycloak",
    "letmein",
    "litmus",
    "minio",
    "minio123",
    "minioadmin",
    "mongodb",
    "mypassword",
    "mysecretpassword",
    "mysql",
    "not-a-secure-key",
    "p@ssw0rd",
    "pass",
    "passw0rd",
    "password",
    "password1",
    "password123",
    "postgres",
    "prom-operator",
    "qwerty",
    "rabbitmq",
    "redis",
    "replaceme",
    "root",
    "secret",
    "secretpassword",
    "strongpassword",
    "supersecret",
    "superset",
    "test",
    "test123",
    "toor",
    "user",
    "welcome",
];

/// How the names of passwords end, without separators and in lower case.
const ENDINGS: &[&str] = &["passphrase", "passwd", "password", "passwords", "pwd", "secretkey"];

/// Whether `value` is a password that everybody knows, or the name of the product itself.
#[must_use]
pub fn is_known(value: &str, product: &str) -> bool {
    let lower = value.trim().to_ascii_lowercase();
    KNOWN.binary_search(&lower.as_str()).is_ok()
        || (!product.is_empty() && lower == product.to_ascii_lowercase())
}

/// Whether something named `name` holds a password itself: not its file, its key in a Secret, its policy.
#[must_use]
pub fn is_password_name(name: &str) -> bool {
    let plain: String =
        name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let last = name.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    let refers = ["emptypassword", "usepassword", "existingpassword", "existingsecretkey"];
    last.eq_ignore_ascii_case("pass")
        || (ENDINGS.iter().any(|ending| plain.ends_with(ending))
            && !refers.iter().any(|other| plain.ends_with(other)))
}

/// The password in the user part of a URL, with its user: `postgres://user:secret@host`.
#[must_use]
pub fn url_password(text: &str) -> Option<(&str, &str)> {
    let (_, rest) = text.split_once("://")?;
    let authority = rest.split(['/', '?', ' ', '"', '\'']).next()?;
    let (userinfo, _) = authority.rsplit_once('@')?;
    let (user, password) = userinfo.split_once(':')?;
    (!password.is_empty()).then_some((user, password))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dictionary_is_sorted_for_search() {
        assert!(KNOWN.is_sorted());
        assert!(is_known("Admin", "") && is_known("meshery", "Meshery") && !is_known("x8Kq", "meshery"));
    }

    #[test]
    fn names_of_passwords_and_names_of_references() {
        for name in [
            "password",
            "ROUTER_PASSWORD",
            "redis-password",
            "rootPassword",
            "MYSQL_PWD",
            "db.pass",
            "secretKey",
        ] {
            assert!(is_password_name(name), "{name}");
        }
        for name in [
            "PASSWORD_FILE",
            "passwordKey",
            "existingSecretPasswordKey",
            "ALLOW_EMPTY_PASSWORD",
            "bypass",
            "compass",
        ] {
            assert!(!is_password_name(name), "{name}");
        }
    }

    #[test]
    fn urls_give_up_their_password() {
        assert_eq!(url_password("postgresql://u:p@h:5432/db"), Some(("u", "p")));
        assert_eq!(url_password("http://h/a@b:c"), None);
    }
}
