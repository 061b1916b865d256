//! Go's path.Match, the pattern language of `--show-only`. It does not know `**`.

/// Whether the whole of `path` matches; `None` where the pattern is malformed.
#[must_use]
pub fn path_match(pattern: &str, path: &str) -> Option<bool> {
    let pattern: Vec<char> = pattern.chars().collect();
    let path: Vec<char> = path.chars().collect();
    let mut star: Option<(usize, usize)> = None;
    let (mut p, mut t) = (0, 0);
    loop {
        if p < pattern.len() && pattern[p] == '*' {
            star = Some((p, t));
            p += 1;
            continue;
        }
        if p == pattern.len() && t == path.len() {
            return Some(true);
        }
        if p < pattern.len() && t < path.len() {
            let (accepts, next) = one(&pattern, p, path[t])?;
            if accepts {
                p = next;
                t += 1;
                continue;
            }
        }
        // The last star takes one more character; earlier stars never need to, as in every glob without `**`.
        match star {
            Some((at, from)) if from < path.len() && path[from] != '/' => {
                star = Some((at, from + 1));
                p = at + 1;
                t = from + 1;
            }
            _ => return Some(false),
        }
    }
}

/// Whether the pattern item at `p` accepts `c`, and where the next item begins.
fn one(pattern: &[char], p: usize, c: char) -> Option<(bool, usize)> {
    match pattern[p] {
        '?' => Some((c != '/', p + 1)),
        '\\' => Some((*pattern.get(p + 1)? == c, p + 2)),
        '[' => {
            let mut at = p + 1;
            let negated = pattern.get(at) == Some(&'^');
            at += usize::from(negated);
            let mut found = false;
            let mut first = true;
            while first || *pattern.get(at)? != ']' {
                first = false;
                let low = member(pattern, &mut at)?;
                let mut high = low;
                if pattern.get(at) == Some(&'-') {
                    at += 1;
                    high = member(pattern, &mut at)?;
                }
                found |= low <= c && c <= high;
            }
            Some((found != negated, at + 1))
        }
        literal => Some((literal == c, p + 1)),
    }
}

fn member(pattern: &[char], at: &mut usize) -> Option<char> {
    let mut c = *pattern.get(*at)?;
    if c == '-' || c == ']' {
        return None;
    }
    if c == '\\' {
        *at += 1;
        c = *pattern.get(*at)?;
    }
    *at += 1;
    Some(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_as_go_does() {
        let cases = [
            ("templates/*.yaml", "templates/a.yaml", Some(true)),
            ("templates/*", "templates/sub/a.yaml", Some(false)),
            ("*/a?.yaml", "templates/ab.yaml", Some(true)),
            ("templates/[a-c]*", "templates/bob", Some(true)),
            ("templates/[^a-c]*", "templates/bob", Some(false)),
            ("templates/[", "templates/bob", None),
            ("a*b*c", "aXbYbZc", Some(true)),
            ("", "a", Some(false)),
        ];
        for (pattern, path, want) in cases {
            assert_eq!(path_match(pattern, path), want, "{pattern} {path}");
        }
    }
}
