//! A chart of several lines in characters, told apart by letters, so that no colour is needed.

use unicode_width::UnicodeWidthStr;

/// Points of one run, by step.
pub(super) struct Line {
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64)>,
}

const HEIGHT: usize = 16;
const LABEL: usize = 10;
/// Positive values that differ by more than this factor are drawn on a logarithmic scale.
const ORDERS: f64 = 1e3;
/// Where several lines meet.
const SHARED: char = '*';

/// Draws `lines` within `width` columns, under a title and above a legend.
pub(super) fn draw(title: &str, lines: &[Line], width: usize) -> String {
    let width = width.saturating_sub(LABEL + 3).max(20);
    let finite = || lines.iter().flat_map(|line| &line.points).filter(|point| point.1.is_finite());
    let Some((x, y)) = extent(finite().map(|p| p.0)).zip(extent(finite().map(|p| p.1))) else {
        return format!("{title}: no finite values to draw\n");
    };
    let logarithmic = y.0 > 0.0 && y.1 / y.0 > ORDERS;
    let scale = |value: f64| if logarithmic { value.ln() } else { value };
    let extent_y = (scale(y.0), scale(y.1));
    let mut cells = vec![vec![' '; width]; HEIGHT];
    for (line, mark) in lines.iter().zip(marks()) {
        let values = (0..width).map(|column| (column, value_at(line, x, column, width)));
        for (column, value) in values.filter_map(|(column, value)| Some((column, value?))) {
            let cell = &mut cells[HEIGHT - 1 - place(scale(value), extent_y, HEIGHT)][column];
            *cell = if *cell == ' ' || *cell == mark { mark } else { SHARED };
        }
    }
    let mut text = format!("{title}{}\n", if logarithmic { ", logarithmic" } else { "" });
    for (row, cells) in cells.iter().enumerate() {
        let label = match row {
            0 => super::metric::number(y.1 as f32),
            row if row == HEIGHT - 1 => super::metric::number(y.0 as f32),
            _ => String::new(),
        };
        let cells: String = cells.iter().collect();
        text += format!("{label:>LABEL$} |{cells}").trim_end();
        text += "\n";
    }
    text += &format!("{:LABEL$} +{}\n", "", "-".repeat(width));
    let (first, last) = (format!("{}", x.0), format!("{}", x.1));
    let gap = width.saturating_sub(first.width() + last.width());
    text += &format!("{:LABEL$}  {first}{:gap$}{last}\n", "", "");
    for (line, mark) in lines.iter().zip(marks()) {
        text += &format!("{:LABEL$}  {mark} {}\n", "", line.name);
    }
    text
}

/// a, b, ..., z, A, ..., Z, and again.
fn marks() -> impl Iterator<Item = char> {
    ('a'..='z').chain('A'..='Z').cycle()
}

/// The mean of a line's values that fall into a column, else where it crosses the column.
fn value_at(line: &Line, x: (f64, f64), column: usize, width: usize) -> Option<f64> {
    let points = || line.points.iter().filter(|point| point.1.is_finite());
    let here = |point: &&(f64, f64)| place(point.0, x, width) == column;
    let (count, sum) = points().filter(here).fold((0.0, 0.0), |(n, s), p| (n + 1.0, s + p.1));
    if count > 0.0 {
        return Some(sum / count);
    }
    let at = x.0 + (x.1 - x.0) * column as f64 / (width - 1) as f64;
    let before = points().filter(|point| point.0 <= at).max_by(|a, b| a.0.total_cmp(&b.0))?;
    let after = points().filter(|point| point.0 > at).min_by(|a, b| a.0.total_cmp(&b.0))?;
    Some(before.1 + (after.1 - before.1) * (at - before.0) / (after.0 - before.0))
}

/// The cell of `count` that `value` lies in.
fn place(value: f64, (low, high): (f64, f64), count: usize) -> usize {
    if high <= low {
        return 0;
    }
    (((value - low) / (high - low)) * (count - 1) as f64).round() as usize
}

fn extent(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.fold(None, |extent, value| match extent {
        None => Some((value, value)),
        Some((low, high)) => Some((value.min(low), value.max(high))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_falling_and_a_level_line_are_drawn_where_they_are() {
        let falling = (0..=10).map(|i| (f64::from(i), f64::from(10 - i))).collect();
        let lines = [
            Line { name: "떨어짐".to_owned(), points: falling },
            Line { name: "level".to_owned(), points: vec![(0.0, 0.0), (10.0, 0.0)] },
        ];
        let text = draw("cost", &lines, 80);
        let rows: Vec<&str> = text.lines().collect();
        assert_eq!(rows[0], "cost");
        assert_eq!(rows[1], "        10 |aaa", "the highest value is at the top left");
        let bottom: Vec<char> = rows[HEIGHT].chars().skip(LABEL + 2).collect();
        assert_eq!((bottom[0], bottom.len(), bottom[bottom.len() - 1]), ('b', 67, '*'));
        assert_eq!(rows[HEIGHT + 3], "            a 떨어짐");
        assert!(rows.iter().all(|row| row.width() <= 80));
    }

    #[test]
    fn values_of_many_orders_are_drawn_on_a_logarithmic_scale() {
        // 1, 1/10, ..., 1e-15 over the sixteen rows of the chart: a row for each.
        let points: Vec<_> = (0..16).map(|i| (f64::from(i), 10_f64.powi(-i))).collect();
        let text = draw("norm", &[Line { name: "layer".to_owned(), points }], 80);
        let rows: Vec<&str> = text.lines().collect();
        assert_eq!(rows[0], "norm, logarithmic");
        assert!(rows[1..=HEIGHT].iter().all(|row| row.contains('a')), "{text}");
    }

    #[test]
    fn nothing_finite_is_said_not_drawn() {
        let lines = [Line { name: "a".to_owned(), points: vec![(0.0, f64::NAN)] }];
        assert_eq!(draw("cost", &lines, 80), "cost: no finite values to draw\n");
    }
}
