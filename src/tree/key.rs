//! Mapping keys, interned once per process: compared by number, copied for nothing.

use std::cell::RefCell;
use std::fmt;
use std::sync::{Mutex, OnceLock};

use rustc_hash::FxHashMap;

/// An interned mapping key.
#[derive(Copy, Clone, PartialEq, Eq, Hash)]
pub struct Key(u32);

const CHUNK: usize = 4096;
const CHUNKS: usize = 4096;

/// Strings by number, in chunks that never move, so that reading needs no lock.
static STRINGS: [OnceLock<Box<[OnceLock<&'static str>]>>; CHUNKS] = [const { OnceLock::new() }; CHUNKS];
static NUMBERS: OnceLock<Mutex<FxHashMap<&'static str, u32>>> = OnceLock::new();

thread_local! {
    static SEEN: RefCell<FxHashMap<&'static str, u32>> = RefCell::default();
}

impl Key {
    /// The key of a string. Keys live as long as the process: documents repeat few keys often.
    pub fn new(text: &str) -> Key {
        if let Some(number) = SEEN.with_borrow(|seen| seen.get(text).copied()) {
            return Key(number);
        }
        let mut numbers = NUMBERS.get_or_init(Mutex::default).lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let (text, number) = match numbers.get_key_value(text) {
            Some((text, number)) => (*text, *number),
            None => {
                let number = numbers.len();
                assert!(number < CHUNK * CHUNKS, "more than {} distinct mapping keys", CHUNK * CHUNKS);
                let text: &'static str = Box::leak(text.into());
                let chunk = STRINGS[number / CHUNK].get_or_init(|| (0..CHUNK).map(|_| OnceLock::new()).collect());
                let _ = chunk[number % CHUNK].set(text);
                numbers.insert(text, number as u32);
                (text, number as u32)
            }
        };
        drop(numbers);
        SEEN.with_borrow_mut(|seen| seen.insert(text, number));
        Key(number)
    }

    /// The string.
    pub fn as_str(self) -> &'static str {
        let slot = STRINGS[self.0 as usize / CHUNK].get().and_then(|chunk| chunk[self.0 as usize % CHUNK].get());
        slot.expect("a key is made by `Key::new`, which stores its string first")
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Key;

    #[test]
    fn equal_strings_are_one_key_on_every_thread() {
        let here: Vec<Key> = (0..5000).map(|i| Key::new(&format!("key-{i}"))).collect();
        let there = std::thread::spawn(|| (0..5000).rev().map(|i| Key::new(&format!("key-{i}"))).collect::<Vec<_>>());
        let there: Vec<Key> = there.join().unwrap().into_iter().rev().collect();
        assert_eq!(here, there);
        assert_eq!(here[4999].as_str(), "key-4999");
    }
}
