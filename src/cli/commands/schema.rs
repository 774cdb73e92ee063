//! `oam schema`

use std::path::PathBuf;

use serde_json::Value as Json;

use crate::authoring::editor_schema;
use crate::catalog::Catalog;
use crate::cli::exit::{Failure, Outcome};
use crate::cli::opened::Opened;
use crate::cli::project;
use crate::cli::settings::Settings;
use crate::cli::standalone::Input;
use crate::diag::Sink;

/// The file below the directory of `-o`.
const FILE: &str = "oam.json";

/// Print the JSON Schema of all documents, with all types, for editors
///
/// Inside a project its own types are in it too. `docs/editors.md` says how VS Code, Helix and others use it.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Writes it into this directory, as `oam.json`
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

/// Prints or writes the schema.
pub fn run(args: &Args, settings: &Settings) -> Result<Outcome, Failure> {
    // What is wrong in the project's documents is what editors are for; types with mistakes are left out.
    let catalog = match settings.directory.is_some() || project::is_inside() {
        true => Opened::read(&Input::default(), settings)?.catalog,
        false => Catalog::new([], &Sink::new()),
    };
    let schema = editor_schema(&catalog);
    let text = text(&schema);
    let Some(directory) = &args.output else {
        settings.console.out(&text)?;
        return Ok(Outcome::Fine);
    };
    let path = directory.join(FILE);
    std::fs::create_dir_all(directory)
        .and_then(|()| std::fs::write(&path, text))
        .map_err(|error| Failure::world(format!("cannot write `{}`: {error}", path.display())))?;
    settings.console.say(&format!("wrote {}", path.display()));
    Ok(Outcome::Fine)
}

/// One definition a line: small, and changes are told by line.
fn text(schema: &Json) -> String {
    let mut out = String::from("{\n");
    let entries = schema.as_object().map(|map| map.iter().collect::<Vec<_>>()).unwrap_or_default();
    for (index, (key, value)) in entries.iter().enumerate() {
        let end = if index + 1 == entries.len() { "\n" } else { ",\n" };
        match value.as_object().filter(|_| key.as_str() == "$defs") {
            Some(definitions) => {
                let lines: Vec<String> =
                    definitions.iter().map(|(name, schema)| format!("{}: {schema}", Json::from(name.as_str()))).collect();
                out.push_str(&format!("\"$defs\": {{\n{}\n}}{end}", lines.join(",\n")));
            }
            None => out.push_str(&format!("{}: {value}{end}", Json::from(key.as_str()))),
        }
    }
    out + "}\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_the_schema() {
        let schema = serde_json::json!({"a": [1], "$defs": {"x\"y": {"type": "string"}, "z": true}, "b": null});
        assert_eq!(serde_json::from_str::<Json>(&text(&schema)).unwrap(), schema);
        assert_eq!(text(&schema).lines().count(), 8);
    }
}
