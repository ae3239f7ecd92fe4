//! Makes a picture as large as those a net was trained on.

use super::picture::Gray;

/// Scales a picture by area averaging to fit into `width` by `height`, in the middle, on black.
pub(super) fn fit(picture: &Gray, width: usize, height: usize) -> Gray {
    let (from_width, from_height) = (picture.width, picture.height);
    // The longer side fills the frame: width / from_width < height / from_height.
    let (to_width, to_height) = if width * from_height <= height * from_width {
        (width, rounded(from_height * width, from_width))
    } else {
        (rounded(from_width * height, from_height), height)
    };
    let rows: Vec<f64> = picture
        .pixels
        .chunks_exact(from_width)
        .flat_map(|row| averaged(row.iter().map(|&pixel| f64::from(pixel)), from_width, to_width))
        .collect(); // [from_height, to_width]
    let (left, top) = ((width - to_width) / 2, (height - to_height) / 2);
    let mut pixels = vec![0; width * height];
    for column in 0..to_width {
        let values = rows.iter().skip(column).step_by(to_width).copied();
        for (row, value) in averaged(values, from_height, to_height).into_iter().enumerate() {
            pixels[(top + row) * width + left + column] = value.round() as u8;
        }
    }
    Gray { width, height, pixels }
}

/// The nearest whole number to a quotient, but at least 1.
fn rounded(dividend: usize, divisor: usize) -> usize {
    ((dividend + divisor / 2) / divisor).max(1)
}

/// The means of `to` equal parts of `from` values, each value spread over its place.
fn averaged(values: impl Iterator<Item = f64>, from: usize, to: usize) -> Vec<f64> {
    let mut sums = vec![0.0; to];
    for (place, value) in values.enumerate() {
        // In units of 1 / (from * to) of the whole, in which all edges are whole numbers.
        let (start, end) = (place * to, (place + 1) * to);
        let parts = sums.iter_mut().enumerate().take(end.div_ceil(from)).skip(start / from);
        for (part, sum) in parts {
            let shared = end.min((part + 1) * from) - start.max(part * from);
            *sum += value * shared as f64;
        }
    }
    sums.iter().map(|sum| sum / from as f64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gray(width: usize, height: usize, pixels: &[u8]) -> Gray {
        Gray { width, height, pixels: pixels.to_vec() }
    }

    #[test]
    fn a_picture_of_the_right_size_stays_as_it_is() {
        let picture = gray(2, 3, &[1, 2, 3, 4, 5, 6]);
        assert_eq!(fit(&picture, 2, 3), picture);
    }

    #[test]
    fn areas_are_averaged() {
        // Three columns into two: (2 * 30 + 60) / 3 = 40 and (60 + 2 * 90) / 3 = 80; likewise rows:
        // each row is as much larger as the one above, by 3.
        let picture = gray(3, 3, &[30, 60, 90, 33, 63, 93, 36, 66, 96]);
        assert_eq!(fit(&picture, 2, 2), gray(2, 2, &[41, 81, 45, 85]));
        assert_eq!(fit(&gray(4, 4, &[8; 16]), 2, 2), gray(2, 2, &[8; 4]));
        assert_eq!(fit(&gray(1, 1, &[9]), 2, 2), gray(2, 2, &[9; 4]));
    }

    #[test]
    fn proportions_are_kept_and_the_rest_is_black() {
        let wide = gray(4, 2, &[1, 1, 3, 3, 1, 1, 3, 3]);
        assert_eq!(fit(&wide, 2, 3), gray(2, 3, &[0, 0, 1, 3, 0, 0]));
        let high = gray(1, 3, &[7, 8, 9]);
        assert_eq!(fit(&high, 3, 3), gray(3, 3, &[0, 7, 0, 0, 8, 0, 0, 9, 0]));
        // So wide that its height rounds to nothing.
        assert_eq!(fit(&gray(100, 1, &[5; 100]), 2, 3), gray(2, 3, &[0, 0, 5, 5, 0, 0]));
    }
}
