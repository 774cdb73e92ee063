//! `--env`, `--cluster`, `--app`: globs over names; one that matches nothing is an error.

use globset::{GlobBuilder, GlobMatcher};

use super::args::Filter;
use super::exit::Failure;
use crate::diag::did_you_mean;

/// Which units a command is about.
#[derive(Debug, Default)]
pub struct Filters {
    environments: Globs,
    clusters: Globs,
    applications: Globs,
}

/// Names that may be globs; none: all names match.
#[derive(Debug, Default)]
struct Globs(Vec<(String, GlobMatcher)>);

impl Globs {
    fn new(patterns: &[String]) -> Result<Globs, Failure> {
        let compile = |pattern: &String| match GlobBuilder::new(pattern).literal_separator(true).build() {
            Ok(glob) => Ok((pattern.clone(), glob.compile_matcher())),
            Err(error) => Err(Failure::usage(format!("`{pattern}` is not a glob: {}", error.kind()))),
        };
        patterns.iter().map(compile).collect::<Result<_, _>>().map(Globs)
    }

    fn matches(&self, name: &str) -> bool {
        self.0.is_empty() || self.0.iter().any(|(_, glob)| glob.is_match(name))
    }

    fn check(&self, what: &str, known: &[&str]) -> Result<(), Failure> {
        for (pattern, glob) in &self.0 {
            if !known.iter().any(|name| glob.is_match(name)) {
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
}

/// The names that filters can choose from, each sorted and distinct.
#[derive(Debug, Default)]
pub struct Names<'a> {
    /// Environments.
    pub environments: Vec<&'a str>,
    /// Clusters.
    pub clusters: Vec<&'a str>,
    /// Applications.
    pub applications: Vec<&'a str>,
}

impl Filters {
    /// The filters as typed; `environments` are those given as plain arguments.
    ///
    /// # Errors
    /// When one is not a glob.
    pub fn new(filter: &Filter, environments: &[String]) -> Result<Filters, Failure> {
        let environments: Vec<String> = filter.environments.iter().chain(environments).cloned().collect();
        Ok(Filters {
            environments: Globs::new(&environments)?,
            clusters: Globs::new(&filter.clusters)?,
            applications: Globs::new(&filter.applications)?,
        })
    }

    /// Whether every filter matches something.
    ///
    /// # Errors
    /// When one matches nothing.
    pub fn check(&self, names: &Names) -> Result<(), Failure> {
        self.environments.check("environment", &names.environments)?;
        self.clusters.check("cluster", &names.clusters)?;
        self.applications.check("application", &names.applications)
    }

    /// Whether a unit is meant.
    pub fn unit(&self, application: &str, environment: &str, cluster: Option<&str>) -> bool {
        self.applications.matches(application)
            && self.environments.matches(environment)
            && match cluster {
                Some(cluster) => self.clusters.matches(cluster),
                // An environment without clusters is not on any of those that were asked for.
                None => self.clusters.0.is_empty(),
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filters(environments: &[&str], clusters: &[&str]) -> Filters {
        let owned = |names: &[&str]| names.iter().map(|name| name.to_string()).collect::<Vec<_>>();
        let filter = Filter { environments: vec![], clusters: owned(clusters), applications: vec![] };
        Filters::new(&filter, &owned(environments)).unwrap()
    }

    #[test]
    fn globs_choose_units() {
        let filters = filters(&["prod-*", "dev"], &["eu-?"]);
        assert!(filters.unit("a", "prod-1", Some("eu-1")));
        assert!(!filters.unit("a", "prod", Some("eu-1")) && !filters.unit("a", "dev", Some("us-1")));
        assert!(!filters.unit("a", "dev", None), "no cluster at all is not eu-?");
        assert!(Filters::default().unit("a", "x", None) && Filters::default().unit("a", "x", Some("y")));
    }

    #[test]
    fn a_filter_that_matches_nothing_is_an_error_with_the_nearest_name() {
        let names = Names { environments: vec!["dev", "prod"], ..Names::default() };
        assert!(filters(&["pr*"], &[]).check(&names).is_ok());
        let failure = filters(&["dev", "prdo"], &[]).check(&names).unwrap_err();
        assert_eq!(failure.parts(), ("no environment is called `prdo`", Some("did you mean `prod`?")));
        let failure = filters(&["canary"], &[]).check(&names).unwrap_err();
        assert_eq!(failure.parts().1, Some("there are: dev, prod"));
        let failure = filters(&[], &["eu"]).check(&names).unwrap_err();
        assert_eq!(failure.parts().1, Some("the project has no clusters"));
    }
}
