//! From units to objects.
