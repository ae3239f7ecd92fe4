//! The images a classifier is most wrong about.

use super::canvas::{Canvas, Colour};
use super::numerals;
use crate::data::Examples;
use crate::trainer::Evaluation;

/// Images in a row, and rows.
const COLUMNS: usize = 5;
const ROWS: usize = 5;
/// The longer side of an image as it is painted, in pixels.
const SIDE: usize = 56;
const GAP: usize = 4;

const BACKGROUND: Colour = [40; 3];
const LABEL: Colour = [102, 255, 102];
const PREDICTED: Colour = [255, 102, 102];

/// An image that is taken for another class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mistake {
    index: usize,
    label: u8,
    predicted: u8,
}

/// The first `count` mistakes, those with the highest probability of the wrong class first.
fn worst(answers: &Evaluation, labels: &[u8], count: usize) -> Vec<Mistake> {
    let mut all: Vec<(f32, Mistake)> = Vec::new();
    for (index, (&label, predicted)) in labels.iter().zip(answers.predicted()).enumerate() {
        if predicted != label {
            let at = index * answers.classes + usize::from(predicted);
            all.push((answers.probabilities[at], Mistake { index, label, predicted }));
        }
    }
    // Stable: equals stay in the order of the images.
    all.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    all.into_iter().take(count).map(|(_, mistake)| mistake).collect()
}

/// Paints up to 25 mistakes, each above its label, green, and what it is taken for, red.
pub(super) fn paint(answers: &Evaluation, examples: &Examples) -> Canvas {
    let (rows, columns) = examples.image_size();
    let longer = rows.max(columns).max(1);
    let painted = |side: usize| (side * SIDE / longer).max(1);
    let (width, height) = (painted(columns), painted(rows));
    let cell = (width.max(SIDE) + GAP, height + numerals::HEIGHT + 2 * GAP);
    let mut canvas = Canvas::new(COLUMNS * cell.0 + GAP, ROWS * cell.1, BACKGROUND);
    let worst = worst(answers, examples.labels(), COLUMNS * ROWS);
    for (place, mistake) in worst.iter().enumerate() {
        let (x, y) = (GAP + place % COLUMNS * cell.0, GAP + place / COLUMNS * cell.1);
        let image = examples.image(mistake.index);
        let left = x + (cell.0 - GAP - width) / 2;
        for row in 0..height {
            for column in 0..width {
                let gray = image[row * rows / height * columns + column * columns / width];
                canvas.set(left + column, y + row, [gray; 3]);
            }
        }
        let below = y + height + GAP / 2;
        let (middle, label) = (x + (cell.0 - GAP) / 2, mistake.label.into());
        canvas.number((middle - GAP - numerals::width(label), below), label, LABEL);
        canvas.number((middle + GAP, below), mistake.predicted.into(), PREDICTED);
    }
    canvas
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four images of 1 by 2 pixels, of which the second and the last are taken for another class,
    /// the last with more confidence.
    fn small() -> (Evaluation, Examples) {
        let labels = vec![0, 1, 2, 0];
        let logits = vec![
            5.0, 0.0, 0.0, // 0
            1.0, 0.0, 0.0, // 1, taken for 0
            0.0, 0.0, 9.0, // 2
            0.0, 0.0, 3.0, // 0, taken for 2
        ];
        let answers = Evaluation::of_logits(logits, 3, &labels);
        (answers, Examples::new(1, 2, vec![1, 2, 11, 12, 21, 22, 31, 32], labels))
    }

    #[test]
    fn the_most_confident_mistake_comes_first() {
        let (answers, examples) = small();
        let of = |index, label, predicted| Mistake { index, label, predicted };
        let labels = examples.labels();
        assert_eq!(worst(&answers, labels, 25), [of(3, 0, 2), of(1, 1, 0)]);
        assert_eq!(worst(&answers, labels, 1), [of(3, 0, 2)]);
    }

    #[test]
    fn a_wide_image_is_scaled_and_stands_above_its_label_and_prediction() {
        let (answers, examples) = small();
        let canvas = paint(&answers, &examples);
        // Images of 56 by 28 pixels, digits of 7 below.
        assert_eq!((canvas.width, canvas.height), (5 * 60 + 4, 5 * (28 + 7 + 8)));
        let text = canvas.as_text(|colour| match colour {
            BACKGROUND => '.',
            [31, 31, 31] => 'a',
            [32, 32, 32] => 'b',
            [11, 11, 11] => 'c',
            [12, 12, 12] => 'd',
            LABEL => 'L',
            PREDICTED => 'P',
            other => panic!("{other:?}"),
        });
        let (a, b, c, d) = ("a".repeat(28), "b".repeat(28), "c".repeat(28), "d".repeat(28));
        let want = format!("....{a}{b}....{c}{d}....{}", ".".repeat(180));
        assert!(text[4..32].iter().all(|line| *line == want), "{}", text[4]);
        assert!(text[3] == ".".repeat(304) && text[32] == text[3]);
        // The last row of a 0 and of a 2, and of a 1 and of a 0.
        let caption = &text[4 + 28 + 2 + 6];
        let (before, after) = (".".repeat(28 - 4 - 5), ".".repeat(28 - 4 - 5 + 4));
        assert_eq!(caption[4..64], format!("{before}.LLL.........PPPPP{after}"));
        assert_eq!(caption[64..124], format!("{before}.LLL..........PPP.{after}"));
    }

    #[test]
    fn without_mistakes_the_picture_is_empty() {
        let labels = vec![0];
        let answers = Evaluation::of_logits(vec![1.0, 0.0], 2, &labels);
        let canvas = paint(&answers, &Examples::new(1, 1, vec![9], labels));
        assert!(canvas.pixels.iter().all(|&pixel| pixel == BACKGROUND[0]));
    }
}
