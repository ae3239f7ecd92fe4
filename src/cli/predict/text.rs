//! Pictures and bars in characters.

use super::picture::Gray;

/// Lighter than this is drawn.
const LIGHT: u8 = 96;
/// Eighths of a column, from none to seven.
const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// Draws what is light in a picture, two rows to a line; nothing if it is wider than `width`.
pub(super) fn picture(picture: &Gray, width: usize) -> String {
    if picture.width > width {
        return String::new();
    }
    let rows: Vec<&[u8]> = picture.pixels.chunks_exact(picture.width).collect();
    let mut text = String::new();
    for pair in rows.chunks(2) {
        let is_light = |row: usize, column: usize| {
            pair.get(row).is_some_and(|pixels: &&[u8]| pixels[column] >= LIGHT)
        };
        let line: String = (0..picture.width)
            .map(|column| match (is_light(0, column), is_light(1, column)) {
                (false, false) => ' ',
                (true, false) => '▀',
                (false, true) => '▄',
                (true, true) => '█',
            })
            .collect();
        text += line.trim_end();
        text += "\n";
    }
    text
}

/// A line for each class: its number, its probability, and a bar as long as it is probable.
pub(super) fn bars(probabilities: &[f32], width: usize) -> String {
    let digits = probabilities.len().saturating_sub(1).to_string().len();
    let room = width.saturating_sub(digits + " 0.0000 ".len());
    let mut text = String::new();
    for (class, &probability) in probabilities.iter().enumerate() {
        let eighths = (f64::from(probability) * (room * 8) as f64).round() as usize;
        let bar = "█".repeat(eighths / 8) + EIGHTHS[eighths % 8];
        text += format!("{class:>digits$} {probability:.4} {bar}").trim_end();
        text += "\n";
    }
    text
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;

    #[test]
    fn two_rows_make_a_line() {
        let pixels = vec![255, 0, 255, 0, 0, 255, 255, 0, 200, 0, 20, 0];
        let gray = Gray { width: 4, height: 3, pixels };
        assert_eq!(picture(&gray, 80), "▀▄█\n▀\n");
        assert_eq!(picture(&gray, 3), "");
    }

    #[test]
    fn bars_are_as_long_as_their_probability_and_fit_the_width() {
        // 20 columns leave 11: a half is 5 and a half, a sixteenth 0.6875, five and a half eighths.
        let mut probabilities = vec![0.0; 10];
        (probabilities[3], probabilities[9]) = (0.5, 0.062_5);
        let text = bars(&probabilities, 20);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "0 0.0000");
        assert_eq!(lines[3], "3 0.5000 █████▌");
        assert_eq!(lines[9], "9 0.0625 ▊");
        assert_eq!(bars(&[1.0], 80).trim_end().width(), 80);
        assert_eq!(bars(&[0.25; 11], 80).lines().nth(10).unwrap().split(' ').next(), Some("10"));
        assert_eq!(bars(&[0.25; 11], 80).lines().next().unwrap().split_at(2).0, " 0");
    }

    #[test]
    fn no_probability_at_all_has_no_bar() {
        assert_eq!(bars(&[f32::NAN], 20), "0 NaN\n");
    }
}
