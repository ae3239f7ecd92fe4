//! "Did you mean ...?"

/// The known name closest to a mistyped one, if any is close.
pub(super) fn closest<'a>(
    typed: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let similarity = |name: &str| strsim::jaro_winkler(typed, name);
    let best = known.into_iter().max_by(|a, b| similarity(a).total_cmp(&similarity(b)))?;
    (similarity(best) > 0.8).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_something_else_is_not() {
        let known = ["xor_nn", "xor_deep", "xor_logistic"];
        assert_eq!(closest("xor_dep", known), Some("xor_deep"));
        assert_eq!(closest("xordeep", known), Some("xor_deep"));
        assert_eq!(closest("alphago", known), None);
        assert_eq!(closest("x", []), None);
    }
}
