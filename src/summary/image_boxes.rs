//! A picture with boxes drawn on it, for detection.

use super::kind::refused;
use super::png::{self, Raster};
use super::{Image, SummaryWriter, WriteError};
use crate::types::Step;

/// A box in pixels, from the picture's upper left corner; the last column and row belong to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoundingBox {
    /// The first column.
    pub x_min: f32,
    /// The first row.
    pub y_min: f32,
    /// The last column.
    pub x_max: f32,
    /// The last row.
    pub y_max: f32,
}

impl BoundingBox {
    fn is_valid(&self) -> bool {
        let edges = [self.x_min, self.y_min, self.x_max, self.y_max];
        let finite = edges.iter().all(|edge| edge.is_finite());
        finite && self.x_min <= self.x_max && self.y_min <= self.y_max
    }
}

const RED: [u8; 4] = [255, 0, 0, 255];

impl SummaryWriter {
    /// Logs a picture with the edges of boxes drawn on it, red and one pixel wide.
    ///
    /// What lies outside of the picture is not drawn. Labels are not drawn either, for want of a
    /// font: log them with [`SummaryWriter::add_text`].
    ///
    /// ```
    /// use runboard::summary::{BoundingBox, Image, Pixels, SummaryWriter};
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let dir = dir.path();
    /// let writer = SummaryWriter::create(dir)?;
    /// let sky = vec![200; 64 * 64 * 3]; // [64, 64, 3]
    /// let cat = BoundingBox { x_min: 10.0, y_min: 20.0, x_max: 30.5, y_max: 63.0 };
    /// writer.add_image_with_boxes("cats", Image::hwc(64, 64, Pixels::Rgb8(&sky)), &[cat], 0)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`WriteError::Value`] if an edge of a box is not finite or its minimum is above its maximum,
    /// and as [`SummaryWriter::add_image`].
    pub fn add_image_with_boxes(
        &self,
        tag: &str,
        image: Image<'_>,
        boxes: &[BoundingBox],
        step: impl Into<Step>,
    ) -> Result<(), WriteError> {
        if let Some(wrong) = boxes.iter().find(|it| !it.is_valid()) {
            let problem = format!("got {wrong:?}, want finite edges, minimum first");
            return Err(refused(tag, problem));
        }
        let step = step.into();
        if !self.wants(tag, step) {
            return Ok(());
        }
        let mut raster = coloured(image.raster(tag)?);
        for bounds in boxes {
            draw(&mut raster, bounds);
        }
        let file = png::encode(&raster);
        self.add_image_files(tag, raster.width, raster.height, vec![file], step)
    }
}

/// Returns the picture with at least three channels.
fn coloured(raster: Raster<'_>) -> Raster<'_> {
    if raster.channels > 1 {
        return raster;
    }
    let bytes = raster.bytes.iter().flat_map(|gray| [*gray; 3]).collect();
    Raster { channels: 3, bytes, ..raster }
}

fn draw(raster: &mut Raster<'_>, bounds: &BoundingBox) {
    // `as` saturates, so that far edges stay outside.
    let [left, top, right, bottom] =
        [bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max].map(|edge| edge.round() as i64);
    let (width, height, channels) = (raster.width, raster.height, raster.channels);
    let inside = |from: i64, to: i64, size: usize| {
        from.clamp(0, size as i64) as usize..(to.saturating_add(1)).clamp(0, size as i64) as usize
    };
    let (columns, rows) = (inside(left, right, width), inside(top, bottom, height));
    let bytes = raster.bytes.to_mut();
    let mut paint = |x: usize, y: usize| {
        let at = (y * width + x) * channels;
        bytes[at..at + channels].copy_from_slice(&RED[..channels]);
    };
    for y in [top, bottom].into_iter().filter_map(|y| index(y, height)) {
        columns.clone().for_each(|x| paint(x, y));
    }
    for x in [left, right].into_iter().filter_map(|x| index(x, width)) {
        rows.clone().for_each(|y| paint(x, y));
    }
}

fn index(at: i64, size: usize) -> Option<usize> {
    usize::try_from(at).ok().filter(|at| *at < size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::Pixels;

    fn drawn(bounds: BoundingBox) -> Vec<String> {
        let mut raster = coloured(Image::hwc(4, 5, Pixels::Gray8(&[9; 20])).raster("a").unwrap());
        draw(&mut raster, &bounds);
        let pixel = |rgb: &[u8]| if rgb == [255, 0, 0] { '#' } else { '.' };
        let row = |row: &[u8]| row.chunks(3).map(pixel).collect();
        raster.bytes.chunks(15).map(row).collect()
    }

    #[test]
    fn the_edges_are_drawn_and_the_inside_is_not() {
        let inside = BoundingBox { x_min: 1.0, y_min: 0.0, x_max: 3.4, y_max: 2.0 };
        assert_eq!(drawn(inside), [".###.", ".#.#.", ".###.", "....."]);
        let dot = BoundingBox { x_min: 2.0, y_min: 1.0, x_max: 2.0, y_max: 1.0 };
        assert_eq!(drawn(dot), [".....", "..#..", ".....", "....."]);
    }

    #[test]
    fn what_lies_outside_is_not_drawn() {
        let partly = BoundingBox { x_min: -1e30, y_min: 2.0, x_max: 1.0, y_max: 1e30 };
        assert_eq!(drawn(partly), [".....", ".....", "##...", ".#..."]);
        let beyond = BoundingBox { x_min: 7.0, y_min: 7.0, x_max: 9.0, y_max: 9.0 };
        assert_eq!(drawn(beyond), [".....", ".....", ".....", "....."]);
    }

    #[test]
    fn a_box_without_finite_edges_in_order_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let writer = SummaryWriter::create(dir.path()).unwrap();
        let nan = BoundingBox { x_min: f32::NAN, y_min: 0.0, x_max: 1.0, y_max: 1.0 };
        let swapped = BoundingBox { x_min: 0.0, y_min: 3.0, x_max: 1.0, y_max: 1.0 };
        for wrong in [nan, swapped] {
            let image = Image::hwc(1, 1, Pixels::Gray8(&[0]));
            let error = writer.add_image_with_boxes("a", image, &[wrong], 0).unwrap_err();
            assert!(error.to_string().starts_with("summary `a`: got BoundingBox {"), "{error}");
        }
    }
}
