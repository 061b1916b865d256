//! `.Files`: the chart's other files by path, with Helm's methods. It holds bytes already read and opens nothing.

use std::any::Any;
use std::collections::BTreeMap;
use std::rc::Rc;

use base64::Engine as _;

use super::Glob;
use crate::archive::File;
use crate::value::{Data, GoType, Map, Object, Str, Value};

const TYPE_NAME: GoType = "engine.files";
const METHODS: [&str; 6] = ["AsConfig", "AsSecrets", "Get", "GetBytes", "Glob", "Lines"];

/// Helm: engine.files, a map from path to bytes.
pub struct Files(BTreeMap<Str, Rc<[u8]>>);

impl Files {
    #[must_use]
    pub fn new(files: &[File]) -> Files {
        Files(
            files
                .iter()
                .map(|file| (Str::from(file.path.as_str()), Rc::from(file.data.as_slice())))
                .collect(),
        )
    }

    #[must_use]
    pub fn value(self) -> Value {
        Data::Object(Rc::new(self)).into()
    }

    fn bytes(&self, path: &Str) -> Rc<[u8]> {
        self.0.get(path).cloned().unwrap_or_else(|| Rc::from([].as_slice()))
    }

    /// A malformed pattern gives every file: Helm then falls back to `**` without a separator.
    fn glob(&self, pattern: &Str) -> Files {
        let glob = Glob::parse(&pattern.lossy());
        let matches = |path: &Str| glob.as_ref().is_none_or(|glob| glob.matches(&path.lossy()));
        Files(
            self.0
                .iter()
                .filter(|(path, _)| matches(path))
                .map(|(path, data)| (path.clone(), Rc::clone(data)))
                .collect(),
        )
    }

    fn lines(&self, path: &Str) -> Value {
        let bytes = self.bytes(path);
        if bytes.is_empty() {
            return Value::strings(Vec::<Str>::new());
        }
        let body = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
        Value::strings(body.split(|byte| *byte == b'\n'))
    }

    /// A map from base names to texts, as YAML without its last line break.
    fn flat(&self, text: impl Fn(&[u8]) -> Value) -> Value {
        let mut entries = BTreeMap::new();
        for (path, data) in &self.0 {
            let bytes = path.as_bytes();
            let base = bytes.rsplit(|byte| *byte == b'/').next().unwrap_or(bytes);
            entries.insert(Str::from(base), text(data));
        }
        // An empty `map[string]string` stands for Go's nil map, which is written as null; this one is made, not nil.
        let yaml = crate::yaml::to_yaml(&Value::map(entries)).ok();
        let text = yaml.as_ref().and_then(Value::as_string).map_or(&[][..], Str::as_bytes);
        Value::from(Str::from(text.strip_suffix(b"\n").unwrap_or(text)))
    }
}

impl Object for Files {
    fn type_name(&self) -> GoType {
        TYPE_NAME
    }

    fn kind(&self) -> &'static str {
        "map"
    }

    /// As in every Go map: an absent key is the element's zero value. Methods come before keys.
    fn field(&self, name: &str) -> Option<Value> {
        if METHODS.contains(&name) {
            return None;
        }
        Some(Data::Bytes(self.bytes(&Str::from(name))).into())
    }

    fn call(&self, name: &str, args: &[Value]) -> Option<Result<Value, String>> {
        let count = match name {
            "Get" | "GetBytes" | "Glob" | "Lines" => 1,
            "AsConfig" | "AsSecrets" => 0,
            _ => return None,
        };
        if args.len() != count {
            return Some(Err(format!("wrong number of args for {name}: want {count} got {}", args.len())));
        }
        let mut path = Str::from("");
        if let Some(arg) = args.first() {
            match arg.as_string() {
                Some(text) => path = text.clone(),
                None => return Some(Err(super::not_a_string(arg))),
            }
        }
        Some(Ok(match name {
            "Get" => Value::from(Str::from(&*self.bytes(&path))),
            "GetBytes" => Data::Bytes(self.bytes(&path)).into(),
            "Glob" => self.glob(&path).value(),
            "Lines" => self.lines(&path),
            "AsConfig" => self.flat(|data| Value::from(Str::from(data))),
            _ => self.flat(|data| Value::from(base64::engine::general_purpose::STANDARD.encode(data))),
        }))
    }

    fn print(&self) -> String {
        let shown: Vec<String> = self
            .0
            .iter()
            .map(|(path, data)| {
                let bytes: Vec<String> = data.iter().map(u8::to_string).collect();
                format!("{path}:[{}]", bytes.join(" "))
            })
            .collect();
        format!("map[{}]", shown.join(" "))
    }

    fn plain(&self) -> Value {
        let entries: BTreeMap<Str, Value> =
            self.0.iter().map(|(path, data)| (path.clone(), Data::Bytes(Rc::clone(data)).into())).collect();
        Data::Map(Rc::new(Map { go_type: TYPE_NAME, entries: entries.into() })).into()
    }

    fn truth(&self) -> bool {
        !self.0.is_empty()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
