//! `experiment compare`: what runs came to, side by side.

use serde_json::{Value as Json, json};
use unicode_normalization::UnicodeNormalization;

use super::arguments::CompareArguments;
use super::chart::{self, Line};
use super::failure::Failure;
use super::suggest::closest;
use super::{ls, table};
use crate::logdir::{Logdir, Run, ScalarSeries};

/// One tag of one run.
struct Row<'a> {
    run: &'a str,
    tag: &'a str,
    series: &'a ScalarSeries,
}

pub(super) fn compare(arguments: &CompareArguments) -> Result<String, Failure> {
    let logdir = ls::open(&arguments.logdir)?;
    let rows = rows(&logdir, arguments)?;
    if arguments.json {
        let rows: Vec<Json> = rows.iter().map(to_json).collect();
        return Ok(format!("{}\n", json!({ "rows": rows })));
    }
    let cells = rows.iter().filter_map(|row| {
        let (step, last) = row.series.last()?;
        let (best_step, best) = best(row.tag, row.series)?;
        let numbers = [number(*last), step.to_string(), number(best), best_step.to_string()];
        let [last, step, best, best_step] = numbers;
        Some([row.run.to_owned(), row.tag.to_owned(), last, step, best, best_step])
    });
    let mut text = table::render(&["run", "tag", "last", "at step", "best", "at step"], cells);
    if let Some(tag) = &arguments.tag {
        let line = |row: &Row| Line {
            name: row.run.to_owned(),
            points: row
                .series
                .iter()
                .map(|(step, _, value)| (step as f64, *value as f64))
                .collect(),
        };
        let lines: Vec<Line> = rows.iter().map(line).collect();
        text += &format!("\n{}", chart::draw(tag, &lines, table::terminal_width()));
    }
    Ok(text)
}

/// The series to compare: of the runs and the tag asked for, else of all tags without a slash.
fn rows<'a>(logdir: &'a Logdir, arguments: &CompareArguments) -> Result<Vec<Row<'a>>, Failure> {
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
        None => !any_plain || !tag.contains('/'),
    };
    let mut rows: Vec<Row> = Vec::new();
    for run in &runs {
        let series = run.scalars().filter(|(tag, series)| wanted(tag) && !series.is_empty());
        rows.extend(series.map(|(tag, series)| Row { run: run.name().as_str(), tag, series }));
    }
    rows.sort_by_key(|row| (row.tag, row.run));
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
fn best(tag: &str, series: &ScalarSeries) -> Option<(i64, f32)> {
    let points = series.iter().map(|(step, _, &value)| (step, value)).filter(|p| !p.1.is_nan());
    let sign = if is_better_high(tag) { -1.0 } else { 1.0 };
    points.min_by(|a, b| (sign * a.1).total_cmp(&(sign * b.1))) // the first of equals
}

fn is_better_high(tag: &str) -> bool {
    let name = tag.rsplit('/').next().unwrap_or(tag).to_lowercase();
    ["acc", "precision", "recall", "auc", "f1", "score", "reward", "iou", "bleu"]
        .iter()
        .any(|word| name.contains(word))
}

fn to_json(row: &Row) -> Json {
    let best = best(row.tag, row.series);
    let last = row.series.last();
    json!({
        "run": row.run,
        "tag": row.tag,
        "points": row.series.len(),
        "last": last.map(|(_, value)| value),
        "last_step": last.map(|(step, _)| step),
        "best": best.map(|(_, value)| value),
        "best_step": best.map(|(step, _)| step),
        "better": if is_better_high(row.tag) { "high" } else { "low" },
    })
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
    use super::*;

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
