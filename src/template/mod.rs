//! template
/// A compiled template.
#[derive(Debug)]
pub struct Template {}
