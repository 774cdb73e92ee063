//! Decodes the compact form of `schemas/kubernetes/definitions.txt` into shapes; its README describes the form.

use rustc_hash::FxHashMap;

use super::Version;
use crate::shape::{Bound, Checks, ListKind, Others, Property, Shape, ShapeId, Shapes, Types};
use crate::tree::{Key, Node, Origin, Value};

/// One definition a line, sorted by name: `name TAB versions TAB fields`.
pub(super) const DEFINITIONS: &str = include_str!("../../schemas/kubernetes/definitions.txt");

/// The lines of sorted text of which the part before the first tab is `name`: a binary search over the text as it stands.
pub(super) fn lines_of<'a>(text: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let bytes = text.as_bytes();
    let line_start = |at: usize| memchr::memrchr(b'\n', &bytes[..at]).map_or(0, |newline| newline + 1);
    let line_end = |at: usize| memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |length| at + length);
    let name_of = |start: usize, end: usize| text[start..end].split('\t').next().unwrap_or_default();
    // The first line that is not before the name starts in `low..=high`.
    let (mut low, mut high) = (0, bytes.len());
    while low < high {
        let start = line_start(low + (high - low) / 2);
        let end = line_end(start);
        if name_of(start, end) < name { low = (end + 1).min(bytes.len()) } else { high = start }
    }
    let name = name.to_owned();
    text[low..].lines().take_while(move |line| line.strip_prefix(&*name).is_some_and(|rest| rest.starts_with('\t')))
}

/// Whether a bitmap of versions, two hexadecimal digits, has a version.
pub(super) fn has_version(bitmap: &str, version: Version) -> bool {
    u8::from_str_radix(bitmap, 16).is_ok_and(|bits| bits & (1 << version.index()) != 0)
}

/// The fields of a definition in a version.
fn fields_of(name: &str, version: Version) -> Option<&'static str> {
    lines_of(DEFINITIONS, name).find_map(|line| {
        let mut columns = line.split('\t').skip(1);
        let (bitmap, fields) = (columns.next()?, columns.next()?);
        has_version(bitmap, version).then_some(fields)
    })
}

/// The shapes of a definition and of everything that it refers to; the definition is the root.
pub(super) fn decode(name: &'static str, version: Version) -> Shapes {
    let mut decoder = Decoder { version, table: Vec::with_capacity(512), known: FxHashMap::default() };
    decoder.definition(name, false);
    // Kubernetes takes `null` for any field that is not required, as if it were not there.
    Shapes { prunes_nulls: true, ..Shapes::new(decoder.table) }
}

struct Decoder {
    version: Version,
    table: Vec<Shape>,
    /// The shape of each type that was met, by its text.
    known: FxHashMap<&'static str, ShapeId>,
}

impl Decoder {
    fn push(&mut self, shape: Shape) -> ShapeId {
        self.table.push(shape);
        ShapeId(self.table.len() as u32 - 1)
    }

    /// The shape of a type.
    fn type_shape(&mut self, text: &'static str) -> ShapeId {
        if let Some(id) = self.known.get(text) {
            return *id;
        }
        if let Some(name) = text.strip_prefix('@') {
            let (name, retain_keys) = name.strip_suffix('~').map_or((name, false), |name| (name, true));
            // A definition may hold itself: its number is known before its fields are.
            self.known.insert(text, ShapeId(self.table.len() as u32));
            return self.definition(name, retain_keys);
        }
        let shape = if let Some(rest) = text.strip_prefix('[') {
            let (merge, item) = rest.split_once(']').unwrap_or(("", rest));
            let list = match merge.strip_prefix("map:") {
                Some(keys) => ListKind::Map(keys.split(',').map(Key::new).collect()),
                None if merge == "set" => ListKind::Set,
                None => ListKind::Atomic,
            };
            let items = Some(self.type_shape(item));
            Shape { types: Types::LIST, items, list, ..Shape::default() }
        } else if let Some(values) = text.strip_prefix("{}") {
            Shape { types: Types::MAP, others: Others::Each(self.type_shape(values)), ..Shape::default() }
        } else {
            scalar(text)
        };
        let id = self.push(shape);
        self.known.insert(text, id);
        id
    }

    fn definition(&mut self, name: &'static str, retain_keys: bool) -> ShapeId {
        let id = self.push(Shape { types: Types::MAP, others: Others::Closed, retain_keys, ..Shape::default() });
        let fields = fields_of(name, self.version).unwrap_or_else(|| {
            // The script writes every definition that it refers to, for each version that refers to it; a test decodes all.
            unreachable!("the definition {name} of {} is not in schemas/kubernetes", self.version)
        });
        let mut properties = Vec::with_capacity(fields.bytes().filter(|byte| *byte == b' ').count() + 1);
        for field in fields.split(' ').filter(|field| !field.is_empty()) {
            let (name, text) = field.split_once(':').unwrap_or((field, "any"));
            let (name, required) = name.strip_suffix('!').map_or((name, false), |name| (name, true));
            let shape = self.type_shape(text);
            let key = if name.contains('%') { Key::new(&unescape(name)) } else { Key::new(name) };
            properties.push(Property { key, shape, required });
        }
        self.table[id.0 as usize].properties = properties;
        id
    }
}

/// The shape of `name(ENUM|ENUM)=default`.
fn scalar(text: &str) -> Shape {
    let (text, default) = text.split_once('=').map_or((text, None), |(text, default)| (text, Some(default)));
    let (name, allowed) = text.split_once('(').map_or((text, None), |(name, allowed)| (name, allowed.strip_suffix(')')));
    let value = |text: &str| Node::str(unescape(text), Origin::default());
    let (types, format) = match name {
        "string" => (Types::STRING, None),
        "bool" => (Types::BOOL, None),
        "int32" => (Types::INTEGER, Some("int32")),
        "int64" => (Types::INTEGER, Some("int64")),
        "number" => (Types::NUMBER, None),
        "bytes" => (Types::STRING, Some("byte")),
        "date-time" => (Types::STRING, Some("date-time")),
        "int-or-string" => (Types::INTEGER.or(Types::STRING), Some("int-or-string")),
        "quantity" => (Types::NUMBER.or(Types::STRING), Some("quantity")),
        "object" => (Types::MAP, None),
        _ => (Types::ANY, None),
    };
    let default = default.map(|text| match serde_json::from_str(text) {
        Ok(json) if types.0 & Types::STRING.0 == 0 => Node::from_json(&json, Origin::default()),
        _ => value(text),
    });
    // Numbers among them have 32 bits, unlike those of custom resources.
    let bound = |limit: i32, upper| Bound { limit: Value::Int(limit.into()), upper, exclusive: false };
    let bounds = || vec![bound(i32::MIN, false), bound(i32::MAX, true)];
    Shape {
        types,
        format: format.map(Into::into),
        checks: (name == "int-or-string").then(|| Box::new(Checks { bounds: bounds(), ..Checks::default() })),
        allowed: allowed.map(|allowed| allowed.split('|').map(value).collect()).unwrap_or_default(),
        default,
        ..Shape::default()
    }
}

/// Text of which the characters that the form uses itself were written `%XX`.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = text_code(rest);
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The byte that `%XX` at the start stands for.
fn text_code(bytes: &[u8]) -> Option<u8> {
    let digits = bytes.strip_prefix(b"%")?.get(..2)?;
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::kubernetes::Schemas;

    #[test]
    fn the_data_is_in_the_form_of_the_script() {
        let kinds = include_str!("../../schemas/kubernetes/kinds.txt");
        let removed = include_str!("../../schemas/kubernetes/removed.txt");
        for (file, text, columns) in [("definitions.txt", DEFINITIONS, 3), ("kinds.txt", kinds, 6), ("removed.txt", removed, 4)] {
            assert!(text.ends_with('\n') && !text.contains('\r'), "{file}");
            let lines: Vec<&str> = text.lines().collect();
            assert!(lines.is_sorted(), "{file} is not sorted");
            assert!(lines.iter().all(|line| line.split('\t').count() == columns), "{file} has a line without {columns} columns");
        }
        let known = ["string", "bool", "int32", "int64", "number", "any", "bytes", "date-time", "int-or-string", "quantity", "object"];
        for line in DEFINITIONS.lines() {
            for field in line.rsplit('\t').next().unwrap().split(' ').filter(|field| !field.is_empty()) {
                let (_, mut text) = field.split_once(':').unwrap_or_else(|| panic!("{line}"));
                loop {
                    text = match text
                        .strip_prefix("{}")
                        .or_else(|| text.strip_prefix('[').and_then(|text| text.split_once(']')).map(|(_, item)| item))
                    {
                        Some(inner) => inner,
                        None => break,
                    };
                }
                let name = text.split(['(', '=']).next().unwrap();
                assert!(text.starts_with('@') || known.contains(&name), "`{field}` in {line}");
            }
        }
    }

    #[test]
    fn every_version_has_each_definition_once() {
        for version in Version::all() {
            let mut names = BTreeSet::new();
            for line in DEFINITIONS.lines() {
                let mut columns = line.split('\t');
                let (name, bitmap) = (columns.next().unwrap(), columns.next().unwrap());
                assert!(u8::from_str_radix(bitmap, 16).unwrap() > 0, "{line}");
                assert!(!has_version(bitmap, version) || names.insert(name), "{name} has two bodies in {version}");
            }
        }
    }

    #[test]
    fn all_kinds_of_all_versions_decode() {
        let mut fields = 0;
        for version in Version::all() {
            for kind in Schemas::bundled(version).kinds() {
                let shapes = kind.shapes();
                let root: Vec<&str> = shapes.shape(ShapeId::ROOT).properties.iter().map(|property| property.key.as_str()).collect();
                for key in ["apiVersion", "kind", "metadata"] {
                    // A review is a question, not an object: some have no metadata in their schema.
                    assert!(root.contains(&key) || kind.kind.ends_with("Review"), "{} {} has no {key}", kind.api_version, kind.kind);
                }
                fields += shapes.table.iter().map(|shape| shape.properties.len()).sum::<usize>();
            }
        }
        assert!(fields > 50_000, "{fields} fields");
    }

    #[test]
    fn lines_are_found_by_the_whole_name() {
        let text = "a\t1\nab\t1\nab\t2\nabc\t1\n";
        let found = |name: &str| lines_of(text, name).map(|line| line.rsplit('\t').next().unwrap().to_owned()).collect::<Vec<_>>();
        assert_eq!(found("a"), ["1"]);
        assert_eq!(found("ab"), ["1", "2"]);
        assert_eq!(found("abc"), ["1"]);
        for absent in ["", "A", "aa", "abcd", "z"] {
            assert!(found(absent).is_empty(), "{absent}");
        }
        assert!(lines_of("", "a").next().is_none());
    }

    #[test]
    fn escaped_text_is_read_back() {
        assert_eq!(unescape("cert%20sign"), "cert sign");
        assert_eq!(unescape("100%"), "100%");
        assert_eq!(unescape("%E2%82%AC%2"), "€%2");
        let signs = scalar("string(a|cert%20sign|)=x");
        assert_eq!(signs.allowed.iter().map(|value| value.as_str().unwrap()).collect::<Vec<_>>(), ["a", "cert sign", ""]);
        assert_eq!(signs.default.unwrap().as_str(), Some("x"));
        assert_eq!(scalar("int32=5").default.unwrap().as_i64(), Some(5));
    }
}
