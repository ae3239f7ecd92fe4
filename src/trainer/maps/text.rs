//! Pictures in characters, for terminals.

use super::Maps;

/// Columns of a page; wider pictures are left out.
const WIDTH: usize = 80;
const GAP: usize = 2;

/// Pictures of up to so many columns of whole numbers are written as numbers.
const NUMBERED: usize = 6;

/// What shades are drawn with, the darkest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Characters {
    /// Blocks that are more or less filled.
    #[default]
    Blocks,
    /// For terminals that show nothing else.
    Ascii,
}

impl Characters {
    fn shades(self) -> &'static [char] {
        match self {
            Characters::Blocks => &[' ', '░', '▒', '▓', '█'],
            Characters::Ascii => &[' ', '.', ':', '-', '=', '+', '*', '#', '%', '@'],
        }
    }
}

/// Draws pictures side by side within 80 columns, each from its smallest value to its largest.
///
/// Small ones of whole numbers are their numbers. A pixel is two characters wide where there is
/// room, so that it is about as high; nothing is drawn of pictures that are wider than the page.
pub(in crate::trainer) fn text(maps: &Maps, characters: Characters) -> String {
    let [_, rows, columns, _] = maps.sizes;
    let all: Vec<Vec<f32>> = (0..maps.count()).map(|index| maps.map(index)).collect();
    let is_whole = |value: &f32| value.fract() == 0.0 && value.abs() < 1e6;
    let cells: Vec<Vec<String>> = if columns <= NUMBERED && maps.values.iter().all(is_whole) {
        let digits = maps.values.iter().map(|value| value.to_string().len()).max().unwrap_or(1);
        // Without a space before the first column.
        let cell = |(i, value): (usize, &f32)| {
            let width = digits + usize::from(i % columns > 0);
            format!("{value:>width$}")
        };
        all.iter().map(|map| map.iter().enumerate().map(cell).collect()).collect()
    } else {
        let room = all.len() * (2 * columns + GAP);
        let width = if room <= WIDTH + GAP { 2 } else { 1 };
        let cell = |shade: char| shade.to_string().repeat(width);
        all.iter().map(|map| shades(map, characters).into_iter().map(cell).collect()).collect()
    };
    let Some(first) = cells.first().filter(|map| !map.is_empty()) else { return String::new() };
    let width: usize = first[..columns].iter().map(|cell| cell.chars().count()).sum();
    let beside = (WIDTH + GAP) / (width + GAP);
    if beside == 0 {
        return String::new();
    }
    let mut text = String::new();
    for (band, maps) in cells.chunks(beside).enumerate() {
        if band > 0 {
            text.push('\n');
        }
        for row in 0..rows {
            let of = |map: &Vec<String>| map[row * columns..(row + 1) * columns].concat();
            let line: Vec<String> = maps.iter().map(of).collect();
            text += line.join(&" ".repeat(GAP)).trim_end();
            text.push('\n');
        }
    }
    text
}

/// The shade of each pixel; `?` for what is no number.
fn shades(map: &[f32], characters: Characters) -> Vec<char> {
    let shades = characters.shades();
    let finite = || map.iter().copied().filter(|value| value.is_finite());
    let low = finite().fold(f32::INFINITY, f32::min);
    let high = finite().fold(f32::NEG_INFINITY, f32::max);
    let shade = |&value: &f32| {
        if !value.is_finite() {
            return '?';
        }
        let share = if high > low { (value - low) / (high - low) } else { 0.0 };
        shades[((share * shades.len() as f32) as usize).min(shades.len() - 1)]
    };
    map.iter().map(shade).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn maps(sizes: [usize; 4], values: &[f32]) -> Maps {
        Maps { tag: "a".to_owned(), sizes, values: values.to_vec() }
    }

    #[test]
    fn whole_numbers_are_written_in_columns() {
        // Two channels of 2 x 2: 12, 16, 24, 28 and their negatives halved.
        let values = [12.0, -6.0, 16.0, -8.0, 24.0, -12.0, 28.0, -14.0];
        let text = text(&maps([1, 2, 2, 2], &values), Characters::Blocks);
        assert_eq!(text, " 12  16   -6  -8\n 24  28  -12 -14\n");
    }

    #[test]
    fn shades_go_from_the_smallest_value_to_the_largest() {
        // Fifths: 0, 0.25, 0.5, 0.75 and 1 are the shades one to five.
        let values = [-1.0, -0.5, 0.0, 0.5, 1.0, f32::NAN, -1.0];
        let map = maps([1, 1, 7, 1], &values);
        assert_eq!(text(&map, Characters::Blocks), "  ░░▒▒▓▓██??\n");
        // Tenths: 0, 2.5, 5, 7.5, and the last.
        assert_eq!(text(&map, Characters::Ascii), "  ::++##@@??\n");
        assert_eq!(text(&maps([1, 1, 7, 1], &[3.5; 7]), Characters::Ascii), "\n");
    }

    #[test]
    fn pictures_stand_side_by_side_within_80_columns() {
        let of = |columns: usize, count: usize| {
            let row: Vec<f32> = (0..columns * count).map(|i| 0.5 + (i / count) as f32).collect();
            let text = text(&maps([1, 1, columns, count], &row), Characters::Blocks);
            text.lines().map(|line| line.chars().count()).collect::<Vec<_>>()
        };
        // Five of 7: two characters a pixel, 5 * 14 + 4 * 2.
        assert_eq!(of(7, 5), [78]);
        // Five of 14: one character a pixel, as many columns.
        assert_eq!(of(14, 5), [78]);
        // Six of 14: five, an empty line, and the sixth.
        assert_eq!(of(14, 6), [78, 0, 14]);
        assert_eq!(of(28, 1), [56]);
        assert_eq!(of(100, 1), [0; 0]);
    }
}
