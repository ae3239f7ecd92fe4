//! A batch of pictures as one.

use std::borrow::Cow;

use super::png::{self, Raster};
use super::{Images, SummaryWriter, WriteError};
use crate::types::Step;

/// Pictures in a row, as in torch.
const COLUMNS: usize = 8;

impl SummaryWriter {
    /// Logs a batch of pictures as one, eight to a row; what is left of the last row is black.
    ///
    /// ```
    /// use runboard::summary::{Images, Pixels, SummaryWriter};
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let dir = dir.path();
    /// let writer = SummaryWriter::create(dir)?;
    /// let digits = vec![0.5; 20 * 28 * 28]; // [20, 28, 28, 1]
    /// writer.add_image_grid("digits", Images::nhwc(20, 28, 28, Pixels::GrayF32(&digits)), 0)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`SummaryWriter::add_image`].
    pub fn add_image_grid(
        &self,
        tag: &str,
        images: Images<'_>,
        step: impl Into<Step>,
    ) -> Result<(), WriteError> {
        let step = step.into();
        if !self.wants(tag, step) {
            return Ok(());
        }
        let grid = grid(images.rasters(tag)?, images.count(), COLUMNS);
        let file = png::encode(&grid);
        self.add_image_files(tag, grid.width, grid.height, vec![file], step)
    }
}

/// Puts pictures of one size side by side, at most `columns` to a row.
pub(super) fn grid<'a>(
    pictures: impl Iterator<Item = Raster<'a>>,
    count: usize,
    columns: usize,
) -> Raster<'static> {
    let columns = columns.min(count);
    let rows = count.div_ceil(columns);
    let mut pictures = pictures.enumerate().peekable();
    let (cell_width, cell_height, channels) =
        pictures.peek().map_or((0, 0, 1), |(_, first)| (first.width, first.height, first.channels));
    let (width, height) = (columns * cell_width, rows * cell_height);
    let mut bytes = vec![0; width * height * channels];
    let (stride, cell_stride) = (width * channels, cell_width * channels);
    for (i, picture) in pictures {
        let corner = i / columns * cell_height * stride + i % columns * cell_stride;
        for (y, row) in picture.bytes.chunks_exact(cell_stride).enumerate() {
            let at = corner + y * stride;
            bytes[at..at + cell_stride].copy_from_slice(row);
        }
    }
    Raster { width, height, channels, bytes: Cow::Owned(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::Pixels;

    #[test]
    fn pictures_fill_rows_from_the_left_and_the_rest_is_black() {
        // Three pictures of one row and two pixels each, two to a row.
        let images = Images::nhwc(3, 1, 2, Pixels::Gray8(&[1, 2, 3, 4, 5, 6]));
        let grid = grid(images.rasters("a").unwrap(), 3, 2);
        assert_eq!((grid.width, grid.height), (4, 2));
        assert_eq!(*grid.bytes, [1, 2, 3, 4, 5, 6, 0, 0]);
    }
}
