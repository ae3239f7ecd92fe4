//! `--group-by`: mean and deviation over the runs that share hyper-parameters.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::hyper::{Hyper, hyper};
use super::matrix;
use super::rows::{Row, best};
use super::statistics::Statistics;
use crate::cli::arguments::CompareArguments;
use crate::cli::failure::Failure;
use crate::cli::metric::is_better_high;
use crate::cli::suggest::closest;
use crate::cli::{say, table};
use crate::logdir::Logdir;

/// One tag of the runs that have the same values of the hyper-parameters asked for.
pub(super) struct Group {
    pub(super) values: Vec<String>,
    pub(super) tag: String,
    pub(super) last: Statistics,
    best: Statistics,
    runs: Vec<String>,
}

#[cfg(test)]
impl Group {
    /// A group of which only the last values matter.
    pub(super) fn of_last(values: &[&str], tag: &str, last: Statistics) -> Self {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        let (best, runs) = (last.clone(), Vec::new());
        Group { values, tag: tag.to_owned(), last, best, runs }
    }
}

/// Compares groups: one tag by two hyper-parameters as a matrix, everything else as a list.
pub(super) fn compare(
    logdir: &Logdir,
    rows: &[Row],
    arguments: &CompareArguments,
) -> Result<String, Failure> {
    let keys = &arguments.group_by;
    let mut groups = groups(logdir, rows, keys)?;
    groups.sort_by(|a, b| a.tag.cmp(&b.tag).then_with(|| best_first(a, b)));
    if arguments.json {
        let groups: Vec<Json> = groups.iter().map(|group| to_json(keys, group)).collect();
        return Ok(format!("{}\n", json!({ "group_by": keys, "groups": groups })));
    }
    let one_tag = groups.iter().all(|group| group.tag == groups[0].tag);
    if let ([row, column], true) = (keys.as_slice(), one_tag) {
        return Ok(matrix::render((row, column), &groups, table::terminal_width()));
    }
    let mut headings: Vec<&str> = keys.iter().map(String::as_str).collect();
    headings.extend(["tag", "n", "last", "best"]);
    let cells = groups.iter().map(|group| {
        let Group { values, tag, last, best, .. } = group;
        let rest = [tag.clone(), last.n.to_string(), last.text(), best.text()];
        values.iter().cloned().chain(rest).collect::<Vec<_>>()
    });
    let table = table::render(&headings, cells);
    Ok(format!("{table}\nlast, best: mean ± standard deviation over n runs\n"))
}

fn groups(logdir: &Logdir, rows: &[Row], keys: &[String]) -> Result<Vec<Group>, Failure> {
    // Last and best values of each group, and the run each is of.
    type Values = Vec<(f64, f64, String)>;
    let mut found: BTreeMap<(Vec<String>, String), Values> = BTreeMap::new();
    let mut hypers: BTreeMap<&str, Option<Hyper>> = BTreeMap::new();
    let mut known: BTreeSet<String> = BTreeSet::new();
    let mut without: BTreeSet<&str> = BTreeSet::new();
    for row in rows {
        let run = row.run.name().as_str();
        let hyper = hypers.entry(run).or_insert_with(|| hyper(logdir, row.run));
        let Some(hyper) = hyper else {
            without.insert(run);
            continue;
        };
        known.extend(hyper.values.keys().cloned());
        let values: Option<Vec<String>> =
            keys.iter().map(|key| hyper.values.get(key).cloned()).collect();
        let (Some(values), Some((_, last))) = (values, row.series.last()) else {
            without.insert(run);
            continue;
        };
        // `accuracy` of the runs `a/test` and `a/train` is not the same thing.
        let below = run.strip_prefix(&hyper.owner).unwrap_or_default().trim_start_matches('/');
        let tag =
            if below.is_empty() { row.tag.to_owned() } else { format!("{below}: {}", row.tag) };
        let best = best(row.tag, row.series).map_or(f64::NAN, |(_, value)| f64::from(value));
        found.entry((values, tag)).or_default().push((f64::from(*last), best, run.to_owned()));
    }
    if let Some(unknown) = keys.iter().find(|key| !known.contains(*key)) {
        let failure = Failure::failed(format!("no run has a hyper-parameter `{unknown}`"));
        let all: Vec<&str> = known.iter().map(String::as_str).collect();
        let meant = closest(unknown, all.iter().copied());
        let meant = meant.map(|known| format!("did you mean `{known}`? ")).unwrap_or_default();
        return Err(failure.hint(format!("{meant}they have: {}", all.join(", "))));
    }
    if !without.is_empty() {
        let keys = keys.join("`, `");
        say(&format!("warning: {} runs without `{keys}` are left out", without.len()));
    }
    if found.is_empty() {
        let keys = keys.join("`, `");
        return Err(Failure::failed(format!("no run has all hyper-parameters of `{keys}`")));
    }
    let group = |((values, tag), of): ((Vec<String>, String), Values)| Group {
        values,
        tag,
        last: Statistics::of(&of.iter().map(|(last, _, _)| *last).collect::<Vec<_>>()),
        best: Statistics::of(&of.iter().map(|(_, best, _)| *best).collect::<Vec<_>>()),
        runs: of.into_iter().map(|(_, _, run)| run).collect(),
    };
    Ok(found.into_iter().map(group).collect())
}

/// By the mean of the last values, what is no number last; equals by their values.
fn best_first(a: &Group, b: &Group) -> Ordering {
    let key = |group: &Group| {
        let mean = group.last.mean;
        (mean.is_nan(), if is_better_high(&group.tag) { -mean } else { mean })
    };
    let ((a_is_nan, a_mean), (b_is_nan, b_mean)) = (key(a), key(b));
    let by_mean = a_is_nan.cmp(&b_is_nan).then(a_mean.total_cmp(&b_mean));
    by_mean.then_with(|| {
        let pairs = a.values.iter().zip(&b.values);
        pairs.map(|(a, b)| by_value(a, b)).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
    })
}

/// Numbers by their size, words by their letters.
pub(super) fn by_value(a: &str, b: &str) -> Ordering {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => a.total_cmp(&b),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => a.cmp(b),
    }
}

fn to_json(keys: &[String], group: &Group) -> Json {
    let pairs = keys.iter().zip(&group.values);
    let hyper: Map<String, Json> =
        pairs.map(|(key, value)| (key.clone(), value.as_str().into())).collect();
    json!({
        "hyper_parameters": hyper,
        "tag": group.tag,
        "n": group.last.n,
        "mean": group.last.mean,
        "std": group.last.std,
        "best_mean": group.best.mean,
        "best_std": group.best.std,
        "better": if is_better_high(&group.tag) { "high" } else { "low" },
        "runs": group.runs,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(tag: &str, value: &str, mean: f64) -> Group {
        Group::of_last(&[value], tag, Statistics { n: 1, mean, std: None })
    }

    #[test]
    fn the_best_group_comes_first_and_what_is_no_number_last() {
        let order = |tag: &str| {
            let mut groups = [
                group(tag, "a", 0.5),
                group(tag, "b", f64::NAN),
                group(tag, "10", 0.9),
                group(tag, "9", 0.9),
            ];
            groups.sort_by(best_first);
            groups.map(|group| group.values[0].clone())
        };
        assert_eq!(order("accuracy"), ["9", "10", "a", "b"]);
        assert_eq!(order("cost"), ["a", "9", "10", "b"]);
    }
}
