//! Windows that move over an image: where convolution and pooling look.

use super::super::{Attribute, Dim, Shape};

/// What lies around an image for windows that reach beyond it: zeros, which pooling ignores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// Nothing. Rows and columns at the end that no whole stride reaches are not looked at, as in
    /// TensorFlow: `(size - window) / stride + 1` positions, rounded down.
    Valid,
    /// As much as it takes for `size / stride` positions, rounded up; the odd row or column comes
    /// last, as in TensorFlow.
    Same,
    /// Rows before and after, then columns before and after.
    Explicit([[usize; 2]; 2]),
}

/// Windows of one size that move over images in steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Windows {
    /// Rows and columns.
    pub(crate) size: [usize; 2],
    pub(crate) strides: [usize; 2],
    pub(crate) padding: Padding,
}

/// Windows over images of a known size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    /// Positions from top to bottom and from left to right.
    pub(crate) positions: [usize; 2],
    /// Rows above and columns to the left of the image at which the first window begins.
    pub(crate) before: [usize; 2],
}

impl Windows {
    /// Places the windows over images of `image` rows and columns.
    ///
    /// # Errors
    /// The formula and its numbers where not one window fits.
    pub(crate) fn over(&self, image: [usize; 2]) -> Result<Placed, String> {
        let (rows, above) = self.along(0, image[0])?;
        let (columns, left) = self.along(1, image[1])?;
        Ok(Placed { positions: [rows, columns], before: [above, left] })
    }

    /// Positions along one axis, and the padding before it.
    fn along(&self, axis: usize, size: usize) -> Result<(usize, usize), String> {
        let (window, stride) = (self.size[axis], self.strides[axis]);
        let what = ["rows", "columns"][axis];
        if window == 0 || stride == 0 || size == 0 {
            return Err(format!(
                "want at least 1: {what} of the image {size}, of the window {window}, stride {stride}"
            ));
        }
        let (before, after) = match self.padding {
            Padding::Valid => (0, 0),
            Padding::Same => {
                let positions = size.div_ceil(stride);
                let missing = ((positions - 1) * stride + window).saturating_sub(size);
                (missing / 2, missing - missing / 2)
            }
            Padding::Explicit(padding) => (padding[axis][0], padding[axis][1]),
        };
        if before >= window || after >= window {
            return Err(format!(
                "padding of {before} and {after} {what} leaves windows of {window} in it alone"
            ));
        }
        let padded = size + before + after;
        if window > padded {
            let formula =
                format!("({size} + {before} + {after} - {window}) / {stride} + 1 is below 1");
            return Err(format!(
                "{} {what}: {formula}, so a window of {window} does not fit",
                self.padding_name()
            ));
        }
        Ok(((padded - window) / stride + 1, before))
    }

    pub(super) fn padding_name(&self) -> &'static str {
        match self.padding {
            Padding::Valid => "VALID",
            Padding::Same => "SAME",
            Padding::Explicit(_) => "EXPLICIT",
        }
    }

    /// What TensorFlow shows of windows: `strides`, `padding`, `data_format`.
    pub(super) fn attributes(&self) -> Vec<(&'static str, Attribute)> {
        let four =
            |[rows, columns]: [usize; 2]| Attribute::Ints(vec![1, rows as i64, columns as i64, 1]);
        let mut attributes = vec![
            ("strides", four(self.strides)),
            ("padding", Attribute::Text(self.padding_name().to_owned())),
            ("data_format", Attribute::Text("NHWC".to_owned())),
        ];
        if let Padding::Explicit([[a, b], [c, d]]) = self.padding {
            let all = [0, 0, a, b, c, d, 0, 0].map(|rows| rows as i64);
            attributes.push(("explicit_paddings", Attribute::Ints(all.to_vec())));
        }
        attributes
    }
}

/// The batch, rows and columns, and channels of images `[batch, rows, columns, channels]`.
pub(crate) fn image(shape: &Shape) -> Option<(Dim, [usize; 2], usize)> {
    match shape.dims() {
        &[batch, Dim::Known(rows), Dim::Known(columns), Dim::Known(channels)] => {
            Some((batch, [rows, columns], channels))
        }
        _ => None,
    }
}

/// The shape of images.
pub(crate) fn image_shape(batch: Dim, [rows, columns]: [usize; 2], channels: usize) -> Shape {
    Shape::from(vec![batch, rows.into(), columns.into(), channels.into()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(size: usize, window: usize, stride: usize, padding: Padding) -> (usize, usize) {
        let windows = Windows { size: [window; 2], strides: [stride; 2], padding };
        let placed = windows.over([size; 2]).unwrap();
        (placed.positions[0], placed.before[0])
    }

    // TensorFlow's guide "Neural network": VALID is ceil((in - filter + 1) / stride), SAME is
    // ceil(in / stride) with the odd padding at the end.
    #[test]
    fn positions_are_those_of_tensorflow() {
        assert_eq!(placed(28, 3, 1, Padding::Same), (28, 1));
        assert_eq!(placed(28, 3, 2, Padding::Same), (14, 0), "one row of padding, below");
        assert_eq!(placed(7, 2, 2, Padding::Same), (4, 0));
        assert_eq!(placed(32, 5, 2, Padding::Valid), (14, 0), "(32 - 5) / 2 + 1 = 14.5");
        assert_eq!(placed(5, 1, 3, Padding::Same), (2, 0), "windows smaller than their stride");
        assert_eq!(placed(5, 3, 1, Padding::Explicit([[2, 1], [2, 1]])), (6, 2));
    }

    #[test]
    fn a_window_that_does_not_fit_is_told_with_the_formula() {
        let windows = Windows { size: [5, 2], strides: [1, 1], padding: Padding::Valid };
        let error = windows.over([3, 3]).unwrap_err();
        assert!(error.contains("VALID rows: (3 + 0 + 0 - 5) / 1 + 1 is below 1"), "{error}");
        let windows = Windows { strides: [0, 1], ..windows };
        assert!(windows.over([9, 9]).unwrap_err().contains("stride 0"));
        let all =
            Windows { size: [2; 2], strides: [1; 2], padding: Padding::Explicit([[2, 0]; 2]) };
        assert!(all.over([4, 4]).unwrap_err().contains("in it alone"));
    }
}
