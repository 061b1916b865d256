//! TOML as BurntSushi's package reads and writes it. The policy files of the scanner are read elsewhere.

mod number;
mod reader;
mod strings;
mod tree;
mod writer;

pub use reader::from_toml;
pub use writer::{TomlError, to_toml};

#[cfg(test)]
mod tests {
    //! Small texts through the reader and back.
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::{from_toml, to_toml};

    #[test]
    fn texts_come_back_in_the_writers_layout() {
        let text = "# c\n\"q k\" = 'lit'\nb = \"\"\"multi\nline\"\"\"\nn = [1, 0xff,\n 1_000]\nx.y = {z = 1.5, w = inf}\n\
                    [t]\nc = true\n[[l]]\na = 1\n[[l]]\na = 2\n[t.u]\n";
        let wanted = "b = \"multi\\nline\"\nn = [1, 255, 1000]\n\"q k\" = \"lit\"\n\n[[l]]\n  a = 1\n\n[[l]]\n  a = 2\n\n\
                      [t]\n  c = true\n  [t.u]\n\n[x]\n  [x.y]\n    w = inf\n    z = 1.5\n";
        let value = from_toml(text.as_bytes()).unwrap();
        assert_eq!(to_toml(&value).unwrap().as_string().unwrap().lossy(), wanted);
    }

    #[test]
    fn errors_name_line_and_key() {
        let cases = [
            ("a = ", "toml: line 1 (last key \"a\"): unexpected EOF; expected value"),
            ("a = 1\na = 2\n", "toml: line 2 (last key \"a\"): Key 'a' has already been defined."),
            (
                "[t]\nb = 01\n",
                "toml: line 2 (last key \"t.b\"): Invalid integer \"01\": cannot have leading zeroes",
            ),
            ("= 1\n", "toml: line 1: unexpected '=': key name appears blank"),
        ];
        for (text, wanted) in cases {
            assert_eq!(from_toml(text.as_bytes()).err().as_deref(), Some(wanted), "{text}");
        }
        assert!(from_toml("[".repeat(100_000).as_bytes()).is_err());
        assert!(from_toml(format!("a={}", "[".repeat(100_000)).as_bytes()).is_err());
        assert!(from_toml(format!("a{} = 1", ".a".repeat(100_000)).as_bytes()).is_err());
    }
}
