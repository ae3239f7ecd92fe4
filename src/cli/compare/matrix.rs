//! One tag by two hyper-parameters: rows and columns, as in lecture 10-2's table.

use std::collections::BTreeMap;

use unicode_width::UnicodeWidthStr;

use super::groups::{Group, by_value};
use super::statistics::Statistics;
use crate::cli::table;

/// Columns between two cells, where there is room and where there is not.
const GAPS: (usize, usize) = (3, 2);

/// Draws groups that have two values each, the row's and the column's, within `width` columns.
///
/// Where that is too narrow deviations go below means, and then columns into tables of their own.
pub(super) fn render((row, column): (&str, &str), groups: &[Group], width: usize) -> String {
    let mut cells: BTreeMap<(&str, &str), &Statistics> = BTreeMap::new();
    for group in groups {
        cells.insert((&group.values[0], &group.values[1]), &group.last);
    }
    let sorted = |values: Vec<&'_ str>| -> Vec<String> {
        let mut values: Vec<String> = values.into_iter().map(str::to_owned).collect();
        values.sort_by(|a, b| by_value(a, b));
        values.dedup();
        values
    };
    let rows = sorted(cells.keys().map(|(row, _)| *row).collect());
    let columns = sorted(cells.keys().map(|(_, column)| *column).collect());
    let counts: Vec<usize> = cells.values().map(|cell| cell.n).collect();
    let one_count = counts.iter().all(|n| *n == counts[0]);

    let text = |row: &str, column: &str, stacked: bool| match cells.get(&(row, column)) {
        None => "-".to_owned(),
        Some(cell) => {
            let count = if one_count { String::new() } else { format!(" ({})", cell.n) };
            match cell.parts() {
                (mean, Some(std)) if stacked => format!("{mean}\n±{std}{count}"),
                _ => cell.text() + &count,
            }
        }
    };
    let first = rows.iter().map(|row| row.width()).chain([row.width()]).max().unwrap_or(0);
    let layout = |stacked: bool| -> Vec<Column> {
        let lay = |column: &String| {
            let texts: Vec<String> = rows.iter().map(|row| text(row, column, stacked)).collect();
            let lines = texts.iter().flat_map(|text| text.lines());
            let cells = lines.map(UnicodeWidthStr::width).max().unwrap_or(0);
            let heading = broken(column, cells);
            let width = heading.lines().map(UnicodeWidthStr::width).max().unwrap_or(0).max(cells);
            Column { heading, texts, width }
        };
        columns.iter().map(lay).collect()
    };
    let total = |columns: &[Column], gap: usize| {
        first + gap + columns.iter().map(|column| column.width + gap).sum::<usize>()
    };
    let (mut laid, mut gap) = (layout(false), GAPS.0);
    if total(&laid, gap) > width {
        (laid, gap) = (layout(true), GAPS.1);
    }

    let tag = &groups[0].tag;
    let count = if one_count { format!("n = {}", counts[0]) } else { "(n)".to_owned() };
    let mut drawn = format!("{tag}: last values, mean ± standard deviation, {count}\n");
    drawn += &format!("rows: {row}, columns: {column}\n");
    let mut rest = laid.as_slice();
    while !rest.is_empty() {
        let fitting = (1..=rest.len()).rev().find(|&count| total(&rest[..count], gap) <= width);
        let (now, later) = rest.split_at(fitting.unwrap_or(1));
        let headings = [row].into_iter().chain(now.iter().map(|column| column.heading.as_str()));
        let line = |(i, row): (usize, &String)| {
            [row.clone()].into_iter().chain(now.iter().map(move |column| column.texts[i].clone()))
        };
        let lines = rows.iter().enumerate().map(line);
        drawn +=
            &format!("\n{}", table::render_with_gap(&headings.collect::<Vec<_>>(), lines, gap));
        rest = later;
    }
    drawn
}

struct Column {
    heading: String,
    texts: Vec<String>,
    width: usize,
}

/// A name over several lines where it is wider than `width`: `very_leaky_` and `relu`.
fn broken(name: &str, width: usize) -> String {
    let mut lines = vec![String::new()];
    for part in name.split_inclusive(['_', '-', ' ']) {
        let line = lines.last_mut().expect("there is a first line");
        if !line.is_empty() && line.width() + part.width() > width {
            lines.push(part.to_owned());
        } else {
            line.push_str(part);
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: [&str; 6] = ["zeros", "normal", "xavier", "he", "lsuv", "orthonormal"];
    const COLUMNS: [&str; 7] =
        ["maxout", "relu", "leaky_relu", "very_leaky_relu", "elu", "tanh", "sigmoid"];

    fn group(row: &str, column: &str, n: usize) -> Group {
        let std = (n > 1).then_some(0.0012);
        Group::of_last(&[row, column], "accuracy", Statistics { n, mean: 0.9742, std })
    }

    #[test]
    fn a_small_table_has_a_cell_in_a_line() {
        let mut groups = vec![group("he", "relu", 3), group("he", "시그모이드", 3)];
        groups.push(group("10", "relu", 3));
        let text = render(("초기값", "activation"), &groups, 80);
        assert_eq!(
            text,
            "accuracy: last values, mean ± standard deviation, n = 3\n\
             rows: 초기값, columns: activation\n\n\
             초기값   relu              시그모이드\n\
             ────────────────────────────────────────────\n\
             10       0.9742 ± 0.0012   -\n\
             he       0.9742 ± 0.0012   0.9742 ± 0.0012\n"
        );
    }

    #[test]
    fn the_lectures_table_fits_eighty_columns() {
        let all = ROWS.iter().flat_map(|row| COLUMNS.map(|column| group(row, column, 5)));
        let groups: Vec<Group> = all.collect();
        let text = render(("init", "activation"), &groups, 80);
        assert!(text.lines().all(|line| line.width() <= 80), "{text}");
        assert_eq!(text.matches("0.9742").count(), 42, "{text}");
        assert_eq!(text.matches("±0.0012").count(), 42, "{text}");
        assert_eq!(text.matches("init  ").count(), 1, "one table: {text}");
        let narrow = render(("init", "activation"), &groups, 40);
        assert!(narrow.lines().skip(2).all(|line| line.width() <= 40), "{narrow}");
        assert_eq!(narrow.matches("0.9742").count(), 42, "{narrow}");
    }

    #[test]
    fn where_counts_differ_each_cell_has_its_own() {
        let groups = [group("he", "relu", 3), group("he", "tanh", 1)];
        let text = render(("init", "activation"), &groups, 80);
        assert!(text.contains("0.9742 ± 0.0012 (3)   0.9742 (1)"), "{text}");
    }
}
