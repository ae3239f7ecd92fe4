//! Images seen from elsewhere: moved, turned, larger, bent.

use super::elastic::{Elastic, Spline};

/// Where an image is put.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Placement {
    /// Pixels down and to the right.
    pub(super) shift: [f32; 2],
    /// Turned counter-clockwise about its middle.
    pub(super) degrees: f32,
    /// What its size is multiplied with, about its middle.
    pub(super) scale: f32,
}

/// Puts images of one size elsewhere.
#[derive(Debug)]
pub(super) struct Warp {
    rows: usize,
    columns: usize,
    /// An image with a row and column of zeros before it and two behind: any place is between four
    /// pixels, and none needs to be asked whether it is inside.
    padded: Vec<f32>,
    /// Of a row's pixels, down and to the right.
    displacements: Vec<[f32; 2]>,
    /// Of a row's pixels.
    sources: Vec<Source>,
    splines: [Vec<Spline>; 2],
}

/// The four pixels that a pixel is between: the first one's place, and how far it is from there.
#[derive(Clone, Copy, Debug, Default)]
struct Source {
    place: i32,
    /// Down and to the right, of a pixel.
    shares: [f32; 2],
}

/// Columns of zeros around an image.
const PADDING: usize = 3;

impl Warp {
    pub(super) fn new((rows, columns): (usize, usize)) -> Self {
        Warp {
            rows,
            columns,
            padded: vec![0.0; (rows + PADDING) * (columns + PADDING)],
            displacements: vec![[0.0; 2]; columns],
            sources: vec![Source::default(); columns],
            splines: [Spline::along(rows), Spline::along(columns)],
        }
    }

    /// Writes the image's pixels times `factor` as they are once it is placed, bilinear.
    ///
    /// An image placed where it is keeps every bit.
    pub(super) fn apply(
        &mut self,
        image: &[u8],
        placement: &Placement,
        elastic: Option<&Elastic>,
        factor: f32,
        to: &mut [f32],
    ) {
        let (rows, columns, width) = (self.rows, self.columns, self.columns + PADDING);
        let inside = self.padded.chunks_exact_mut(width).skip(1);
        for (padded, row) in inside.zip(image.chunks_exact(columns.max(1))) {
            for (padded, &pixel) in padded[1..].iter_mut().zip(row) {
                *padded = f32::from(pixel) * factor;
            }
        }
        if elastic.is_none() {
            self.displacements.fill([0.0; 2]);
        }
        // Where each pixel comes from: the way back, so the angle's sine has its sign turned.
        let angle = f64::from(placement.degrees).to_radians();
        let scale = f64::from(placement.scale);
        let (sin, cos) = ((angle.sin() / scale) as f32, (angle.cos() / scale) as f32);
        let middle = [rows, columns].map(|size| (size as f32 - 1.0) / 2.0);
        let [last_row, last_column] = [rows, columns].map(|size| size as f32 + 1.0);
        let to = to.chunks_exact_mut(columns.max(1)).take(rows);
        for (row, to) in to.enumerate() {
            if let Some(elastic) = elastic {
                let [down, right] = &self.splines;
                elastic.row(&down[row], right, &mut self.displacements);
            }
            let y = row as f32 - middle[0] - placement.shift[0];
            let sources = self.sources.iter_mut().zip(&self.displacements).enumerate();
            for (column, (source, [down, right])) in sources {
                let x = column as f32 - middle[1] - placement.shift[1];
                // One more, as the padding has.
                let from_row = middle[0] + (x * sin + y * cos) + down + 1.0;
                let from_column = middle[1] + (x * cos - y * sin) + right + 1.0;
                let from_row = from_row.max(0.0).min(last_row);
                let from_column = from_column.max(0.0).min(last_column);
                // Not negative, so this rounds down.
                let (above, left) = (from_row as i32, from_column as i32);
                *source = Source {
                    place: above * width as i32 + left,
                    shares: [from_row - above as f32, from_column - left as f32],
                };
            }
            for (to, &Source { place, shares: [below, right] }) in to.iter_mut().zip(&self.sources)
            {
                let four = &self.padded[place as usize..][..width + 2];
                let mix = |a: f32, b: f32, share: f32| a * (1.0 - share) + b * share;
                let upper = mix(four[0], four[1], right);
                *to = mix(upper, mix(four[width], four[width + 1], right), below);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AS_IT_IS: Placement = Placement { shift: [0.0, 0.0], degrees: 0.0, scale: 1.0 };

    fn placed(size: (usize, usize), image: &[u8], placement: &Placement) -> Vec<f32> {
        let mut to = vec![f32::NAN; image.len()];
        let mut warp = Warp::new(size);
        // What an earlier image leaves must not be seen.
        warp.apply(&vec![255; image.len()], &AS_IT_IS, None, 1.0, &mut to);
        warp.apply(image, placement, None, 1.0, &mut to);
        to
    }

    #[test]
    fn whole_shifts_move_pixels_exactly_and_leave_zeros_behind() {
        let image = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
        let down = Placement { shift: [1.0, 0.0], ..AS_IT_IS };
        let want = [0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];
        assert_eq!(placed((3, 4), &image, &down), want);
        let up_and_right = Placement { shift: [-1.0, 2.0], ..AS_IT_IS };
        let want = [0.0, 0.0, 5.0, 6.0, 0.0, 0.0, 9.0, 10.0, 0.0, 0.0, 0.0, 0.0];
        assert_eq!(placed((3, 4), &image, &up_and_right), want);
        let away = Placement { shift: [0.0, -1e9], ..AS_IT_IS };
        assert_eq!(placed((3, 4), &image, &away), [0.0; 12]);
    }

    #[test]
    fn half_a_pixel_is_the_mean_of_two() {
        // The last is half of 8 and half of what is beyond the edge.
        let half = Placement { shift: [0.0, -0.5], ..AS_IT_IS };
        assert_eq!(placed((1, 4), &[2, 4, 6, 8], &half), [3.0, 5.0, 7.0, 4.0]);
        let both = Placement { shift: [-0.5, -0.5], ..AS_IT_IS };
        assert_eq!(placed((2, 2), &[1, 2, 3, 6], &both), [3.0, 2.0, 2.25, 1.5]);
    }

    #[test]
    fn quarter_turns_are_exact() {
        let image = [1, 2, 3, 4, 5, 6, 7, 8, 9];
        let turned = |degrees: f32| placed((3, 3), &image, &Placement { degrees, ..AS_IT_IS });
        // The right column comes to the top.
        assert_eq!(turned(90.0), [3.0, 6.0, 9.0, 2.0, 5.0, 8.0, 1.0, 4.0, 7.0]);
        assert_eq!(turned(180.0), [9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0]);
        assert_eq!(turned(-90.0), [7.0, 4.0, 1.0, 8.0, 5.0, 2.0, 9.0, 6.0, 3.0]);
        // The middle of an even number of pixels lies between them, also in a digit's 28.
        let digit: Vec<u8> = (0..28 * 28).map(|i| (i * 37 % 251) as u8).collect();
        let got = placed((28, 28), &digit, &Placement { degrees: 90.0, ..AS_IT_IS });
        for row in 0..28 {
            for column in 0..28 {
                assert_eq!(got[row * 28 + column], f32::from(digit[column * 28 + 27 - row]));
            }
        }
    }

    #[test]
    fn twice_the_size_shows_the_middle() {
        // Five pixels about the middle one: 1 and 0.5 pixels from it are seen at 2 and 1.
        let twice = Placement { scale: 2.0, ..AS_IT_IS };
        assert_eq!(placed((1, 5), &[1, 2, 4, 8, 9], &twice), [2.0, 3.0, 4.0, 6.0, 8.0]);
        // At half the size all is seen, and nothing around it.
        let half = Placement { scale: 0.5, ..AS_IT_IS };
        assert_eq!(placed((1, 5), &[1, 2, 4, 8, 9], &half), [0.0, 1.0, 4.0, 9.0, 0.0]);
    }

    #[test]
    fn a_point_is_taken_from_where_its_displacement_says() {
        // Everything is taken from a pixel to the right; a pixel is the middle of the splines.
        let elastic = Elastic::draw(1.0, || 1.0);
        let splines = Spline::along(6);
        let mut row = [[0.0; 2]; 6];
        elastic.row(&splines[0], &splines, &mut row);
        let [down, right] = row[0];
        let mut to = [0.0; 36];
        let image: Vec<u8> = (0..36).collect();
        Warp::new((6, 6)).apply(&image, &AS_IT_IS, Some(&elastic), 1.0, &mut to);
        // A ramp of 6 a row and 1 a column, in which bilinear is exact.
        assert!(down == right && (1.0..5.0).contains(&down), "{down}");
        assert!((to[0] - (6.0 * down + right)).abs() < 1e-4, "{} {down}", to[0]);
    }
}
