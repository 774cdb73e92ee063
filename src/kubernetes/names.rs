//! What the names of objects may look like: it differs from kind to kind.

use super::{KindSchema, Version};
use crate::shape::Format;

/// What the name of an object may look like.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum NameRule {
    /// A DNS name of at most so many characters.
    Name(usize),
    /// A DNS label.
    Label,
    /// A DNS label that begins with a letter.
    StrictLabel,
    /// Anything that can be a segment of a path.
    Segment,
}

impl NameRule {
    /// The rule of a kind.
    pub fn of(kind: &KindSchema, version: Version) -> NameRule {
        if kind.is_custom() {
            return NameRule::Name(253);
        }
        match (&*kind.group, &*kind.kind) {
            ("", "Namespace") => NameRule::Label,
            // Relaxed while it became a plain label; where nobody knows, it is not refused.
            ("", "Service") if version.minor() <= 34 => NameRule::StrictLabel,
            ("", "Service") => NameRule::Label,
            // They become host names of pods, as they stand.
            ("apps", "StatefulSet") => NameRule::Label,
            ("batch", "CronJob") => NameRule::Name(52),
            ("batch", "Job") | ("storage.k8s.io", "CSIDriver") => NameRule::Name(63),
            ("rbac.authorization.k8s.io", _) | ("apiregistration.k8s.io", _) => NameRule::Segment,
            // Nobody looks at it.
            ("policy", "PodDisruptionBudget") => NameRule::Segment,
            // Named by what they are about, such as `system:node:a` or `kube-scheduler%`.
            ("certificates.k8s.io", "CertificateSigningRequest") => NameRule::Name(253),
            ("certificates.k8s.io", _) | ("internal.apiserver.k8s.io", _) | ("networking.k8s.io", "IPAddress") => NameRule::Segment,
            _ => NameRule::Name(253),
        }
    }

    /// Whether a name breaks the rule.
    pub fn refuses(self, name: &str) -> bool {
        match self {
            NameRule::Name(most) => name.len() > most || !Format::DnsName.takes_text(name),
            NameRule::Label => !Format::DnsLabel.takes_text(name),
            NameRule::StrictLabel => !Format::DnsLabel.takes_text(name) || name.starts_with(|c: char| c.is_ascii_digit()),
            NameRule::Segment => name == "." || name == ".." || name.contains(['/', '%']),
        }
    }

    /// What a name must be, as messages say it after "must be".
    pub fn wanted(self) -> String {
        match self {
            NameRule::Name(253) => Format::DnsName.wanted().to_owned(),
            NameRule::Name(most) => format!("a DNS name (lower-case letters, digits, `-` and `.`) of at most {most} characters"),
            NameRule::Label => Format::DnsLabel.wanted().to_owned(),
            NameRule::StrictLabel => "a DNS label that begins with a letter (lower-case letters, digits and `-`, at most 63)".to_owned(),
            NameRule::Segment => "without `/` and `%`, and neither `.` nor `..`".to_owned(),
        }
    }

    /// The nearest name that keeps the rule, if there is one close by: names are never cut.
    pub fn mended(self, name: &str) -> Option<String> {
        let keeps = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.' && matches!(self, NameRule::Name(_));
        let near: String = match self {
            NameRule::Segment => name.replace(['/', '%'], ":"),
            _ => name.to_ascii_lowercase().chars().map(|c| if keeps(c) { c } else { '-' }).collect(),
        };
        let near = near.trim_matches(['-', '.']);
        (!near.is_empty() && !self.refuses(near)).then(|| near.to_owned())
    }
}

impl KindSchema {
    /// Whether its objects are questions to the server, never stored: they need no name.
    pub(super) fn is_question(&self) -> bool {
        self.kind.ends_with("Review")
    }

    /// Whether the names of its objects become host names of pods.
    pub(super) fn makes_pods(&self) -> bool {
        super::pod_path(&self.group, &self.kind).is_some() && self.kind != "PodTemplate"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_what_is_none() {
        for (rule, right, wrong) in [
            (NameRule::Name(253), "a.b-1", "A_b"),
            (NameRule::Name(52), "nightly", "a23456789012345678901234567890123456789012345678901234"),
            (NameRule::Label, "1a", "a.b"),
            (NameRule::StrictLabel, "a1", "1a"),
            (NameRule::Segment, "system:auth-delegator", "a/b"),
        ] {
            assert!(!rule.refuses(right), "{rule:?} {right}");
            assert!(rule.refuses(wrong), "{rule:?} {wrong}");
        }
        assert_eq!(NameRule::Label.mended("Orders_API.v1").as_deref(), Some("orders-api-v1"));
        assert_eq!(NameRule::Name(253).mended("_").as_deref(), None);
    }
}
