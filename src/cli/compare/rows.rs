//! The series to compare.

use unicode_normalization::UnicodeNormalization;

use crate::cli::arguments::CompareArguments;
use crate::cli::failure::Failure;
use crate::cli::metric::is_better_high;
use crate::cli::suggest::closest;
use crate::logdir::{Logdir, Run, ScalarSeries};

/// One tag of one run.
pub(super) struct Row<'a> {
    pub(super) run: &'a Run,
    pub(super) tag: &'a str,
    pub(super) series: &'a ScalarSeries,
}

/// The series of the runs and the tag asked for, else of all tags without a slash and what was
/// measured on test data.
pub(super) fn rows<'a>(
    logdir: &'a Logdir,
    arguments: &CompareArguments,
) -> Result<Vec<Row<'a>>, Failure> {
    let runs: Vec<&Run> = logdir.runs().filter(|run| is_asked_for(run, &arguments.runs)).collect();
    if runs.is_empty() {
        let path = arguments.logdir.display();
        return Err(match arguments.runs.as_slice() {
            [] => Failure::failed(format!("no runs in `{path}`"))
                .hint("make one with `experiment --name NAME`; `experiment list` shows the names"),
            asked => Failure::failed(format!("no run `{}` in `{path}`", asked.join("`, `")))
                .hint(format!("see `experiment ls --logdir {path}`")),
        });
    }
    let tags = || runs.iter().flat_map(|run| run.scalars().map(|(tag, _)| tag));
    let any_plain = tags().any(|tag| !tag.contains('/'));
    let wanted = |tag: &str| match &arguments.tag {
        Some(asked) => tag == asked,
        None => {
            let of_test = tag.strip_prefix("test/").is_some_and(|rest| !rest.contains('/'));
            !any_plain || !tag.contains('/') || of_test
        }
    };
    let mut rows: Vec<Row> = Vec::new();
    for run in &runs {
        let series = run.scalars().filter(|(tag, series)| wanted(tag) && !series.is_empty());
        rows.extend(series.map(|(tag, series)| Row { run, tag, series }));
    }
    rows.sort_by_key(|row| (row.tag, row.run.name()));
    match &arguments.tag {
        Some(asked) if rows.is_empty() => {
            let failure = Failure::failed(format!("no scalars `{asked}` in these runs"));
            Err(match closest(asked, tags()) {
                Some(known) => failure.hint(format!("did you mean `{known}`?")),
                None => failure,
            })
        }
        _ => Ok(rows),
    }
}

/// Whether a run is among those asked for, or below one of them, however their letters are composed.
fn is_asked_for(run: &Run, asked: &[String]) -> bool {
    let name: String = run.name().as_str().nfc().collect();
    let is = |asked: &String| {
        let asked: String = asked.trim_end_matches('/').nfc().collect();
        name.strip_prefix(&asked).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    asked.is_empty() || asked.iter().any(is)
}

/// Step and value of the best point: the highest of accuracies and the like, else the lowest.
pub(super) fn best(tag: &str, series: &ScalarSeries) -> Option<(i64, f32)> {
    let points = series.iter().map(|(step, _, &value)| (step, value)).filter(|p| !p.1.is_nan());
    let sign = if is_better_high(tag) { -1.0 } else { 1.0 };
    points.min_by(|a, b| (sign * a.1).total_cmp(&(sign * b.1))) // the first of equals
}
