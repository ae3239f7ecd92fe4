//! Strokes that are bolder or finer.

/// Makes the strokes of images of one size bolder or finer.
#[derive(Debug)]
pub(super) struct Strokes {
    columns: usize,
    /// The image as it was, a row and column of zeros around it.
    padded: Vec<f32>,
}

impl Strokes {
    pub(super) fn new((rows, columns): (usize, usize)) -> Self {
        Strokes { columns, padded: vec![0.0; (rows + 2) * (columns + 2)] }
    }

    /// Brings each pixel of a light image on black nearer to the lightest of itself and its four
    /// neighbours, or, where `thickness` is below 0, to the darkest.
    ///
    /// At 1 and -1 it is there: greyscale dilation and erosion by a cross of 3 by 3 pixels (Serra 1982,
    /// "Image Analysis and Mathematical Morphology"), strokes two pixels wider or narrower.
    pub(super) fn apply(&mut self, thickness: f32, image: &mut [f32]) {
        if thickness == 0.0 {
            return;
        }
        let share = thickness.abs();
        if thickness > 0.0 {
            self.toward(f32::max, share, image)
        } else {
            self.toward(f32::min, share, image)
        }
    }

    /// Brings each pixel nearer to the one that is picked of itself and its four neighbours.
    fn toward(&mut self, pick: impl Fn(f32, f32) -> f32, share: f32, image: &mut [f32]) {
        let (columns, width) = (self.columns.max(1), self.columns + 2);
        let inside = self.padded.chunks_exact_mut(width).skip(1);
        for (padded, row) in inside.zip(image.chunks_exact(columns)) {
            padded[1..=columns].copy_from_slice(row);
        }
        for (row, to) in image.chunks_exact_mut(columns).enumerate() {
            let (above, rest) = self.padded[row * width..].split_at(width);
            let (own, below) = rest.split_at(width);
            let upright = above[1..].iter().zip(&below[1..]);
            let across = own.iter().zip(&own[2..]);
            for ((to, (&above, &below)), (&left, &right)) in to.iter_mut().zip(upright).zip(across)
            {
                let picked = pick(pick(above, below), pick(pick(left, right), *to));
                *to += share * (picked - *to);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn<const N: usize>(size: (usize, usize), thickness: f32, image: [f32; N]) -> [f32; N] {
        let mut strokes = Strokes::new(size);
        // What an earlier image leaves must not be seen.
        strokes.apply(1.0, &mut [9.0; N]);
        let mut image = image;
        strokes.apply(thickness, &mut image);
        image
    }

    #[test]
    fn a_dot_becomes_a_cross_as_bright_as_it_is_bolder() {
        let dot = [0.0, 0.0, 0.0, 0.0, 0.8, 0.0, 0.0, 0.0, 0.0];
        let cross = |arm: f32| [0.0, arm, 0.0, arm, 0.8, arm, 0.0, arm, 0.0];
        assert_eq!(drawn((3, 3), 1.0, dot), cross(0.8));
        assert_eq!(drawn((3, 3), 0.5, dot), cross(0.4));
        assert_eq!(drawn((3, 3), 0.0, dot), dot);
    }

    #[test]
    fn a_finer_stroke_loses_what_has_a_dark_neighbour() {
        // A bar of three rows, of which only the middle one has none but at its ends.
        let bar = [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0];
        let want = |edge: f32| {
            let [o, e] = [0.0, edge];
            [o, o, o, e, e, e, e, 1.0, e, e, e, e, o, o, o]
        };
        assert_eq!(drawn((5, 3), -1.0, bar), want(0.0));
        assert_eq!(drawn((5, 3), -0.25, bar), want(0.75));
    }

    #[test]
    fn images_of_one_pixel_or_none_are_no_trouble() {
        assert_eq!(drawn((1, 1), 1.0, [0.5]), [0.5]);
        assert_eq!(drawn((1, 1), -1.0, [0.5]), [0.0]);
        let nothing: [f32; 0] = [];
        assert_eq!(drawn((0, 0), 1.0, nothing), nothing);
        assert_eq!(drawn((0, 4), 1.0, nothing), nothing);
    }
}
