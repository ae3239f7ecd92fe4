//! What the numbers of a run mean, judged by their names, and how they are written.

use serde_json::{Map, Value as Json};

/// Whether more is better: of accuracies and the like.
pub(super) fn is_better_high(tag: &str) -> bool {
    let name = tag.rsplit('/').next().unwrap_or(tag).to_lowercase();
    ["acc", "precision", "recall", "auc", "f1", "score", "reward", "iou", "bleu"]
        .iter()
        .any(|word| name.contains(word))
}

/// The number by which a run is judged: an accuracy of unseen data, else any, else the cost.
pub(super) fn main_metric(metrics: &Map<String, Json>) -> Option<(&str, f64)> {
    let rank = |tag: &str| {
        let lower = tag.to_lowercase();
        match () {
            () if is_better_high(tag) && lower.starts_with("test") => 0,
            () if is_better_high(tag) && lower.starts_with("val") => 1,
            () if is_better_high(tag) && !tag.contains('/') => 2,
            () if is_better_high(tag) => 3,
            () if lower.contains("cost") || lower.contains("loss") => 4,
            () => 5,
        }
    };
    let (tag, value) = metrics.iter().min_by_key(|(tag, _)| rank(tag))?; // the first of equals
    Some((tag, value.as_f64().unwrap_or(f64::NAN))) // JSON has no NaN but null
}

/// A number in few columns.
pub(super) fn number(value: f32) -> String {
    let magnitude = value.abs();
    if value == 0.0 || !value.is_finite() || (1e-4..1e6).contains(&magnitude) {
        let text = format!("{value:.6}");
        let short = text.trim_end_matches('0').trim_end_matches('.');
        if text.contains('.') { short.to_owned() } else { text }
    } else {
        format!("{value:.3e}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_run_is_judged_by_its_accuracy_of_unseen_data() {
        let main = |metrics: Json| {
            let metrics = metrics.as_object().unwrap();
            main_metric(metrics).map(|(tag, value)| (tag.to_owned(), value))
        };
        let named = |tag: &str, value: f64| Some((tag.to_owned(), value));
        assert_eq!(main(json!({"accuracy": 1, "cost": 0.5})), named("accuracy", 1.0));
        let all = json!({"accuracy": 1, "test/accuracy": 0.9, "validation/accuracy": 0.8});
        assert_eq!(main(all), named("test/accuracy", 0.9));
        assert_eq!(main(json!({"cost": 0.5, "a/norm": 0.1})), named("cost", 0.5));
        assert!(main(json!({"cost": null})).unwrap().1.is_nan());
        assert_eq!(main(json!({})), None);
    }

    #[test]
    fn numbers_are_short() {
        let numbers = [0.5, 0.0, 12.0, 0.123_456_7, 2.6e-6, 1.5e9].map(number);
        assert_eq!(numbers, ["0.5", "0", "12", "0.123457", "2.600e-6", "1.500e9"]);
        assert_eq!(number(f32::NAN), "NaN");
    }

    #[test]
    fn accuracies_are_better_high_and_costs_low() {
        assert!(is_better_high("accuracy") && is_better_high("val/Top1-Acc"));
        assert!(!is_better_high("cost") && !is_better_high("accuracy/loss"));
    }
}
