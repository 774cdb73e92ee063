//! The nearest known name to a misspelt one.

/// The known name that `name` was probably meant to be: at most a third of it differs, or only case and separators do.
pub fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |s: &str| s.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    let wanted = plain(name);
    let limit = (name.chars().count() / 3).max(1);
    known
        .into_iter()
        .filter(|candidate| *candidate != name)
        .filter_map(|candidate| {
            let distance = if plain(candidate) == wanted && !wanted.is_empty() { 0 } else { strsim::damerau_levenshtein(name, candidate) };
            (distance <= limit).then_some((distance, candidate))
        })
        // Ties go to the first in the alphabet, so that reports do not depend on the order of definition.
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        assert_eq!(did_you_mean("imgae", ["image", "images", "env"]), Some("image"));
        assert_eq!(did_you_mean("image-pull-policy", ["imagePullPolicy"]), Some("imagePullPolicy"));
        assert_eq!(did_you_mean("replicas", ["image"]), None);
        assert_eq!(did_you_mean("x", ["y"]), Some("y"));
    }
}
