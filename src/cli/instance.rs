//! An environment that is a pattern, as one short-lived environment: `--instance pr-123`.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::args::Filter;
use super::exit::Failure;
use super::opened::Opened;
use super::pipeline::{self, View};
use super::releases::{Pin, parse_pin, unused, used};
use super::settings::Settings;
use crate::diag::{Diagnostic, code};
use crate::lower::Object;
use crate::model::{Environment, ImagePin, Instance, Meta, Name, Release, Spanned, Workspace};
use crate::resolve::{Filters, Image};
use crate::source::{Pos, Role};
use crate::tree::Node;
use crate::view::diagnostics::plain;

/// How what a command line says is called where it sets something.
const SOURCE: &str = "(command line)";

/// Which short-lived environment is meant.
#[derive(clap::Args, Debug, Default, Clone)]
#[command(next_help_heading = "Environments that are templates")]
pub struct Asked {
    /// One environment after the pattern of the one that is named, as `--env preview --instance pr-123`
    #[arg(long, value_name = "NAME")]
    pub instance: Option<String>,
    /// Run this version of an image in it: REPO=TAG, REPO=TAG@DIGEST or REPO@DIGEST (repeatable)
    #[arg(long = "pin", value_name = "IMAGE", requires = "instance")]
    pub pins: Vec<String>,
}

/// `preview-pr-123`, as directories and placeholders call it.
fn full_name(template: &str, instance: &str) -> String {
    format!("{template}-{instance}")
}

impl Asked {
    /// The template and the name of the environment that is meant, where an instance is asked for: exactly one template must be named.
    ///
    /// # Errors
    /// When the names do not fit.
    pub fn name(&self, filter: &Filter, named: &[String], workspace: &Workspace) -> Result<Option<(String, String)>, Failure> {
        let Some(instance) = &self.instance else { return Ok(None) };
        let names: Vec<&String> = filter.environments.iter().chain(named).collect();
        let templates = workspace.environments.iter().filter(|environment| environment.template);
        let templates: Vec<&str> = templates.map(|environment| &*environment.meta.name.value).collect();
        let [template] = names.as_slice() else {
            let known = match templates.as_slice() {
                [] => "an Environment with `template: true` is one".to_owned(),
                known => format!("there are: {}", known.join(", ")),
            };
            return Err(
                Failure::usage("`--instance` wants one environment that is a template").help(format!("name it by `--env`; {known}"))
            );
        };
        let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let fits = |c: char| letter(c) || c == '-';
        if !instance.chars().all(fits) || !instance.starts_with(letter) || !instance.ends_with(letter) {
            let way: String = instance.to_lowercase().chars().map(|c| if fits(c) { c } else { '-' }).collect();
            let names = "a name has lower-case letters, digits and `-`, and begins and ends with a letter or digit";
            let help = match way.trim_matches('-') {
                "" => names.to_owned(),
                way => format!("{names}, as `{way}`"),
            };
            return Err(Failure::usage(format!("an instance cannot be called `{}`", plain(instance))).help(help));
        }
        let full = full_name(template, instance);
        if full.len() > 63 {
            return Err(Failure::usage(format!("`{full}` has {} characters, and names have at most 63", full.len())));
        }
        if workspace.environment(&full).is_some() {
            let failure = Failure::usage(format!("`{full}` is an environment of the project, and cannot be an instance of `{template}`"));
            return Err(failure.help("choose another name"));
        }
        Ok(Some(((*template).clone(), full)))
    }

    /// Adds the instance that is asked for to the project, and narrows the filters to it. Nothing happens where none is.
    ///
    /// # Errors
    /// When the names do not fit, or a pin is for an image that nothing uses.
    pub fn enter(&self, opened: &mut Opened, filter: &mut Filter, named: &mut Vec<String>, settings: &Settings) -> Result<(), Failure> {
        let Some(workspace) = &opened.loaded.workspace else { return Ok(()) };
        let (Some((template, full)), Some(instance)) = (self.name(filter, named, workspace)?, &self.instance) else { return Ok(()) };
        match workspace.environment(&template) {
            Some(environment) if environment.template => {}
            Some(_) => {
                let failure = Failure::usage(format!("`{template}` is no template, and has no instances"));
                return Err(failure.help("an Environment with `template: true` is one"));
            }
            None => return Err(Failure::usage(format!("no environment is called `{}`", plain(&template)))),
        }
        let pins: Vec<Pin> = self.pins.iter().map(|text| parse_pin(text)).collect::<Result<_, _>>()?;
        add(opened, &template, instance);
        opened.instance = Some(full.clone());
        filter.environments = vec![full.clone()];
        named.clear();
        if !pins.is_empty() {
            self.pin(opened, &full, &pins, settings)?;
        }
        self.apart(opened, &template, &full, filter, settings);
        Ok(())
    }

    /// Gives the applications that use an image its pin.
    fn pin(&self, opened: &mut Opened, full: &str, pins: &[Pin], settings: &Settings) -> Result<(), Failure> {
        let meant = Filters { environments: vec![full.to_owned()], ..Filters::default() };
        // What is told is told again when the pins are there, if it still holds.
        let before = opened.sink.take().diagnostics;
        let images = used(opened, &meant, settings);
        opened.sink.take();
        before.into_iter().for_each(|problem| opened.sink.push(problem));
        for pin in pins {
            if !images.iter().any(|used| Image::parse(&used.image).repository == pin.repository) {
                return Err(unused(pin, None, &images, &meant));
            }
        }
        let places: Vec<Pos> = self.pins.iter().map(|text| said(opened, &format!("--pin {text}"))).collect();
        let Some(workspace) = &mut opened.loaded.workspace else { return Ok(()) };
        for application in &mut workspace.applications {
            let uses = |pin: &Pin| {
                let mut own = images.iter().filter(|used| *used.application == *application.name.value);
                own.any(|used| Image::parse(&used.image).repository == pin.repository)
            };
            let images: Vec<ImagePin> =
                pins.iter().zip(&places).filter(|(pin, _)| uses(pin)).map(|(pin, at)| image_pin(pin, *at)).collect();
            let Some(first) = images.first() else { continue };
            let name: Name = Spanned::new(full.into(), first.at);
            let folder = application.folder.clone();
            let meta = Meta { name: name.clone(), labels: Vec::new(), annotations: Vec::new(), at: first.at, folder, import: None };
            let release = Release { meta, environment: name, cluster: None, revision: None, images };
            application.revised.iter_mut().for_each(|state| state.documents.releases.push(release.clone()));
            application.releases.push(release);
        }
        Ok(())
    }

    /// Tells what an instance has in common with others on its cluster: objects, hosts. It is judged beside another instance and all environments.
    fn apart(&self, opened: &mut Opened, template: &str, full: &str, filter: &Filter, settings: &Settings) {
        let twin = if self.instance.as_deref() == Some("other") { "another" } else { "other" };
        let (own, workspace) = (std::mem::take(&mut opened.sink), opened.loaded.workspace.clone());
        let other = add(opened, template, twin);
        let meant = Filters { applications: filter.applications.clone(), ..Filters::default() };
        let (_, hosts) =
            pipeline::visited(opened, &meant, settings, false, |view, _| (view.directory.clone(), view.cluster(), hosts_of(view)));
        let scratch = std::mem::replace(&mut opened.sink, own);
        opened.loaded.workspace = workspace;
        for problem in scratch.take().diagnostics.into_iter().filter(|problem| problem.code == code::NAME_CLASH) {
            let is_of = |environment: &str| {
                let named = problem.message.split('`').filter(|part| part.split('/').nth(1) == Some(environment)).count();
                named > 0 || problem.units.iter().any(|unit| unit.split('/').nth(1) == Some(environment))
            };
            let Some((objects, _)) = problem.message.split_once(" rendered by ").filter(|_| is_of(full)) else { continue };
            if is_of(&other) {
                let told = Diagnostic::error(code::NAME_CLASH, problem.at, format!("{objects} the same in all instances of `{template}`"));
                opened.sink.push(told.help("let its name or namespace follow, by `{{ environment }}` or `{{ instance }}`"));
            } else {
                opened.sink.push(problem);
            }
        }
        let of = |environment: &str| -> Vec<(Arc<str>, String, Pos)> {
            let here = hosts.iter().filter(|(directory, ..)| directory.split('/').next() == Some(environment));
            here.flat_map(|(_, cluster, hosts)| hosts.iter().map(|(host, at)| (cluster.clone(), host.clone(), *at))).collect()
        };
        let taken: BTreeSet<(Arc<str>, String)> = of(&other).into_iter().map(|(cluster, host, _)| (cluster, host)).collect();
        for (cluster, host, place) in of(full) {
            let message = format!("`{host}` leads to all instances of `{template}`");
            if taken.contains(&(cluster, host)) {
                let told = Diagnostic::error(code::NAME_CLASH, place, message);
                opened.sink.push(told.help("let the host follow: facts of a template may hold `{{ environment }}` and `{{ instance }}`"));
            }
        }
    }
}

/// A place that stands for what the command line says.
fn said(opened: &mut Opened, text: &str) -> Pos {
    let sources = Arc::make_mut(&mut opened.loaded.sources);
    sources.add(SOURCE, text.to_owned(), Role::AppOperator).map_or(Pos::NOWHERE, |file| file.pos(0))
}

/// Adds an instance to the project; its name.
fn add(opened: &mut Opened, template: &str, instance: &str) -> String {
    let full = full_name(template, instance);
    let at = said(opened, &format!("--instance {instance}"));
    let Some(workspace) = &mut opened.loaded.workspace else { return full };
    let Some(pattern) = workspace.environment(template) else { return full };
    let name = |text: &str| Spanned::new(Arc::from(text), at);
    let environment = Environment {
        meta: Meta { name: name(&full), ..pattern.meta.clone() },
        template: false,
        instance: Some(Instance { of: pattern.meta.name.clone(), name: name(instance) }),
        ..(**pattern).clone()
    };
    workspace.environments.push(Arc::new(environment));
    workspace.environments.sort_by(|a, b| a.meta.name.value.cmp(&b.meta.name.value));
    full
}

fn image_pin(pin: &Pin, at: Pos) -> ImagePin {
    let name = |text: &String| Spanned::new(Arc::from(text.as_str()), at);
    let (tag, digest) = (pin.tag.as_ref().map(name), pin.digest.as_ref().map(name));
    ImagePin { repository: name(&pin.repository), components: Vec::new(), tag, digest, at }
}

/// Hosts with paths that lead to objects of a unit, and who says so.
fn hosts_of(view: &View<'_>) -> Vec<(String, Pos)> {
    view.lowered.objects.iter().flat_map(hosts).collect()
}

fn hosts(object: &Object) -> Vec<(String, Pos)> {
    let Some(spec) = object.node.field("spec") else { return Vec::new() };
    let items = |node: &Node, path: &[&str]| node.at(path).map(Node::items).unwrap_or_default().to_vec();
    let text = |node: &Node, path: &[&str]| node.at(path).and_then(Node::as_str).unwrap_or_default().to_owned();
    let mut found = Vec::new();
    match &*object.id.kind {
        "Ingress" => {
            for rule in items(spec, &["rules"]) {
                let host = rule.field("host");
                let (name, at) = (host.and_then(Node::as_str).unwrap_or("*"), host.unwrap_or(&rule).origin.author());
                found.extend(items(&rule, &["http", "paths"]).iter().map(|path| (format!("{name}{}", text(path, &["path"])), at)));
            }
        }
        "HTTPRoute" | "GRPCRoute" | "TLSRoute" => {
            let matches: Vec<Node> = items(spec, &["rules"]).iter().flat_map(|rule| items(rule, &["matches"])).collect();
            let mut paths: Vec<String> = matches.iter().map(|one| text(one, &["path", "value"])).collect();
            if paths.is_empty() {
                paths.push("/".to_owned());
            }
            for host in items(spec, &["hostnames"]) {
                let name = host.as_str().unwrap_or_default();
                found.extend(paths.iter().map(|path| (format!("{name}{path}"), host.origin.author())));
            }
        }
        _ => {}
    }
    found
}
