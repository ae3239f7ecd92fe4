//! Images: pictures that TensorBoard shows with a slider over the steps.

use std::borrow::Cow;

use super::kind::{Kind, refused, strings};
use super::png::{self, Raster};
use super::{SummaryWriter, WriteError, encoded_image};
use crate::proto::DataClass;
use crate::types::Step;

pub(super) const IMAGES: Kind<'_> =
    Kind { plugin: "images", content: &[], class: DataClass::BlobSequence };

/// The colours of pixels, and their type.
///
/// `f32` goes from 0, dark, to 1, bright, and is rounded to 8 bits; what lies beyond becomes 0 or 1,
/// and NaN becomes 0. To see where NaNs are, paint them before.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Pixels<'a> {
    /// Gray, 0 to 255.
    Gray8(&'a [u8]),
    /// Red, green, blue, 0 to 255.
    Rgb8(&'a [u8]),
    /// Red, green, blue and opacity, 0 to 255.
    Rgba8(&'a [u8]),
    /// Gray, 0 to 1.
    GrayF32(&'a [f32]),
    /// Red, green, blue, 0 to 1.
    RgbF32(&'a [f32]),
    /// Red, green, blue and opacity, 0 to 1.
    RgbaF32(&'a [f32]),
}

impl Pixels<'_> {
    pub(super) fn channels(&self) -> usize {
        match self {
            Pixels::Gray8(_) | Pixels::GrayF32(_) => 1,
            Pixels::Rgb8(_) | Pixels::RgbF32(_) => 3,
            Pixels::Rgba8(_) | Pixels::RgbaF32(_) => 4,
        }
    }

    fn len(&self) -> usize {
        match self {
            Pixels::Gray8(values) | Pixels::Rgb8(values) | Pixels::Rgba8(values) => values.len(),
            Pixels::GrayF32(values) | Pixels::RgbF32(values) | Pixels::RgbaF32(values) => {
                values.len()
            }
        }
    }
}

/// Whether the channels of a pixel lie together or each channel is a plane.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Layout {
    ChannelsLast,
    ChannelsFirst,
}

/// One picture, borrowed; the constructor says how it lies in memory.
#[derive(Clone, Copy, Debug)]
pub struct Image<'a>(Images<'a>);

impl<'a> Image<'a> {
    /// Returns a picture of shape `[height, width, channels]`: TensorFlow's and most decoders'.
    pub fn hwc(height: usize, width: usize, pixels: Pixels<'a>) -> Self {
        Image(Images::nhwc(1, height, width, pixels))
    }

    /// Returns a picture of shape `[channels, height, width]`: PyTorch's.
    pub fn chw(height: usize, width: usize, pixels: Pixels<'a>) -> Self {
        Image(Images::nchw(1, height, width, pixels))
    }

    pub(super) fn raster(&self, tag: &str) -> Result<Raster<'a>, WriteError> {
        let mut rasters = self.0.rasters(tag)?;
        Ok(rasters.next().expect("there is one picture"))
    }
}

/// A batch of pictures of one size, borrowed; the constructor says how they lie in memory.
#[derive(Clone, Copy, Debug)]
pub struct Images<'a> {
    count: usize,
    height: usize,
    width: usize,
    pixels: Pixels<'a>,
    layout: Layout,
}

impl<'a> Images<'a> {
    /// Returns pictures of shape `[count, height, width, channels]`: TensorFlow's.
    pub fn nhwc(count: usize, height: usize, width: usize, pixels: Pixels<'a>) -> Self {
        Images { count, height, width, pixels, layout: Layout::ChannelsLast }
    }

    /// Returns pictures of shape `[count, channels, height, width]`: PyTorch's.
    pub fn nchw(count: usize, height: usize, width: usize, pixels: Pixels<'a>) -> Self {
        Images { count, height, width, pixels, layout: Layout::ChannelsFirst }
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Returns the pictures as rows of 8-bit pixels, or what is wrong with their shape.
    pub(super) fn rasters(
        &self,
        tag: &str,
    ) -> Result<impl Iterator<Item = Raster<'a>> + use<'a>, WriteError> {
        let Images { count, height, width, pixels, layout } = *self;
        let channels = pixels.channels();
        let shape = match layout {
            Layout::ChannelsLast => [count, height, width, channels],
            Layout::ChannelsFirst => [count, channels, height, width],
        };
        if shape.contains(&0) {
            return Err(refused(tag, format!("no pixels: images of shape {shape:?}")));
        }
        let want = shape.iter().try_fold(1, |len: usize, size| len.checked_mul(*size));
        // Sizes in PNG files are 31 bits.
        if want != Some(pixels.len()) || width.max(height) > i32::MAX as usize {
            let got = pixels.len();
            let problem = format!("got {got} values for images of shape {shape:?}");
            return Err(refused(tag, problem));
        }
        let len = pixels.len() / count;
        Ok((0..count).map(move |i| {
            let picture = i * len..(i + 1) * len;
            let bytes = match pixels {
                Pixels::Gray8(all) | Pixels::Rgb8(all) | Pixels::Rgba8(all) => {
                    let bytes = &all[picture];
                    if layout == Layout::ChannelsFirst && channels > 1 {
                        Cow::Owned(interleaved(bytes, channels, |byte| byte))
                    } else {
                        Cow::Borrowed(bytes)
                    }
                }
                Pixels::GrayF32(all) | Pixels::RgbF32(all) | Pixels::RgbaF32(all) => {
                    let values = &all[picture];
                    Cow::Owned(if layout == Layout::ChannelsFirst && channels > 1 {
                        interleaved(values, channels, byte)
                    } else {
                        values.iter().map(|value| byte(*value)).collect()
                    })
                }
            };
            Raster { width, height, channels, bytes }
        }))
    }
}

/// Puts the channels of a pixel together.
fn interleaved<T: Copy>(planes: &[T], channels: usize, to_byte: impl Fn(T) -> u8) -> Vec<u8> {
    let size = planes.len() / channels;
    let mut bytes = vec![0; planes.len()];
    for (channel, plane) in planes.chunks_exact(size).enumerate() {
        for (pixel, value) in bytes.chunks_exact_mut(channels).zip(plane) {
            pixel[channel] = to_byte(*value);
        }
    }
    bytes
}

/// `as` saturates and takes NaN for 0.
fn byte(value: f32) -> u8 {
    (value * 255.0).round() as u8
}

impl SummaryWriter {
    /// Logs a picture, as PNG.
    ///
    /// TensorBoard keeps 10 steps of a tag unless started with `--samples_per_plugin images=100`.
    ///
    /// ```
    /// use runboard::summary::{Image, Pixels, SummaryWriter};
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let dir = dir.path();
    /// let writer = SummaryWriter::create(dir)?;
    /// let ramp: Vec<f32> = (0..28 * 28).map(|i| i as f32 / 783.0).collect();
    /// writer.add_image("digit", Image::hwc(28, 28, Pixels::GrayF32(&ramp)), 0)?;
    ///
    /// let wrong = writer.add_image("digit", Image::hwc(28, 28, Pixels::RgbF32(&ramp)), 1);
    /// assert_eq!(
    ///     wrong.unwrap_err().to_string(),
    ///     "summary `digit`: got 784 values for images of shape [1, 28, 28, 3]",
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`WriteError::Value`] if the picture has no pixels or another number of them than its
    /// shape says; else as for other summaries.
    pub fn add_image(
        &self,
        tag: &str,
        image: Image<'_>,
        step: impl Into<Step>,
    ) -> Result<(), WriteError> {
        self.add_images(tag, image.0, step)
    }

    /// Logs a batch of pictures under one tag; TensorBoard shows each by itself.
    ///
    /// For one picture of them all see [`SummaryWriter::add_image_grid`].
    ///
    /// ```
    /// use runboard::summary::{Images, Pixels, SummaryWriter};
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let dir = dir.path();
    /// let writer = SummaryWriter::create(dir)?;
    /// let batch = vec![128; 4 * 3 * 8 * 8]; // [4, 3, 8, 8]
    /// writer.add_images("batch", Images::nchw(4, 8, 8, Pixels::Rgb8(&batch)), 0)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`SummaryWriter::add_image`].
    pub fn add_images(
        &self,
        tag: &str,
        images: Images<'_>,
        step: impl Into<Step>,
    ) -> Result<(), WriteError> {
        let step = step.into();
        if !self.wants(tag, step) {
            return Ok(());
        }
        let files = images.rasters(tag)?.map(|raster| png::encode(&raster)).collect();
        self.add_image_files(tag, images.width, images.height, files, step)
    }

    /// Logs a picture that is a PNG, JPEG, GIF or BMP file already.
    ///
    /// ```
    /// # let dir = tempfile::tempdir()?;
    /// # let writer = runboard::summary::SummaryWriter::create(dir.path())?;
    /// let gif = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";
    /// writer.add_image_encoded("plot", gif, 0)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`WriteError::Value`] if the file does not begin as one of those, which browsers would not
    /// show; else as for other summaries.
    pub fn add_image_encoded(
        &self,
        tag: &str,
        file: &[u8],
        step: impl Into<Step>,
    ) -> Result<(), WriteError> {
        let Some((width, height)) = encoded_image::size(file) else {
            let start = file[..file.len().min(16)].escape_ascii();
            let problem = format!("got `{start}`, want a PNG, JPEG, GIF or BMP file");
            return Err(refused(tag, problem));
        };
        self.add_image_files(tag, width, height, vec![file.to_vec()], step.into())
    }

    /// Logs files as TensorFlow 2 does: a string tensor of width, height and the files.
    pub(super) fn add_image_files(
        &self,
        tag: &str,
        width: usize,
        height: usize,
        files: Vec<Vec<u8>>,
        step: Step,
    ) -> Result<(), WriteError> {
        let mut all = vec![width.to_string().into_bytes(), height.to_string().into_bytes()];
        all.extend(files);
        self.add_of_kind(&IMAGES, tag, &strings(&[all.len()], all), step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f32_becomes_the_nearest_of_256_levels_and_nan_the_darkest() {
        // 0.5 * 255 = 127.5, and halves round away from zero.
        let levels = [0.0, 0.001, 0.002, 0.5, 0.9981, 1.0, 1.5, -1.0, f32::NAN, f32::INFINITY];
        assert_eq!(levels.map(byte), [0, 0, 1, 128, 255, 255, 255, 0, 0, 255]);
    }

    #[test]
    fn channels_first_and_last_are_the_same_picture() {
        // Two pixels, (1, 2, 3) and (4, 5, 6), side by side.
        let last = Image::hwc(1, 2, Pixels::Rgb8(&[1, 2, 3, 4, 5, 6])).raster("a").unwrap();
        let first = Image::chw(1, 2, Pixels::Rgb8(&[1, 4, 2, 5, 3, 6])).raster("a").unwrap();
        assert_eq!(last, first);
    }

    #[test]
    fn an_impossible_shape_is_an_error_that_names_it() {
        let problem = |image: Image<'_>| image.raster("a").unwrap_err().to_string();
        let empty = Image::hwc(0, 5, Pixels::Gray8(&[]));
        assert_eq!(problem(empty), "summary `a`: no pixels: images of shape [1, 0, 5, 1]");
        let short = Image::chw(2, 2, Pixels::Rgb8(&[0; 11]));
        assert_eq!(problem(short), "summary `a`: got 11 values for images of shape [1, 3, 2, 2]");
        let huge = Image::hwc(usize::MAX, usize::MAX, Pixels::Gray8(&[0]));
        assert!(
            problem(huge).starts_with("summary `a`: got 1 values for images of shape [1, 1844")
        );
    }
}
