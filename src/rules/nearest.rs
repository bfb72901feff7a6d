//! "Did you mean": the known name that a mistyped one is nearest to.

/// The candidate nearest to `name`, when it is near enough to have been meant: at most a third of the
/// letters differ, or two swapped.
#[must_use]
pub fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let letters = name.chars().count();
    let allowed = (letters / 3).max(if letters < 4 { 1 } else { 2 });
    candidates
        .into_iter()
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Letters to insert, remove or replace to make one text of the other (Levenshtein 1966).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for (to, pair) in b.iter().zip(row.windows(2)) {
            if let [diagonal, above] = *pair {
                let left = next.last().copied().unwrap_or(i + 1);
                next.push((diagonal + usize::from(from != *to)).min(above + 1).min(left + 1));
            }
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_meant() {
        let names = ["site.coast_m", "site.elevation_m", "exposure.p_34kt", "exposure.p_50kt"];
        assert_eq!(nearest("site.coast_km", names), Some("site.coast_m"));
        assert_eq!(nearest("sit.coast_m", names), Some("site.coast_m"));
        assert_eq!(nearest("exposure.p34kt", names), Some("exposure.p_34kt"));
        assert_eq!(nearest("weather", names), None);
        assert_eq!(nearest("", names), None);
    }
}
