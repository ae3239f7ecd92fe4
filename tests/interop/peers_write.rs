//! Our reader reads what tensorboardX, torch and TensorFlow write, without loss.

use std::collections::BTreeMap;

use crate::tools::{ask, keys, numbers};
use runboard::logdir::{Logdir, Text};

#[test]
#[ignore = "needs tensorboardX, torch and TensorFlow: .ci/run"]
fn files_of_other_writers_are_read_without_loss() {
    let scratch = tempfile::tempdir().unwrap();
    let written = ask("python_writes.py", &[scratch.path()]);
    let mut logdir = Logdir::builder(scratch.path()).keep_everything().build();
    let problems: Vec<String> = logdir.poll().iter().map(ToString::to_string).collect();
    assert_eq!(problems, Vec::<String>::new());

    let read: BTreeMap<&str, _> = logdir.runs().map(|run| (run.name().as_str(), run)).collect();
    assert_eq!(read.keys().copied().collect::<Vec<_>>(), keys(&written["runs"]));
    let tag = |run: &str, kind: &str| written["runs"][run][kind].as_str().unwrap().to_owned();
    for (name, run) in read {
        let cost = run.scalar(&tag(name, "cost")).unwrap_or_else(|| panic!("{name}: no cost"));
        let steps: Vec<f64> = cost.steps().iter().map(|&step| step as f64).collect();
        assert_eq!(steps, numbers(&written["steps"]), "{name}");
        // What was written is f32; JSON's way through f64 may cost its last bit, not theirs.
        let wanted: Vec<f32> =
            numbers(&written["cost"]).iter().map(|&value| value as f32).collect();
        assert_eq!(cost.values(), wanted, "{name}");
        assert!(cost.wall_times().iter().all(|&time| time > 1.7e9), "{name}");

        let weights = run.histogram("weights").unwrap_or_else(|| panic!("{name}: no histogram"));
        assert_eq!(weights.steps(), [7], "{name}");
        let buckets = &weights.values()[0].buckets;
        let elements: f64 = buckets.iter().map(|bucket| bucket[2]).sum();
        assert_eq!(Some(elements), written["elements"].as_f64(), "{name}");
        let (first, last) = (buckets[0][0], buckets[buckets.len() - 1][1]);
        assert!(first <= -1.0 && last >= 1.0, "{name}: from {first} to {last}");

        let about = run.series::<Text>(&tag(name, "text"));
        let about = about.unwrap_or_else(|| panic!("{name}: no text"));
        assert_eq!(about.values()[0].texts, [written["text"].as_str().unwrap()], "{name}");
    }
}
