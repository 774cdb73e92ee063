//! What `oam` wrote into a directory: which project owns it, and a hash of each file, so that a later run removes only its own
//! files and notices what somebody edited.

use std::collections::BTreeMap;
use std::fmt::Write;

use sha2::{Digest, Sha256};

/// The inventory's file name. It has no extension, since Flux and Argo CD would apply a `.yaml`.
pub const INVENTORY: &str = ".oam-inventory";

const HEADER: &str = "# Written by oam, which changes and removes only the files named here. Do not edit.";

/// The content of an inventory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Inventory {
    /// The project that owns the directory.
    pub project: String,
    /// Files by name.
    pub files: BTreeMap<String, Entry>,
}

/// One file of an inventory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    /// Hashes of the texts that it may have: one, or while a run is under way the old and the new one.
    pub hashes: Vec<String>,
    /// The object in it.
    pub object: String,
}

/// The hash of a file's text.
pub(super) fn hash(text: &[u8]) -> String {
    let digest = Sha256::digest(text);
    // 80 bits tell an edit from our own text; nobody is kept from forging one.
    digest.iter().take(10).fold(String::with_capacity(20), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

impl Inventory {
    /// The inventory in a text; `None` if it is not one.
    pub fn parse(text: &str) -> Option<Inventory> {
        let mut lines = text.lines().filter(|line| !line.starts_with('#'));
        let project = lines.next()?.strip_prefix("project ")?.to_owned();
        let mut files = BTreeMap::new();
        for line in lines {
            let mut words = line.split(' ');
            let (hashes, name, object) = (words.next()?, words.next()?, words.next()?);
            files.insert(name.to_owned(), Entry { hashes: hashes.split(',').map(str::to_owned).collect(), object: object.to_owned() });
        }
        Some(Inventory { project, files })
    }

    /// The text of the inventory.
    pub fn to_text(&self) -> String {
        let mut text = format!("{HEADER}\nproject {}\n", self.project);
        for (name, entry) in &self.files {
            let _ = writeln!(text, "{} {name} {}", entry.hashes.join(","), entry.object);
        }
        text
    }

    /// Both inventories together: what may be on disk while one becomes the other.
    pub fn with(&self, other: &Inventory) -> Inventory {
        let mut both = self.clone();
        for (name, entry) in &other.files {
            let merged = both.files.entry(name.clone()).or_insert_with(|| Entry { hashes: Vec::new(), object: entry.object.clone() });
            for hash in &entry.hashes {
                if !merged.hashes.contains(hash) {
                    merged.hashes.push(hash.clone());
                }
            }
        }
        both
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inventory_reads_what_it_writes() {
        let mut inventory = Inventory { project: "shop".into(), files: BTreeMap::new() };
        inventory.files.insert("a.yaml".into(), Entry { hashes: vec![hash(b"a"), hash(b"b")], object: "Service/a".into() });
        assert_eq!(Inventory::parse(&inventory.to_text()), Some(inventory));
        assert_eq!(Inventory::parse("apiVersion: v1\n"), None);
        assert_eq!(hash(b"").len(), 20);
    }
}
