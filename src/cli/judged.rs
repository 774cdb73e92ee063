//! How many objects the schemas of whom have judged: `check`, `render` and `validate` say so when they are done.

use std::collections::BTreeMap;

use crate::diag::Judged;
use crate::kubernetes::{KindSchema, KindSource, Schemas, Version};
use crate::tree::Node;

/// Counts of objects by who judged them; nobody comes last.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    known: BTreeMap<(KindSource, Option<Version>), usize>,
    unknown: usize,
}

impl Counts {
    /// Counts an object.
    pub fn add(&mut self, object: &Node, schemas: &Schemas) {
        match schemas.kind_of(object).map(KindSchema::source) {
            Some(source) => {
                let version = (source == KindSource::Kubernetes).then(|| schemas.version());
                *self.known.entry((source, version)).or_default() += 1;
            }
            None => self.unknown += 1,
        }
    }

    /// Takes the counts of others.
    pub fn absorb(&mut self, other: Counts) {
        for (key, count) in other.known {
            *self.known.entry(key).or_default() += count;
        }
        self.unknown += other.unknown;
    }

    /// The same for a report.
    pub fn judged(&self) -> Vec<Judged> {
        let by = |source: KindSource, version: Option<Version>| match source {
            KindSource::Kubernetes => format!("Kubernetes {}", version.unwrap_or(Version::NEWEST)),
            KindSource::Bundled(project) => format!("{project} (bundled)"),
            KindSource::Definition => "definitions that were given".to_owned(),
        };
        let known = self.known.iter().map(|((source, version), count)| Judged { by: Some(by(*source, *version)), count: *count });
        known.chain((self.unknown > 0).then_some(Judged { by: None, count: self.unknown })).collect()
    }

    /// How many objects somebody judged.
    pub fn total(&self) -> usize {
        self.known.values().sum()
    }

    /// Whether all are of Kubernetes' own kinds.
    pub fn are_plain(&self) -> bool {
        self.unknown == 0 && self.known.keys().all(|(source, _)| *source == KindSource::Kubernetes)
    }

    /// By whom, as a summary goes on: `: 10 by Kubernetes 1.37, 2 by flux (bundled); 1 is of an unknown kind and was not validated`
    pub fn by_whom(&self) -> String {
        let mut text = String::new();
        let judged = self.judged();
        let known: Vec<String> = judged.iter().filter_map(|judged| Some(format!("{} by {}", judged.count, judged.by.as_ref()?))).collect();
        if !known.is_empty() {
            text.push_str(&format!(": {}", known.join(", ")));
        }
        match self.unknown {
            0 => {}
            1 => text.push_str("; 1 is of an unknown kind and was not validated"),
            count => text.push_str(&format!("; {count} are of unknown kinds and were not validated")),
        }
        text
    }
}
