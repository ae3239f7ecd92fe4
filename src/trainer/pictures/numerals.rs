//! The digits in 5 by 7 pixels, as character displays have them.

/// Size of a digit.
const WIDTH: usize = 5;
pub(super) const HEIGHT: usize = 7;

/// From one digit to the next.
pub(super) const ADVANCE: usize = WIDTH + 1;

/// Rows from above; of each the five lowest bits, the highest of them at the left.
const DIGITS: [[u8; HEIGHT]; 10] = [
    [0b01110, 0b10001, 0b10011, 0b10101, 0b11001, 0b10001, 0b01110],
    [0b00100, 0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110],
    [0b01110, 0b10001, 0b00001, 0b00010, 0b00100, 0b01000, 0b11111],
    [0b11111, 0b00010, 0b00100, 0b00010, 0b00001, 0b10001, 0b01110],
    [0b00010, 0b00110, 0b01010, 0b10010, 0b11111, 0b00010, 0b00010],
    [0b11111, 0b10000, 0b11110, 0b00001, 0b00001, 0b10001, 0b01110],
    [0b00110, 0b01000, 0b10000, 0b11110, 0b10001, 0b10001, 0b01110],
    [0b11111, 0b00001, 0b00010, 0b00100, 0b01000, 0b01000, 0b01000],
    [0b01110, 0b10001, 0b10001, 0b01110, 0b10001, 0b10001, 0b01110],
    [0b01110, 0b10001, 0b10001, 0b01111, 0b00001, 0b00010, 0b01100],
];

/// Returns the columns and rows that are dark in a digit, 0 to 9.
pub(super) fn pixels(digit: u8) -> impl Iterator<Item = (usize, usize)> {
    let rows = DIGITS[usize::from(digit)];
    (0..HEIGHT).flat_map(move |row| {
        let dark = move |column: &usize| rows[row] >> (WIDTH - 1 - column) & 1 == 1;
        (0..WIDTH).filter(dark).map(move |column| (column, row))
    })
}

/// Returns how wide a number is, without the gap behind it.
pub(super) fn width(number: u64) -> usize {
    number.to_string().len() * ADVANCE - 1
}
