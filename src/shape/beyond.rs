//! The full validator, for schemas that use a keyword beyond the table: nothing in a schema is ever skipped.

use std::fmt;

use jsonschema::Validator;
use serde_json::json;

use super::References;
use super::format::Format;
use super::whole::whole;
use crate::tree::Node;

/// A schema as the `jsonschema` crate judges it.
pub(crate) struct Beyond {
    pub(crate) validator: Validator,
}

impl fmt::Debug for Beyond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Beyond")
    }
}

impl Beyond {
    /// The whole schema. References to other documents are copied into it.
    pub(crate) fn new(schema: &Node, references: &dyn References) -> Result<Beyond, String> {
        let json = whole(schema, references);
        let mut options = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .should_validate_formats(true)
            .should_ignore_unknown_formats(true);
        for name in Format::names() {
            if let Some(format) = Format::named(name) {
                options = options.with_format(name, move |text: &str| format.takes_text(text));
            }
        }
        let validator = options.build(&json).map_err(|error| error.to_string())?;
        Ok(Beyond { validator })
    }
}

/// Whether the full validator takes a pattern that the table does not.
pub(crate) fn takes_pattern(pattern: &str) -> bool {
    jsonschema::options().with_draft(jsonschema::Draft::Draft202012).build(&json!({"pattern": pattern})).is_ok()
}
