//! Ids of objects, computed as git computes them: whether a text is the one of a commit is known without reading that.

use std::fmt::Write;

use sha1::Sha1;
use sha2::{Digest, Sha256};

/// What a repository's ids are made of.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Format {
    /// As nearly everywhere.
    Sha1,
    /// As `git init --object-format=sha256` has it.
    Sha256,
}

impl Format {
    /// The format of a name, as git says it.
    pub(super) fn named(name: &str) -> Format {
        if name.trim() == "sha256" { Format::Sha256 } else { Format::Sha1 }
    }

    /// The id of a file's text.
    pub fn blob(self, text: &[u8]) -> String {
        let head = format!("blob {}\0", text.len());
        match self {
            Format::Sha1 => hex(&Sha1::new().chain_update(head).chain_update(text).finalize()),
            Format::Sha256 => hex(&Sha256::new().chain_update(head).chain_update(text).finalize()),
        }
    }

    /// The id of nothing.
    pub(super) fn none(self) -> &'static str {
        let zeros = "0000000000000000000000000000000000000000000000000000000000000000";
        match self {
            Format::Sha1 => &zeros[..40],
            Format::Sha256 => zeros,
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_git() {
        assert_eq!(Format::Sha1.blob(b""), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
        assert_eq!(Format::Sha1.blob(b"hello\n"), "ce013625030ba8dba906f756967f9e9ca394464a");
        assert_eq!(Format::Sha256.blob(b""), "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813");
    }
}
