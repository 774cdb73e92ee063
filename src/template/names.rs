//! The names that templates may use: variables of `context`, filters, tests, functions, control keys.

/// What `context` has.
pub const CONTEXT: &[&str] = &[
    "annotations", "appName", "clients", "cluster", "componentName", "componentType", "config", "connections", "container", "delivery",
    "environment", "facts", "kubernetes", "labels", "members", "name", "namespace", "output", "outputs", "pod", "region", "revision",
    "scopes", "secrets", "selector",
];

/// Keys that control what a map becomes.
pub const CONTROL: &[&str] = &["$else", "$for", "$if", "$let", "$merge", "$use", "$value"];

/// Keys of a patch that pass through.
pub const DIRECTIVES: &[&str] = &["$patch"];

/// Keys of a schematic.
pub const SECTIONS: &[&str] =
    &["let", "output", "outputs", "parameters", "patch", "patches", "place", "podPatch", "require", "rules"];

/// Functions.
pub const FUNCTIONS: &[&str] = &["coalesce", "dict", "range"];

/// Filters: ours, and those of the engine that depend on nothing but their input.
pub const FILTERS: &[&str] = &[
    "abs", "attr", "b64decode", "b64encode", "batch", "bool", "capitalize", "chain", "coalesce", "count", "d", "default", "dictsort",
    "difference", "dns_name", "first", "float", "format", "groupby", "indent", "int", "intersect", "items", "join", "keys", "last",
    "length", "lines", "list", "lower", "map", "max", "merge", "min", "omit", "pick", "quantity", "regex_replace", "reject",
    "rejectattr", "replace", "reverse", "round", "select", "selectattr", "semver", "sha256", "since", "slice", "sort", "split",
    "string", "sum", "title", "to_json", "to_quantity", "to_yaml", "tojson", "trim", "union", "unique", "upper", "urlencode", "values",
    "zip",
];

/// Tests. `matches` and `since` are filters and tests.
pub const TESTS: &[&str] = &[
    "boolean", "defined", "divisibleby", "endingwith", "eq", "equalto", "even", "false", "float", "ge", "greaterthan", "gt", "in",
    "int", "integer", "iterable", "le", "lessthan", "lower", "lt", "mapping", "matches", "ne", "none", "number", "odd", "sameas",
    "sequence", "since", "startingwith", "string", "true", "undefined", "upper",
];
