//! The comparison: every object of now with what it was.

use std::sync::{Arc, Mutex};

use super::before::{Before, Key, known, output, seen_of};
use super::composition::composition;
use super::marks::{self, Asking};
use super::{blame, joined};
use crate::cli::exit::Failure;
use crate::cli::opened::Opened;
use crate::cli::pipeline::{self, Tree, View};
use crate::cli::settings::Settings;
use crate::diag::Sink;
use crate::diff::{Fate, Pair};
use crate::kubernetes::{KindSchema, ObjectId};
use crate::lower::Object;
use crate::output::{self, Written, is_delivery, split_unit};
use crate::resolve::Filters;
use crate::source::{Pos, Role, Sources};
use crate::tree::{Entry, Key as Name, Node, read_yaml};
use crate::view::blame::{Lens, Spot};
use crate::view::diff::{Changed, Place, changed};
use crate::view::preview::{Composition, Line, lines};

/// An object that is not what it was, and its file.
#[derive(Debug)]
pub struct Change {
    /// What people are told.
    pub told: Changed,
    /// Who it is.
    pub id: ObjectId,
    /// The file, relative to the output directory.
    pub path: String,
    /// The component that it belongs to, where that is known.
    pub component: Option<Arc<str>>,
    /// The text of an object that is new or gone.
    pub(super) text: Option<String>,
    /// What is known of the lines of the old text and of the new one, where somebody wants it.
    pub lines: (Vec<Line>, Vec<Line>),
}

/// How much is kept of what differs.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Detail {
    /// The fields.
    Fields,
    /// Also both objects as text.
    Texts,
    /// Also who set each of their lines, and what the applications are made of.
    Lines,
}

/// Everything that was found.
#[derive(Debug, Default)]
pub struct Compared {
    /// Everything that was rendered for it.
    tree: Tree,
    /// What differs, in the order of the output.
    pub changes: Vec<Change>,
    /// What the applications that were rendered are made of, where somebody wants it.
    pub compositions: Vec<Composition>,
    /// What others see of the components of now.
    seen: Vec<String>,
}

impl Compared {
    /// Changes of which nothing more is known.
    pub(super) fn of(changes: Vec<Change>) -> Compared {
        Compared { changes, ..Compared::default() }
    }
}

/// The label of the component that an object belongs to.
pub(super) const COMPONENT: &str = "app.oam.dev/component";

/// What was cannot be rendered; its problems are in its sink.
#[derive(Debug)]
pub struct OldIsWrong;

/// Everything that differs, in the order of the output. Problems of the project are in its sink; where there are errors the result is of no use.
/// `whole`: all applications are rendered, also those that cannot have changed.
///
/// # Errors
/// When what was cannot be read.
pub fn compare(
    opened: &Opened,
    before: &mut Before,
    filters: &Filters,
    detail: Detail,
    whole: bool,
    settings: &Settings,
) -> Result<Result<Compared, OldIsWrong>, Failure> {
    if before.is_environment() {
        // Namespaces of both environments must be known before one object of the one is looked for in the other.
        let met = Mutex::new(&mut *before);
        pipeline::each(opened, filters, settings, false, |view| met.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).meet(&view));
        opened.sink.take();
    }
    let told_before = opened.sink.take().diagnostics;
    let mut again = false;
    loop {
        told_before.iter().for_each(|problem| opened.sink.push(problem.clone()));
        let narrow = match before.prepare(filters, again || whole, settings) {
            Ok(narrow) => narrow,
            Err(_) => return Ok(Err(OldIsWrong)),
        };
        let mut compared = once(opened, before, &narrow, detail, settings)?;
        if opened.sink.has_errors() || narrow.applications == filters.applications || before.is_enough(&compared.seen) {
            if !opened.sink.has_errors() {
                blame::explain(opened, before, &mut compared.changes, filters, settings);
            }
            return Ok(Ok(compared));
        }
        opened.sink.take();
        again = true;
    }
}

/// All that is rendered, and everything of it that differs from a tree that holds the output of the project.
///
/// # Errors
/// When the tree cannot be read.
pub fn rendered(
    opened: &Opened,
    tree: Box<dyn Written + Send>,
    project: &str,
    filters: &Filters,
    settings: &Settings,
) -> Result<(Tree, Compared), Failure> {
    let before = output(tree, project.to_owned());
    let mut compared = once(opened, &before, filters, Detail::Texts, settings)?;
    if !opened.sink.has_errors() {
        blame::explain(opened, &before, &mut compared.changes, filters, settings);
    }
    Ok((std::mem::take(&mut compared.tree), compared))
}

fn once(opened: &Opened, before: &Before, filters: &Filters, detail: Detail, settings: &Settings) -> Result<Compared, Failure> {
    let known = opened.loaded.workspace.as_ref().and_then(|workspace| known(filters, workspace));
    let (tree, compared) = match &known {
        Some(known) => pipeline::visited(opened, known, settings, false, |view, unit| {
            let composition = if detail == Detail::Lines { composition(view) } else { None };
            Ok::<_, Failure>((of_unit(view, unit, before, detail, opened)?, seen_of(view), composition))
        }),
        None => Default::default(),
    };
    let (mut visited, mut changes, mut seen, mut compositions) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for unit in compared {
        let ((keys, found), members, composition) = unit?;
        compositions.extend(composition);
        visited.extend(keys);
        changes.extend(found);
        seen.extend(members);
    }
    let units: Vec<String> = tree.units.iter().map(|unit| unit.directory.clone()).collect();
    let complete = tree.complete(opened, filters);
    for (directory, text) in before.gone(&visited, &units, complete)? {
        changes.extend(removed(&directory, text, detail));
    }
    joined::moved(&mut changes);
    joined::renamed(&mut changes);
    for change in &mut changes {
        let workspace = opened.loaded.workspace.as_ref();
        if let Some(mark) = workspace.and_then(|workspace| marks::of_target(&change.told.place.target, workspace)) {
            change.told.mark(mark);
        }
    }
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Compared { tree, changes, compositions, seen })
}

type OfUnit = Result<(Vec<Key>, Vec<Change>), Failure>;

fn of_unit(view: &View<'_>, unit: &output::Unit, before: &Before, detail: Detail, opened: &Opened) -> OfUnit {
    let mut keys = Vec::with_capacity(unit.files.len());
    let mut changes = Vec::new();
    // What brings one environment to its clusters is not what brings another one.
    if before.is_environment() && is_delivery(&view.directory) {
        return Ok((keys, changes));
    }
    for object in &view.lowered.objects {
        let name = view.file_name(object);
        let key = before.key(view, object);
        let file = unit.files.iter().find(|file| file.name == name);
        if let Some(file) = file
            && !before.holds(&key, &file.text)?
        {
            let old = before.text(&key)?;
            changes.extend(of_object(view, object, file, old, before, detail, opened));
        }
        keys.push(key);
    }
    Ok((keys, changes))
}

fn of_object(
    view: &View<'_>,
    object: &Object,
    file: &output::File,
    old: Option<String>,
    before: &Before,
    detail: Detail,
    opened: &Opened,
) -> Option<Change> {
    let lens =
        Lens { log: &view.lowered.log, sources: opened.sources(), prefix: &opened.located.prefix, owner: object.component.as_deref() };
    let mut old_node = old.as_deref().and_then(parsed);
    if let Some(old) = old_node.as_mut().filter(|_| before.is_environment()) {
        // That the namespaces of two environments have two names is no change.
        adopt_namespace(old, &object.node);
    }
    let (target, application) = split_unit(&view.directory);
    let place = Place {
        target: target.to_owned(),
        application: application.to_owned(),
        object: name_of(&object.id),
        moved_from: None,
        renamed: None,
    };
    let schema = view.schemas().kind(&object.id.api_version(), &object.id.kind);
    let pair = Pair { id: &object.id, old: old_node.as_ref(), new: Some(&object.node) };
    let mut told = changed(&pair, schema, place, None, Some(lens))?;
    if told.fate == Fate::Added {
        told.spots = Spot::of(view.asked_at(object), lens.sources, lens.prefix).into_iter().collect();
    }
    let asking = Asking::of(view, object);
    let marks = match told.fate {
        Fate::Added => asking.marks(&object.node, lens.log),
        _ => told
            .fields
            .iter()
            .filter(|field| field.new.is_some())
            .filter_map(|field| blame::find(&object.node, &field.path))
            .flat_map(|node| asking.marks(node, lens.log))
            .collect(),
    };
    marks.iter().for_each(|mark| told.mark(mark));
    let text = (told.fate == Fate::Added).then(|| file.text.clone());
    let lines = keep(&mut told, (old_node.as_ref(), Some(&object.node)), Some(lens), detail);
    let path = format!("{}/{}", view.directory, file.name);
    Some(Change { told, id: object.id.clone(), path, component: object.component.clone(), text, lines })
}

/// An object of a text; `None` if it is none any more.
pub(super) fn parsed(text: &str) -> Option<Node> {
    let file = Sources::new().add("", text.to_owned(), Role::BuiltIn).ok()?;
    let sink = Sink::new();
    let root = read_yaml(&file, &sink).pop()?.root;
    (!sink.has_errors() && root.is_map()).then_some(root)
}

fn adopt_namespace(old: &mut Node, new: &Node) {
    let (metadata, namespace) = (Name::new("metadata"), Name::new("namespace"));
    let Some(own) = new.get(metadata).and_then(|node| node.entry(namespace)).cloned() else { return };
    let Some(entries) = old.entries_mut() else { return };
    if let Some(Entry { node, .. }) = entries.iter_mut().find(|entry| entry.key == metadata)
        && node.get(namespace).is_some()
    {
        node.set(namespace, Pos::NOWHERE, own.node);
    }
}

/// Keeps both objects as text, as they may be shown, and what is known of their lines, as far as somebody wants it.
pub(super) fn keep(
    told: &mut Changed,
    sides: (Option<&Node>, Option<&Node>),
    lens: Option<Lens>,
    detail: Detail,
) -> (Vec<Line>, Vec<Line>) {
    if detail == Detail::Fields {
        return Default::default();
    }
    let of = |side: Option<&Node>, lens| side.map(|node| lines(node, lens)).unwrap_or_default();
    let ((old, of_old), (new, of_new)) = (of(sides.0, None), of(sides.1, lens));
    told.texts = Some((old, new));
    if detail == Detail::Lines { (of_old, of_new) } else { Default::default() }
}

/// `shop/orders`
pub(super) fn name_of(id: &ObjectId) -> String {
    match &id.namespace {
        Some(namespace) => format!("{namespace}/{}", id.name),
        None => id.name.clone(),
    }
}

/// An object that is gone.
fn removed(directory: &str, text: String, detail: Detail) -> Option<Change> {
    let node = parsed(&text)?;
    let id = ObjectId::of(&node)?;
    let (target, application) = split_unit(directory);
    let place =
        Place { target: target.to_owned(), application: application.to_owned(), object: name_of(&id), moved_from: None, renamed: None };
    let mut told = changed(&Pair { id: &id, old: Some(&node), new: None }, None::<&KindSchema>, place, None, None)?;
    let lines = keep(&mut told, (Some(&node), None), None, detail);
    let path = format!("{directory}/{}-{}.yaml", id.kind.to_lowercase(), id.name);
    let component = node.at(&["metadata", "labels", COMPONENT]).and_then(Node::as_str).map(Arc::from);
    Some(Change { told, id, path, component, text: Some(text), lines })
}
