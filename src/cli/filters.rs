//! `--env`, `--cluster`, `--app`: one that matches nothing is wrong use of the command line.

use super::args::Filter;
use super::exit::Failure;
use super::opened::Opened;
use crate::diag::did_you_mean;
use crate::model::glob_matches;
use crate::resolve::Filters;

/// The filters as typed; `environments` are those given as plain arguments.
///
/// # Errors
/// When one matches nothing.
pub fn filters(filter: &Filter, environments: &[String], opened: &Opened) -> Result<Filters, Failure> {
    let environments = filter.environments.iter().chain(environments).cloned().collect();
    let filters = Filters { applications: filter.applications.clone(), environments, clusters: filter.clusters.clone() };
    // Of a project that could not be read, the problems are told first.
    if let Some(workspace) = &opened.loaded.workspace {
        check("application", &filters.applications, &names(workspace.applications.iter().map(|application| &*application.name.value)))?;
        let places = workspace.applications.iter().filter_map(|application| application.place.as_ref());
        let rendered = workspace.environments.iter().filter(|environment| !environment.template).chain(places);
        let known = rendered.map(|environment| &*environment.meta.name.value).filter(|name| !name.is_empty());
        let is_template = |pattern: &&String| workspace.environment(pattern).is_some_and(|environment| environment.template);
        if let Some(template) = filters.environments.iter().find(is_template) {
            let failure = Failure::usage(format!("`{template}` is a template, and no environment by itself"));
            return Err(failure.help("`--instance NAME` makes one after it, as `--instance pr-123`"));
        }
        check("environment", &filters.environments, &names(known))?;
        check("cluster", &filters.clusters, &names(workspace.clusters.iter().map(|cluster| &*cluster.meta.name.value)))?;
    }
    Ok(filters)
}

fn names<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names
}

fn check(what: &str, patterns: &[String], known: &[&str]) -> Result<(), Failure> {
    for pattern in patterns {
        if !known.iter().any(|name| glob_matches(pattern, name)) {
            let failure = Failure::usage(format!("no {what} is called `{pattern}`"));
            return Err(match did_you_mean(pattern, known.iter().copied()) {
                Some(best) => failure.help(format!("did you mean `{best}`?")),
                None if known.is_empty() => failure.help(format!("the project has no {what}s")),
                None => failure.help(format!("there are: {}", known.join(", "))),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_that_matches_nothing_is_an_error_with_the_nearest_name() {
        let owned = |names: &[&str]| names.iter().map(|name| name.to_string()).collect::<Vec<_>>();
        assert!(check("environment", &owned(&["pr*", "dev"]), &["dev", "prod"]).is_ok());
        let failure = |pattern: &str, known: &[&str]| match check("environment", &owned(&[pattern]), known) {
            Err(failure) => failure.parts().1.map(str::to_owned),
            Ok(()) => None,
        };
        assert_eq!(failure("prdo", &["dev", "prod"]).as_deref(), Some("did you mean `prod`?"));
        assert_eq!(failure("canary", &["dev", "prod"]).as_deref(), Some("there are: dev, prod"));
        assert_eq!(failure("eu", &[]).as_deref(), Some("the project has no environments"));
    }
}
