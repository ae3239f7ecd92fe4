//! Which class is taken for which.

use std::fmt::Write;

use super::canvas::{BLACK, Canvas, Colour, WHITE};
use super::numerals;
use crate::trainer::Evaluation;

/// With more classes than this there is a colour for each cell, but no number.
const MOST_NUMBERED: usize = 32;
/// Sides of cells, at least, in pixels.
const NUMBERED_CELL: usize = 24;
const PLAIN_CELL: usize = 4;
/// Between numbers and what is beside them.
const GAP: usize = 3;

/// The colour of a cell that has all of its row: matplotlib's darkest "Blues".
const DARKEST: Colour = [8, 48, 107];
const LINES: Colour = [221; 3];

/// Counts of images by their label and the class they are taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ConfusionMatrix {
    classes: usize,
    /// Row major, `[label, predicted]`.
    counts: Vec<u64>,
}

impl ConfusionMatrix {
    pub(super) fn of(answers: &Evaluation, labels: &[u8]) -> Self {
        let classes = answers.classes;
        let mut counts = vec![0; classes * classes];
        for (&label, predicted) in labels.iter().zip(answers.predicted()) {
            counts[usize::from(label) * classes + usize::from(predicted)] += 1;
        }
        ConfusionMatrix { classes, counts }
    }

    fn row(&self, label: usize) -> &[u64] {
        &self.counts[label * self.classes..(label + 1) * self.classes]
    }

    fn is_numbered(&self) -> bool {
        self.classes <= MOST_NUMBERED
    }

    /// Paints a row for each label and a column for each predicted class, both named at the edge.
    ///
    /// A cell is the darker the larger its share of the row; its count stands in it unless it is 0.
    pub(super) fn paint(&self) -> Canvas {
        let largest = self.counts.iter().copied().max().unwrap_or(0);
        let (cell, margin) = match self.is_numbered() {
            true => {
                let names = numerals::width(self.classes as u64 - 1);
                (NUMBERED_CELL.max(numerals::width(largest) + 2 * GAP), names + 2 * GAP)
            }
            false => (PLAIN_CELL, 0),
        };
        let size = margin + self.classes * cell;
        let mut canvas = Canvas::new(size, size, WHITE);
        let corner = |place: usize| margin + place * cell;
        for class in 0..self.classes {
            if self.is_numbered() {
                let (width, height) = (numerals::width(class as u64), numerals::HEIGHT);
                let middle = corner(class) + cell / 2;
                let across = margin.saturating_sub(GAP + width);
                canvas.number((across, middle - height / 2), class as u64, BLACK);
                let above = margin.saturating_sub(GAP + height);
                canvas.number((middle - width / 2, above), class as u64, BLACK);
            }
            let row = self.row(class);
            let sum: u64 = row.iter().sum();
            for (predicted, &count) in row.iter().enumerate() {
                let share = count as f64 / sum.max(1) as f64;
                self.paint_cell(
                    &mut canvas,
                    (corner(predicted), corner(class)),
                    cell,
                    count,
                    share,
                );
            }
        }
        canvas
    }

    fn paint_cell(
        &self,
        canvas: &mut Canvas,
        (x, y): (usize, usize),
        cell: usize,
        count: u64,
        share: f64,
    ) {
        let colour = shade(share);
        if !self.is_numbered() {
            canvas.fill((x, y), (cell, cell), colour);
            return;
        }
        canvas.fill((x, y), (cell, cell), LINES);
        canvas.fill((x, y), (cell - 1, cell - 1), colour);
        if count > 0 {
            let ink = if share > 0.25 { WHITE } else { BLACK };
            let left = x + (cell - 1 - numerals::width(count)) / 2;
            canvas.number((left, y + (cell - 1 - numerals::HEIGHT) / 2), count, ink);
        }
    }

    /// Returns the counts as a Markdown table with the recall of each label, or `None` if they are
    /// too many to be read.
    pub(super) fn to_markdown(&self) -> Option<String> {
        if !self.is_numbered() {
            return None;
        }
        let mut text = "| label \\ predicted |".to_owned();
        for class in 0..self.classes {
            // Writing to a string cannot fail, here and below.
            let _ = write!(text, " {class} |");
        }
        text += " recall |\n|---|";
        text += &"---|".repeat(self.classes + 1);
        for label in 0..self.classes {
            let row = self.row(label);
            let _ = write!(text, "\n| **{label}** |");
            for count in row {
                let _ = write!(text, " {count} |");
            }
            match row.iter().sum::<u64>() {
                0 => text += " |",
                sum => {
                    let _ = write!(text, " {:.1}% |", 100.0 * row[label] as f64 / sum as f64);
                }
            }
        }
        Some(text)
    }
}

/// White for nothing to the darkest blue for all.
///
/// By the square root: a good classifier's mistakes are a hundredth of a row, and would not be seen.
fn shade(share: f64) -> Colour {
    let depth = share.sqrt();
    DARKEST.map(|dark| (255.0 - (255.0 - f64::from(dark)) * depth).round() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Six images of two classes: of label 0 all four right, of label 1 one of two.
    fn small() -> ConfusionMatrix {
        let predicted = [0, 0, 0, 0, 1, 0];
        let logits = predicted.iter().flat_map(|&class| match class {
            0 => [1.0, 0.0],
            _ => [0.0, 1.0],
        });
        let labels = [0, 0, 0, 0, 1, 1];
        ConfusionMatrix::of(&Evaluation::of_logits(logits.collect(), 2, &labels), &labels)
    }

    #[test]
    fn rows_are_labels_and_columns_what_they_are_taken_for() {
        assert_eq!(small().counts, [4, 0, 1, 1]);
        let want = "| label \\ predicted | 0 | 1 | recall |\n|---|---|---|---|\n\
                    | **0** | 4 | 0 | 100.0% |\n| **1** | 1 | 1 | 50.0% |";
        assert_eq!(small().to_markdown().unwrap(), want);
    }

    #[test]
    fn cells_are_as_dark_as_their_share_of_the_row_and_hold_their_count() {
        let canvas = small().paint();
        // The margin is a digit and two gaps, 5 + 2 * 3, and a cell 24 by 24.
        assert_eq!((canvas.width, canvas.height), (11 + 2 * 24, 11 + 2 * 24));
        let text = canvas.as_text(|colour| match colour {
            DARKEST => '@',
            WHITE => '.',
            BLACK => '#',
            LINES => '-',
            // Half of the row: 255 - (255 - 8) * sqrt(1 / 2) = 80.3, 108.6, 150.3
            [80, 109, 150] => 'o',
            other => panic!("{other:?}"),
        });
        // The 4, white on the darkest cell, from (11 + 9, 11 + 8): (23 - 5) / 2 and (23 - 7) / 2.
        let four = ["@@@.@", "@@..@", "@.@.@", ".@@.@", ".....", "@@@.@", "@@@.@"];
        for (row, want) in four.iter().enumerate() {
            assert_eq!(&text[19 + row][20..25], *want);
        }
        // Nothing in the cell beside it, a line at its edges.
        assert_eq!(text[20][35..59], format!("{}-", ".".repeat(23)));
        assert_eq!(text[34][11..59], "-".repeat(48));
        // Two halves below.
        assert_eq!(text[35][11..59], format!("{0}-{0}-", "o".repeat(23)));
        // The names of the labels at the left, of the classes above; the digit 1 is a column of 5.
        assert_eq!(&text[11 + 24 + 12 - 3 + 1][3..8], ".##..");
        assert_eq!(&text[1 + 1][11 + 24 + 12 - 2..11 + 24 + 12 + 3], ".##..");
    }

    #[test]
    fn many_classes_are_colours_without_numbers() {
        let logits: Vec<f32> = (0..40 * 40).map(|i| f32::from(u8::from(i % 41 == 0))).collect();
        let labels: Vec<u8> = (0..40).collect();
        let matrix = ConfusionMatrix::of(&Evaluation::of_logits(logits, 40, &labels), &labels);
        let canvas = matrix.paint();
        assert_eq!((canvas.width, matrix.to_markdown()), (160, None));
        let text = canvas.as_text(|colour| if colour == DARKEST { '@' } else { '.' });
        assert_eq!(text[7], format!("....@@@@{}", ".".repeat(152)));
    }
}
