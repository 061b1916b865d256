//! The values files and flags of a command line, each as a layer of its own, in the order in which they are laid over each other.

use std::io;

use super::{TemplateArgs, io_text};
use crate::explain::Given;
use crate::value::Value;
use crate::values::{self, strvals};

/// Files, then flags in Helm's fixed order. All of them have been read before without a fault.
pub(super) fn given(
    args: &TemplateArgs,
    read: &dyn Fn(&str) -> io::Result<Vec<u8>>,
) -> Result<Vec<Given>, String> {
    let open = |path: &str| read(path).map_err(|error| format!("open {path}: {}", io_text(&error)));
    let mut given = Vec::new();
    for path in &args.value_files {
        let text = open(path)?;
        let values =
            values::read(&text, args.helm).map_err(|why| format!("failed to parse {path}: {why}"))?;
        given.push(Given { name: path.clone(), values, text: Some(text) });
    }
    let reader = |path: &str| open(path);
    let flags = [
        ("--set-json", strvals::Flag::SetJson, &args.set_json),
        ("--set", strvals::Flag::Set, &args.set),
        ("--set-string", strvals::Flag::SetString, &args.set_string),
        ("--set-file", strvals::Flag::SetFile(&reader), &args.set_file),
        ("--set-literal", strvals::Flag::SetLiteral, &args.set_literal),
    ];
    for (name, flag, texts) in flags {
        for text in texts {
            let values = alone(flag, text, args)?;
            given.push(Given { name: format!("{name} {text}"), values, text: None });
        }
    }
    Ok(given)
}

/// What one flag says by itself.
fn alone(flag: strvals::Flag<'_>, text: &str, args: &TemplateArgs) -> Result<Value, String> {
    if matches!(flag, strvals::Flag::SetJson)
        && text.trim_start().starts_with('{')
        && let Ok(parsed) = serde_json::from_str(text)
    {
        return Ok(crate::json::from_serde(&parsed));
    }
    let values = values::empty();
    strvals::apply(flag, text, &values, args.helm)?;
    Ok(values)
}
