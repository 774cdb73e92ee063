//! `metadata` as every API server judges it: names by kind, labels, annotations, owners, finalizers.

use super::names::NameRule;
use super::{KindSchema, Version, pod_path};
use crate::diag::{Diagnostic, Severity, Sink, code};
use crate::shape::Format;
use crate::source::Pos;
use crate::tree::{Entry, Node};

/// All annotations of an object together, in bytes.
const ANNOTATIONS: usize = 256 << 10;

/// Finalizers of Kubernetes' own that have no domain.
const FINALIZERS: [&str; 3] = ["foregroundDeletion", "kubernetes", "orphan"];

/// Judges `metadata` of an object, and that of the pods and jobs it makes. What has the wrong type is left to the judge of structure. Returns
/// whether nothing was found.
pub(super) fn check_metadata(object: &Node, kind: &KindSchema, version: Version, sink: &Sink) -> bool {
    let mut judge = Judge { sink, sound: true };
    let metadata = object.field("metadata").filter(|metadata| !metadata.is_null());
    if !kind.is_question() {
        judge.names(metadata, object, kind, version);
    }
    if let Some(metadata) = metadata {
        judge.parts(metadata, Strictness::of(kind, 0));
    }
    let path = if kind.is_custom() { None } else { pod_path(&kind.group, &kind.kind) };
    for depth in 1..=path.map_or(0, <[_]>::len) {
        // A CronJob has the metadata of its jobs on the way to that of its pods.
        let template = path.and_then(|path| object.at(&path[..depth]));
        if let Some(metadata) = template.and_then(|template| template.field("metadata")) {
            judge.parts(metadata, Strictness::of(kind, depth));
        }
    }
    judge.sound
}

/// Groups whose objects may have finalizers without a domain.
const LENIENT: [&str; 6] =
    ["admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io", "coordination.k8s.io", "node.k8s.io", "policy"];

/// What of a mistake in metadata a server refuses; the rest it takes, and who makes objects of it fails.
#[derive(Copy, Clone)]
struct Strictness {
    /// Keys and values of labels and annotations.
    keys: bool,
    /// Finalizers without a domain.
    finalizers: bool,
}

impl Strictness {
    /// That of an object (depth 0), or of a template so many fields below.
    fn of(kind: &KindSchema, depth: usize) -> Strictness {
        // The metadata of the jobs of a CronJob is not looked at before there are jobs.
        let of_jobs = depth == 2 && kind.group == "batch" && kind.kind == "CronJob";
        // These are judged by what all APIs have in common, which warns only; so are custom resources.
        let warned = kind.is_custom() || LENIENT.contains(&&*kind.group);
        Strictness { keys: !of_jobs, finalizers: depth == 0 && !warned }
    }

    fn error_if(refused: bool, problem: Diagnostic) -> Diagnostic {
        if refused { problem } else { Diagnostic { severity: Severity::Warning, ..problem } }
    }
}

/// Where a key of a map stands.
fn key_place(entry: &Entry) -> Pos {
    if entry.key_at.is_known() { entry.key_at } else { entry.node.origin.author() }
}

/// Where a value stands; values that nobody wrote stand where their key does.
fn place(entry: &Entry) -> Pos {
    let at = entry.node.origin.author();
    if at.is_known() { at } else { entry.key_at }
}

struct Judge<'a> {
    sink: &'a Sink,
    sound: bool,
}

impl Judge<'_> {
    fn push(&mut self, problem: Diagnostic) {
        self.sound = false;
        self.sink.push(problem);
    }

    fn names(&mut self, metadata: Option<&Node>, object: &Node, kind: &KindSchema, version: Version) {
        let find = |key: &str| metadata.and_then(|metadata| metadata.entries().iter().find(|entry| entry.key.as_str() == key));
        let text = |key: &str| find(key).and_then(|entry| entry.node.as_str()).filter(|text| !text.is_empty());
        let of_wrong_type = |key: &str| find(key).is_some_and(|entry| entry.node.as_str().is_none() && !entry.node.is_null());
        let rule = NameRule::of(kind, version);
        if let (Some(name), Some(entry)) = (text("name"), find("name")) {
            self.name(name, entry, rule, kind);
        } else if let (Some(prefix), Some(entry)) = (text("generateName"), find("generateName")) {
            // What is appended makes a dash at the end harmless.
            let name = format!("{}x", prefix.trim_end_matches('-'));
            if rule.refuses(&name) {
                let message = format!("`{prefix}` cannot begin the name of a `{}`, which must be {}", kind.kind, rule.wanted());
                self.push(Diagnostic::error(code::BAD_NAME, place(entry), message));
            }
        } else if metadata.is_none_or(Node::is_map) && !of_wrong_type("name") && !of_wrong_type("generateName") {
            let at = find("name").map_or_else(|| metadata.unwrap_or(object).origin.author(), place);
            let message = format!("missing field `metadata.name` in `{}`", kind.kind);
            self.push(Diagnostic::error(code::MISSING_FIELD, at, message).help("every object has a name"));
        }
        let (Some(namespace), Some(entry)) = (text("namespace"), find("namespace")) else { return };
        if !kind.namespaced {
            let message = format!("a `{}` belongs to the whole cluster: the namespace `{namespace}` has no effect", kind.kind);
            self.push(Diagnostic::warning(code::NO_EFFECT, key_place(entry), message).help("remove `namespace`"));
        } else if !Format::DnsLabel.takes_text(namespace) {
            let message = format!("`{namespace}` is not the name of a namespace, which must be {}", Format::DnsLabel.wanted());
            self.push(Diagnostic::error(code::BAD_NAME, place(entry), message));
        }
    }

    fn name(&mut self, name: &str, entry: &Entry, rule: NameRule, kind: &KindSchema) {
        if rule.refuses(name) {
            let message = format!("`{name}` cannot be the name of a `{}`, which must be {}", kind.kind, rule.wanted());
            let mut problem = Diagnostic::error(code::BAD_NAME, place(entry), message);
            if let Some(near) = rule.mended(name) {
                problem = problem.help(format!("for example `{near}`"));
                problem.replacement = Some(near);
            }
            self.push(problem);
        } else if kind.group == "scheduling.k8s.io" && name.starts_with("system-") && !SYSTEM_PRIORITIES.contains(&name) {
            let message = format!("`{name}` cannot be the name of a `{}`: names that begin with `system-` are Kubernetes' own", kind.kind);
            self.push(Diagnostic::error(code::BAD_NAME, place(entry), message).help("give it another name"));
        } else if name.contains('.') && kind.makes_pods() {
            let message = format!("the name `{name}` becomes the host name of pods, which breaks at its dots");
            self.push(Diagnostic::warning(code::BAD_NAME, place(entry), message).help("write `-` for `.`"));
        }
    }

    /// What all metadata holds, that of templates too.
    fn parts(&mut self, metadata: &Node, strict: Strictness) {
        for entry in metadata.entries() {
            match entry.key.as_str() {
                "labels" => self.labels(entry.node.entries(), strict.keys),
                "annotations" => self.annotations(entry, strict.keys),
                "finalizers" => self.finalizers(entry.node.items(), strict.finalizers),
                "ownerReferences" => self.owners(entry.node.items()),
                _ => {}
            }
        }
    }

    fn labels(&mut self, labels: &[Entry], strict: bool) {
        for label in labels {
            let key = label.key.as_str();
            if !Format::LabelKey.takes_text(key) {
                self.key("label", label, strict);
            }
            let Some(value) = label.node.as_str() else { continue };
            if !Format::LabelValue.takes_text(value) {
                let message = format!("`{value}` cannot be the value of the label `{key}`");
                let form = "at most 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends; longer text goes into an annotation";
                self.push(Strictness::error_if(strict, Diagnostic::error(code::BAD_NAME, place(label), message).help(form)));
            }
        }
    }

    fn annotations(&mut self, annotations: &Entry, strict: bool) {
        let mut size = 0;
        for annotation in annotations.node.entries() {
            let key = annotation.key.as_str();
            size += key.len() + annotation.node.as_str().map_or(0, str::len);
            // Capital letters are allowed in the prefix of an annotation, unlike in that of a label.
            let takes = Format::LabelKey.takes_text(key)
                || key.bytes().any(|byte| byte.is_ascii_uppercase()) && Format::LabelKey.takes_text(&key.to_ascii_lowercase());
            if !takes {
                self.key("annotation", annotation, strict);
            }
        }
        if size > ANNOTATIONS {
            let message = format!("the annotations have {size} bytes together, and may have {ANNOTATIONS}");
            self.push(Diagnostic::error(code::OUT_OF_RANGE, key_place(annotations), message).help("large data goes into a ConfigMap"));
        }
    }

    fn key(&mut self, what: &str, entry: &Entry, strict: bool) {
        let message = format!("`{}` cannot be the key of {} {what}", entry.key, if what.starts_with('a') { "an" } else { "a" });
        let form = "a name of at most 63 letters, digits, `-`, `_` and `.`, which may have a domain and one `/` before it";
        let problem = Diagnostic::error(code::BAD_NAME, key_place(entry), message).help(format!("a key is {form}"));
        self.push(Strictness::error_if(strict, problem));
    }

    fn finalizers(&mut self, finalizers: &[Node], strict: bool) {
        for finalizer in finalizers {
            let Some(name) = finalizer.as_str() else { continue };
            let is_own = FINALIZERS.contains(&name);
            if !(is_own || name.contains('/') && Format::LabelKey.takes_text(name)) {
                let message = format!("`{name}` is not a finalizer: its name must have a domain");
                let help = "for example `example.com/cleanup`";
                let problem = Diagnostic::error(code::BAD_NAME, finalizer.origin.author(), message).help(help);
                self.push(Strictness::error_if(strict, problem));
            }
        }
    }

    fn owners(&mut self, owners: &[Node]) {
        let mut controller: Option<&Node> = None;
        for owner in owners.iter().filter(|owner| owner.is_map()) {
            for field in ["apiVersion", "kind", "name", "uid"] {
                // What is absent is told by the judge of structure.
                if owner.field(field).and_then(Node::as_str) == Some("") {
                    let at = owner.field(field).map_or(owner.origin, |value| value.origin).author();
                    self.push(Diagnostic::error(code::MISSING_FIELD, at, format!("`{field}` of an owner must not be empty")));
                }
            }
            if owner.field("controller").and_then(Node::as_bool) == Some(true) {
                if let Some(first) = controller {
                    let message = "two owners are marked as the controller, and an object has one";
                    let problem = Diagnostic::error(code::DUPLICATE, owner.origin.author(), message);
                    self.push(problem.label(first.origin.author(), "the first one"));
                }
                controller = controller.or(Some(owner));
            }
        }
    }
}

/// The priority classes that Kubernetes makes itself.
const SYSTEM_PRIORITIES: [&str; 2] = ["system-cluster-critical", "system-node-critical"];
