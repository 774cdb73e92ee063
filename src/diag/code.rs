//! The codes of all problems. Each has a page under `docs/diagnostics/` (shown by `oam explain CODE`) and a case under
//! `tests/diagnostics/`; a test holds that both exist.

use std::fmt;

/// A stable kebab-case name of a kind of problem.
#[derive(Copy, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(&'static str);

impl Code {
    /// The name.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        $($(#[$doc])* pub const $name: Code = Code($code);)*
        /// Every code with its page.
        pub const ALL: &[(Code, &str)] = &[$(($name, include_str!(concat!("../../docs/diagnostics/", $code, ".md")))),*];
    };
}

// Keep sorted. A page has the form of the others: a title line `# code`, what it means, an example that shows it, the way out.
codes! {
    /// A part of an Application that has a say when its objects are applied, and none in what is rendered.
    APPLY_TIME = "apply-time";
    /// A field path that cannot be read, or leads nowhere.
    BAD_FIELD_PATH = "bad-field-path";
    /// Text that is not what its format or pattern asks for.
    BAD_FORMAT = "bad-format";
    /// An image that cannot be pulled, because it is no reference of an image.
    BAD_IMAGE = "bad-image";
    /// A name, label or annotation that Kubernetes would not take.
    BAD_NAME = "bad-name";
    /// A patch that cannot be applied: a directive that does not exist, an item without its merge key, a path that is not there.
    BAD_PATCH = "bad-patch";
    /// A rule of a scope type that is not CEL, or uses what does not exist.
    BAD_RULE = "bad-rule";
    /// A schedule or time zone that the controller cannot read.
    BAD_SCHEDULE = "bad-schedule";
    /// A JSON Schema that is wrong itself.
    BAD_SCHEMA = "bad-schema";
    /// A `dependsOn` or `connectsTo` that leads to nothing.
    BROKEN_LINK = "broken-link";
    /// A reference to a part that its object does not have: a key, a port, a container, a label.
    BROKEN_REFERENCE = "broken-reference";
    /// Things that come before each other in a circle.
    CYCLE = "cycle";
    /// A kind, or a version of it, that Kubernetes or its authors no longer want used.
    DEPRECATED = "deprecated";
    /// A label of nodes that has another name by now.
    DEPRECATED_LABEL = "deprecated-label";
    /// Two of one name where there can be one.
    DUPLICATE = "duplicate";
    /// A key that stands twice in one map.
    DUPLICATE_KEY = "duplicate-key";
    /// A rendered file that somebody edited since it was written.
    EDITED_BY_HAND = "edited-by-hand";
    /// A selector that would match nothing.
    EMPTY_SELECTOR = "empty-selector";
    /// Two components of one namespace whose pods have the same labels.
    EQUAL_SELECTORS = "equal-selectors";
    /// A test of a type that does not hold.
    FAILING_TEST = "failing-test";
    /// Fields that exclude each other, or need each other.
    FIELD_CONFLICT = "field-conflict";
    /// An object in a namespace that is neither the unit's nor allowed.
    FOREIGN_NAMESPACE = "foreign-namespace";
    /// A directory of the output that another project owns.
    FOREIGN_UNIT = "foreign-unit";
    /// A rule of a role that names what does not exist.
    GRANTS_NOTHING = "grants-nothing";
    /// A pod that could take over its node.
    HOST_ACCESS = "host-access";
    /// A field that is left out and becomes something that few expect.
    IMPLIED_DEFAULT = "implied-default";
    /// A document that has the name of an imported one.
    IMPORT_OVERRIDE = "import-override";
    /// A type that says too little of itself: no description, example or test, a parameter that nobody described.
    INCOMPLETE_DEFINITION = "incomplete-definition";
    /// A tag of an image that a pin makes ineffective.
    INEFFECTIVE_TAG = "ineffective-tag";
    /// A path that looks like a pattern and is taken literally.
    LITERAL_PATTERN = "literal-pattern";
    /// A document, or a name in its selectors, that matches nothing.
    MATCHES_NOTHING = "matches-nothing";
    /// An object of a kind that whoever asks for it may not render.
    MAY_NOT_RENDER = "may-not-render";
    /// A field that must be there is not.
    MISSING_FIELD = "missing-field";
    /// A required parameter that no operator has set.
    MISSING_PARAMETER = "missing-parameter";
    /// An image that must be pinned and is not.
    MISSING_PIN = "missing-pin";
    /// A reference to an object that is not there.
    MISSING_REFERENCE = "missing-reference";
    /// A mount of a volume that the pod does not have.
    MISSING_VOLUME = "missing-volume";
    /// An image whose tag means another image tomorrow.
    MUTABLE_IMAGE = "mutable-image";
    /// Two things of one name where each needs its own.
    NAME_CLASH = "name-clash";
    /// Files for a container of a component that has none.
    NO_CONTAINER = "no-container";
    /// A field of an object that Kubernetes takes and ignores.
    NO_EFFECT = "no-effect";
    /// A value that has none of the forms that it may have, or several where it may have one.
    NO_UNION_BRANCH = "no-union-branch";
    /// A port of nodes outside of the range that clusters hand out.
    NODE_PORT_RANGE = "node-port-range";
    /// A change by somebody to what somebody else owns.
    NOT_OWNED = "not-owned";
    /// A part of a document that this version cannot act on.
    NOT_UNDERSTOOD = "not-understood";
    /// A type that the role of whoever asks for it may not use.
    NOT_USABLE = "not-usable";
    /// Content of a ConfigMap or Secret that is not what its key or type says.
    ODD_CONTENT = "odd-content";
    /// A mount at a path where it does harm, or cannot be.
    ODD_MOUNT = "odd-mount";
    /// A name that is allowed, and that nobody means.
    ODD_NAME = "odd-name";
    /// Several fields of which one may be set, and none or more are.
    ONE_OF = "one-of";
    /// A number, length or count beyond its limits.
    OUT_OF_RANGE = "out-of-range";
    /// Something that oam did not write stands where output goes.
    OUTPUT_IN_THE_WAY = "output-in-the-way";
    /// Objects that a quota or limit beside them will refuse.
    OVER_QUOTA = "over-quota";
    /// Two objects that take the same pods for their own.
    OVERLAPPING_SELECTORS = "overlapping-selectors";
    /// A parameter that collides with a literal value, or with another parameter.
    PARAMETER_CONFLICT = "parameter-conflict";
    /// A trait or scope that changes what another set, without saying so.
    PATCH_CONFLICT = "patch-conflict";
    /// A secret that is written into a manifest.
    PLAIN_SECRET = "plain-secret";
    /// A network policy that names one address, which changes with the pod.
    POD_ADDRESS = "pod-address";
    /// A template of pods that the server takes, and whose pods it will refuse.
    PODS_REFUSED = "pods-refused";
    /// An object that holds data, or a whole application, would be removed.
    PROTECTED_PRUNE = "protected-prune";
    /// A path of an Ingress that is there twice.
    REPEATED_PATH = "repeated-path";
    /// Two containers of a pod that listen on one port.
    REPEATED_PORT = "repeated-port";
    /// A variable that a container has twice.
    REPEATED_VARIABLE = "repeated-variable";
    /// A request for more than the limit allows.
    REQUESTS_ABOVE_LIMITS = "requests-above-limits";
    /// A condition that a type makes of its properties does not hold.
    REQUIREMENT = "requirement";
    /// A setting that lets everything be stopped at once, or nothing ever be moved.
    RISKY_DISRUPTION = "risky-disruption";
    /// An object that breaks a rule of a scope.
    RULE_BROKEN = "rule-broken";
    /// A rule of scheduling that does not concern the pods that it stands on.
    SCHEDULING_MISMATCH = "scheduling-mismatch";
    /// A component in two scopes of a type that allows one only.
    SCOPE_OVERLAP = "scope-overlap";
    /// A selector that does not select the pods of its own template.
    SELECTOR_MISMATCH = "selector-mismatch";
    /// A type of a project that has the name of a built-in one.
    SHADOWED_TYPE = "shadowed-type";
    /// An amount that is allowed, and orders of magnitude from what is meant.
    SURPRISING_QUANTITY = "surprising-quantity";
    /// A schedule that runs at other times than it seems to.
    SURPRISING_SCHEDULE = "surprising-schedule";
    /// A template that does more than one evaluation may.
    TEMPLATE_BOUND = "template-bound";
    /// An expression that says something else than it seems to.
    TEMPLATE_HINT = "template-hint";
    /// A template or expression that cannot be read.
    TEMPLATE_SYNTAX = "template-syntax";
    /// An expression whose value does not fit where it stands.
    TEMPLATE_TYPE = "template-type";
    /// An expression that has no value.
    TEMPLATE_VALUE = "template-value";
    /// Two documents that set one value differently, neither being more specific.
    TIE = "tie";
    /// Two traits on one component that exclude each other.
    TRAIT_CONFLICT = "trait-conflict";
    /// A trait on a component that it does not apply to.
    TRAIT_NOT_APPLICABLE = "trait-not-applicable";
    /// An expression that fails for objects without a field, and refuses them.
    UNGUARDED_FIELD = "unguarded-field";
    /// A key that the document, schema or Kubernetes kind does not have.
    UNKNOWN_FIELD = "unknown-field";
    /// A kind that Kubernetes, in the version of the cluster, and its CRDs do not have.
    UNKNOWN_KIND = "unknown-kind";
    /// A name in a template that does not exist.
    UNKNOWN_NAME = "unknown-name";
    /// A value for a parameter that the component does not have.
    UNKNOWN_PARAMETER = "unknown-parameter";
    /// A name of a port that the container does not declare.
    UNKNOWN_PORT = "unknown-port";
    /// A commit that the clone does not have, or a name that is another commit tomorrow.
    UNKNOWN_REVISION = "unknown-revision";
    /// A component, trait or scope type that nobody defines.
    UNKNOWN_TYPE = "unknown-type";
    /// A value that the server takes and nobody understands.
    UNKNOWN_VALUE = "unknown-value";
    /// A file that cannot be read as a document.
    UNREADABLE_FILE = "unreadable-file";
    /// An image that no scanner's report covers.
    UNSCANNED_IMAGE = "unscanned-image";
    /// A host with a certificate, for which there is no rule.
    UNUSED_HOST = "unused-host";
    /// A pin of an image that nothing uses.
    UNUSED_PIN = "unused-pin";
    /// A volume that no container mounts.
    UNUSED_VOLUME = "unused-volume";
    /// A value that is not one of those that are allowed.
    VALUE_NOT_ALLOWED = "value-not-allowed";
    /// An image in which a scanner found something grave.
    VULNERABLE_IMAGE = "vulnerable-image";
    /// A document in a folder that is not for its kind.
    WRONG_FOLDER = "wrong-folder";
    /// A value of another type than the one that is wanted.
    WRONG_TYPE = "wrong-type";
    /// An alias that leads nowhere or into itself, or a `<<` without a map.
    YAML_ALIAS = "yaml-alias";
    /// A document that goes deeper, or whose aliases stand for more, than one may.
    YAML_BOUND = "yaml-bound";
    /// Text that is not YAML.
    YAML_SYNTAX = "yaml-syntax";
    /// YAML that Kubernetes, which knows only JSON, has no value for; or that means something else than it seems to.
    YAML_VALUE = "yaml-value";
}

/// The page of a code.
pub fn page(code: &str) -> Option<&'static str> {
    ALL.iter().find(|(known, _)| known.as_str() == code).map(|(_, page)| *page)
}
