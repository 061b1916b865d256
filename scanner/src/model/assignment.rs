//! `name = value` lines in configuration texts of any dialect: properties, INI, YAML, JSON, environment files. No nesting.

/// One assignment in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assignment<'a> {
    pub name: &'a str,
    pub value: &'a str,
}

/// Longest line that is read; longer ones are data, not configuration.
const LINE_BYTES_MAX: usize = 4 * 1024;

/// Assignments of a text, comment lines left out, quotes and trailing commas taken off.
pub fn assignments(text: &str) -> impl Iterator<Item = Assignment<'_>> {
    text.lines().filter(|line| line.len() <= LINE_BYTES_MAX).filter_map(assignment)
}

fn assignment(line: &str) -> Option<Assignment<'_>> {
    let line = line.trim().trim_start_matches("- ").trim_start_matches("export ");
    if line.starts_with(['#', ';', '/', '*', '!']) {
        return None;
    }
    let at = line.find(['=', ':'])?;
    let name = bare(&line[..at]);
    let value = bare(line[at + 1..].trim().trim_end_matches([',', ';']));
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-/".contains(&b));
    is_name.then_some(Assignment { name, value })
}

fn bare(text: &str) -> &str {
    let text = text.trim();
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return inner;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dialect_gives_name_and_value() {
        let text = "a.b=1\n  \"c\": \"x y\",\n- d: 'z'\n# e=2\nexport F=3\nf(x): 4\n;g=5";
        let seen: Vec<_> = assignments(text).map(|found| (found.name, found.value)).collect();
        assert_eq!(seen, [("a.b", "1"), ("c", "x y"), ("d", "z"), ("F", "3")]);
    }
}
