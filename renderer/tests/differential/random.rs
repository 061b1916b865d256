//! Seeded random values and templates, small and close to what charts do. It renders nothing.

/// SplitMix64.
pub struct Random(u64);

/// Scalars as values.yaml may write them.
const SCALARS: &[&str] = &[
    "1",
    "0",
    "-7",
    "1.5",
    "1e3",
    "0x1F",
    "017",
    "1_000",
    "12345678901",
    "3.0",
    "true",
    "false",
    "yes",
    "no",
    "null",
    "~",
    "\"\"",
    "\"a b\"",
    "'it''s'",
    "text",
    "\"1\"",
    "\"true\"",
    "\"multi\\nline\"",
    "\"  lead\"",
    "2024-01-02",
    "v1.2.3",
    "\"a,b,c\"",
    "\"x:y\"",
    "\"{{ .Release.Name }}\"",
    "\"ünï\"",
    "\"tab\\t\"",
    "0.1",
    "1e21",
    "\"#no\"",
    "\"*\"",
];
const KEYS: &[&str] = &["a", "b", "c", "d"];
/// Functions of one argument of any kind.
const ONE: &[&str] = &[
    "toString",
    "quote",
    "squote",
    "toYaml",
    "toJson",
    "toPrettyJson",
    "toRawJson",
    "kindOf",
    "typeOf",
    "empty",
    "not",
    "int",
    "int64",
    "float64",
    "len",
    "print",
    "toStrings",
    "first",
    "last",
    "rest",
    "initial",
    "uniq",
    "reverse",
    "compact",
    "sortAlpha",
    "deepCopy",
    "list",
    "add1",
    "floor",
    "ceil",
    "atoi",
    "html",
    "toToml",
];
/// Functions of a text.
const TEXT: &[&str] = &[
    "upper",
    "lower",
    "title",
    "untitle",
    "trim",
    "trunc 3",
    "trunc -3",
    "trimSuffix \"b\"",
    "trimPrefix \"a\"",
    "replace \"a\" \"zz\"",
    "indent 2",
    "nindent 2",
    "b64enc",
    "b32enc",
    "sha256sum",
    "sha1sum",
    "adler32sum",
    "snakecase",
    "camelcase",
    "kebabcase",
    "swapcase",
    "nospace",
    "initials",
    "splitList \",\"",
    "split \",\"",
    "repeat 2",
    "substr 0 1",
    "contains \"a\"",
    "hasPrefix \"t\"",
    "hasSuffix \"c\"",
    "wrap 4",
    "abbrev 5",
    "regexReplaceAll \"[a-c]+\" \"<$0>\"",
    "regexFind \"[a-z]\"",
    "regexMatch \"^[a-z ]*$\"",
    "urlquery",
    "js",
    "trimAll \" a\"",
    "fromYaml",
    "fromJson",
    "fromYamlArray",
    "base",
    "dir",
    "ext",
    "clean",
    "plural \"one\" \"many\"",
];
/// Functions of two arguments of any kind.
const TWO: &[&str] = &[
    "default",
    "eq",
    "ne",
    "and",
    "or",
    "coalesce",
    "add",
    "sub",
    "mul",
    "max",
    "min",
    "lt",
    "le",
    "gt",
    "ge",
    "list",
    "has",
    "append",
    "prepend",
    "concat",
    "without",
    "print",
    "printf \"%v-%v\"",
    "printf \"%s|%q\"",
    "printf \"%d %5.2f\"",
    "cat",
    "join",
    "hasKey",
    "get",
    "index",
    "dict",
    "merge",
    "pluck",
    "pick",
    "omit",
    "ternary 1",
    "div",
    "mod",
    "addf",
    "mulf",
    "round",
    "dig \"a\"",
    "mergeOverwrite",
    "set",
    "slice",
    "kindIs",
    "semverCompare",
    "until",
];

impl Random {
    pub fn new(seed: u64) -> Self {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.next() % count as u64).unwrap()
    }

    fn pick(&mut self, items: &[&'static str]) -> &'static str {
        items[self.below(items.len())]
    }

    /// A values.yaml in flow style; every key is there, so that most paths lead somewhere.
    pub fn values(&mut self) -> String {
        let entries: Vec<String> = KEYS.iter().map(|key| format!("{key}: {}", self.node(2))).collect();
        entries.join("\n") + "\n"
    }

    fn node(&mut self, depth: usize) -> String {
        match self.below(if depth == 0 { 1 } else { 4 }) {
            0 | 3 => self.pick(SCALARS).to_owned(),
            1 => {
                let entries: Vec<String> =
                    KEYS.iter().map(|key| format!("{key}: {}", self.node(depth - 1))).collect();
                format!("{{{}}}", entries.join(", "))
            }
            _ => {
                let items: Vec<String> = (0..self.below(4)).map(|_| self.node(depth - 1)).collect();
                format!("[{}]", items.join(", "))
            }
        }
    }

    /// The body of one template.
    pub fn body(&mut self, depth: usize) -> String {
        let inner = |random: &mut Self| if depth == 0 { String::from("end") } else { random.body(depth - 1) };
        match self.below(10) {
            0 => {
                let (then, otherwise) = (inner(self), inner(self));
                format!("{{{{ if {} }}}}{then}{{{{- else }}}}{otherwise}{{{{ end -}}}}", self.expression(2))
            }
            1 => format!("{{{{ with {} }}}}<{{{{ . }}}}>{{{{ end }}}}", self.expression(1)),
            2 => format!(
                "{{{{ range $k, $v := {} }}}}{{{{ $k }}}}={{{{ $v }}}};{{{{ else }}}}none{{{{ end }}}}",
                self.expression(1)
            ),
            3 => format!("{{{{ $x := {} }}}}{{{{ $x | toString }}}} {}", self.expression(2), inner(self)),
            4 => format!("{{{{ tpl (toString {}) $ }}}}", self.operand(1)),
            _ => format!("{{{{ {} }}}}", self.expression(3)),
        }
    }

    fn expression(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.atom();
        }
        match self.below(6) {
            0 | 1 => format!("{} {}", self.pick(ONE), self.operand(depth - 1)),
            2 => format!("{} | toString | {}", self.operand(depth - 1), self.pick(TEXT)),
            3 | 4 => {
                format!("{} {} {}", self.pick(TWO), self.operand(depth - 1), self.operand(depth - 1))
            }
            _ => self.atom(),
        }
    }

    fn operand(&mut self, depth: usize) -> String {
        match self.below(3) {
            0 if depth > 0 => format!("({})", self.expression(depth)),
            _ => self.atom(),
        }
    }

    fn atom(&mut self) -> String {
        match self.below(8) {
            0 => self
                .pick(&["1", "2.5", "\"a\"", "\"a,b\"", "true", "0", "\"\"", "-3", "1e2", "'x'"])
                .to_owned(),
            1 => {
                self.pick(&["$.Release.Name", "$.Chart.Version", "$.Chart.AppVersion", "$.Values"]).to_owned()
            }
            _ => {
                let mut path = format!("$.Values.{}", self.pick(KEYS));
                while self.below(2) == 0 {
                    path = format!("{path}.{}", self.pick(KEYS));
                }
                path
            }
        }
    }
}
