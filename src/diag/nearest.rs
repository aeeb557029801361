//! Finds the word that a typing error was meant to be.

/// No known word is nearly as long, and a comparison takes the product of both lengths.
const LONGEST: usize = 200;

/// The known word nearest to `word`, if one is near enough to have been meant.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > LONGEST {
        return None;
    }
    let word = word.to_lowercase();
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| {
            let letters = candidate.chars().count();
            *distance <= 1 + letters / 4 && 2 * *distance <= letters
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn nearest_finds_slips_and_nothing_else() {
        assert_eq!(nearest("endpoitns", ["endpoints", "members"]), Some("endpoints"));
        assert_eq!(nearest("podCidrs", ["podCIDRs", "nodes"]), Some("podCIDRs"));
        assert_eq!(nearest("banana", ["endpoints", "members"]), None);
        assert_eq!(nearest("z", ["a", "b"]), None, "a single letter is not similar to another");
    }
}
