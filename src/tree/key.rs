//! Mapping keys, interned once per process: compared by number, copied for nothing.

use std::cell::RefCell;
use std::fmt;
use std::sync::{Mutex, OnceLock};

use rustc_hash::FxHashMap;

/// An interned mapping key.
#[derive(Copy, Clone, PartialEq, Eq, Hash)]
pub struct Key(u32);

/// How many strings the first chunk holds, as a power of two. Each further chunk holds as many as all before it.
const FIRST: u32 = 12;

/// Strings by number, in chunks that never move, so that reading needs no lock. They hold every number of 32 bits: documents are far too small
/// for that many keys, and memory would end before.
static STRINGS: [OnceLock<Box<[OnceLock<&'static str>]>>; (u32::BITS - FIRST + 1) as usize] =
    [const { OnceLock::new() }; (u32::BITS - FIRST + 1) as usize];
static NUMBERS: OnceLock<Mutex<FxHashMap<&'static str, u32>>> = OnceLock::new();

thread_local! {
    static SEEN: RefCell<FxHashMap<&'static str, u32>> = RefCell::default();
}

/// Where the string of a number is.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    chunk: usize,
    index: usize,
    /// How many strings the chunk holds.
    size: usize,
}

impl Place {
    fn of(number: u32) -> Place {
        // The numbers of one chunk have their highest bit in common.
        let highest = number.checked_ilog2().unwrap_or(0);
        if highest < FIRST {
            return Place { chunk: 0, index: number as usize, size: 1 << FIRST };
        }
        let size = 1 << highest;
        Place { chunk: (highest - FIRST + 1) as usize, index: number as usize - size, size }
    }
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
                let number = u32::try_from(numbers.len()).expect("sources have 2^31 bytes at most, and memory ends before 2^32 keys");
                let text: &'static str = Box::leak(text.into());
                let place = Place::of(number);
                let chunk = STRINGS[place.chunk].get_or_init(|| (0..place.size).map(|_| OnceLock::new()).collect());
                let _ = chunk[place.index].set(text);
                numbers.insert(text, number);
                (text, number)
            }
        };
        drop(numbers);
        SEEN.with_borrow_mut(|seen| seen.insert(text, number));
        Key(number)
    }

    /// The string.
    pub fn as_str(self) -> &'static str {
        let place = Place::of(self.0);
        let slot = STRINGS[place.chunk].get().and_then(|chunk| chunk[place.index].get());
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
    use super::{FIRST, Key, Place, STRINGS};

    #[test]
    fn every_number_has_a_place_of_its_own() {
        let first = 1 << FIRST;
        assert_eq!(Place::of(0), Place { chunk: 0, index: 0, size: first });
        let mut last = Place::of(0);
        for number in (1..5 * first as u32).chain((6..u32::BITS).map(|bit| 1 << bit)).chain([u32::MAX]) {
            let place = Place::of(number);
            assert!(place.index < place.size && place.chunk < STRINGS.len(), "{number}: {place:?}");
            if number < 5 * first as u32 && number > last.index as u32 && number as usize > first {
                assert_ne!(place, last);
            }
            last = place;
        }
        assert_eq!((Place::of(first as u32 - 1).chunk, Place::of(first as u32).chunk, Place::of(2 * first as u32).chunk), (0, 1, 2));
        assert_eq!(Place::of(u32::MAX).chunk, STRINGS.len() - 1);
    }

    #[test]
    fn equal_strings_are_one_key_on_every_thread() {
        let here: Vec<Key> = (0..5000).map(|i| Key::new(&format!("key-{i}"))).collect();
        let there = std::thread::spawn(|| (0..5000).rev().map(|i| Key::new(&format!("key-{i}"))).collect::<Vec<_>>());
        let there: Vec<Key> = there.join().unwrap().into_iter().rev().collect();
        assert_eq!(here, there);
        assert_eq!(here[4999].as_str(), "key-4999");
    }
}
