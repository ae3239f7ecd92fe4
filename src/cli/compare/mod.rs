//! `experiment compare`: what runs came to, side by side.

mod groups;
mod hyper;
mod matrix;
mod rows;
mod statistics;

use serde_json::{Value as Json, json};

use super::arguments::CompareArguments;
use super::chart::{self, Line};
use super::failure::Failure;
use super::metric::{is_better_high, number};
use super::{ls, table};
use crate::logdir::Kind;
use rows::{Row, best, rows};

pub(super) fn compare(arguments: &CompareArguments) -> Result<String, Failure> {
    let logdir = ls::open(&arguments.logdir, &[Kind::Scalars, Kind::HParams])?;
    let rows = rows(&logdir, arguments)?;
    if !arguments.group_by.is_empty() {
        return groups::compare(&logdir, &rows, arguments);
    }
    if arguments.json {
        let rows: Vec<Json> = rows.iter().map(to_json).collect();
        return Ok(format!("{}\n", json!({ "rows": rows })));
    }
    let cells = rows.iter().filter_map(|row| {
        let (step, last) = row.series.last()?;
        let (best_step, best) = best(row.tag, row.series)?;
        let numbers = [number(*last), step.to_string(), number(best), best_step.to_string()];
        let [last, step, best, best_step] = numbers;
        Some([row.run.name().to_string(), row.tag.to_owned(), last, step, best, best_step])
    });
    let mut text = table::render(&["run", "tag", "last", "at step", "best", "at step"], cells);
    if let Some(tag) = &arguments.tag {
        let line = |row: &Row| Line {
            name: row.run.name().to_string(),
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

fn to_json(row: &Row) -> Json {
    let best = best(row.tag, row.series);
    let last = row.series.last();
    json!({
        "run": row.run.name().as_str(),
        "tag": row.tag,
        "points": row.series.len(),
        "last": last.map(|(_, value)| value),
        "last_step": last.map(|(step, _)| step),
        "best": best.map(|(_, value)| value),
        "best_step": best.map(|(step, _)| step),
        "better": if is_better_high(row.tag) { "high" } else { "low" },
    })
}
