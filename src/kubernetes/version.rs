//! Versions of Kubernetes, by their minor number.

use std::fmt;

/// A version of Kubernetes that this program knows.
#[derive(Copy, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Version(u8);

impl Version {
    /// The oldest one known.
    pub const OLDEST: Version = Version(30);
    /// The newest one known.
    pub const NEWEST: Version = Version(37);
    /// The one that holds where nobody says which: old enough that what it accepts runs on every supported cluster.
    pub const DEFAULT: Version = Version(34);

    /// `1.34`, `v1.34`, `1.34.2` or `v1.34.2+k3s1`; `None` if it is no version, or not one that is known.
    pub fn parse(text: &str) -> Option<Version> {
        let mut parts = text.strip_prefix('v').unwrap_or(text).splitn(3, '.');
        let (major, minor, patch) = (parts.next()?, parts.next()?, parts.next());
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if major != "1" || !digits(minor) || patch.is_some_and(|patch| !patch.starts_with(|c: char| c.is_ascii_digit())) {
            return None;
        }
        let minor = minor.parse().ok()?;
        (Version::OLDEST.0..=Version::NEWEST.0).contains(&minor).then_some(Version(minor))
    }

    /// The minor number: 34 of 1.34.
    pub fn minor(self) -> u8 {
        self.0
    }

    /// All known versions, oldest first.
    pub fn all() -> impl DoubleEndedIterator<Item = Version> + ExactSizeIterator {
        (Version::OLDEST.0..=Version::NEWEST.0).map(Version).collect::<Vec<_>>().into_iter()
    }

    /// Its place among the known versions, from 0.
    pub(super) const fn index(self) -> usize {
        (self.0 - Version::OLDEST.0) as usize
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn versions_are_read_as_people_and_servers_write_them() {
        for text in ["1.34", "v1.34", "1.34.2", "v1.34.2+k3s1"] {
            assert_eq!(Version::parse(text).map(|version| version.to_string()).as_deref(), Some("1.34"), "{text}");
        }
        for text in ["", "1", "1.", "2.34", "1.29", "1.38", "1.x", "1.34.", "1.34.x", "1.+34", " 1.34"] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
        assert_eq!(Version::all().len(), 8);
    }
}
