//! Videos: animated GIF among the images.

use gif::{Encoder, Frame, Repeat};

use super::kind::refused;
use super::png::Raster;
use super::{Images, SummaryWriter, WriteError};
use crate::types::Step;

/// NeuQuant's sampling factor for frames of more than 256 colours: its authors' compromise.
const SAMPLING: i32 = 10;

/// Frames and how fast they follow each other.
#[derive(Clone, Copy, Debug)]
pub struct Video<'a> {
    /// One picture a frame.
    pub frames: Images<'a>,
    /// GIF counts in 1/100 s, so above 50 it is not exact; browsers slow down what is above.
    pub frames_per_second: f32,
}

impl SummaryWriter {
    /// Logs a video, as a GIF file that repeats for ever, with up to 256 colours in a frame.
    ///
    /// A pixel is opaque unless its opacity is 0.
    ///
    /// ```
    /// use runboard::summary::{Images, Pixels, SummaryWriter, Video};
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let dir = dir.path();
    /// let writer = SummaryWriter::create(dir)?;
    /// // A dot that goes from left to right.
    /// let mut dots = [0; 8 * 4 * 8]; // [8, 4, 8, 1]
    /// (0..8).for_each(|frame| dots[frame * 32 + frame] = 255);
    /// let frames = Images::nhwc(8, 4, 8, Pixels::Gray8(&dots));
    /// writer.add_video("dot", Video { frames, frames_per_second: 4.0 }, 0)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`WriteError::Value`] if a frame is wider or higher than GIF's 65535 pixels or the frame rate
    /// is not above 0, and as [`SummaryWriter::add_image`].
    pub fn add_video(
        &self,
        tag: &str,
        video: Video<'_>,
        step: impl Into<Step>,
    ) -> Result<(), WriteError> {
        let rate = video.frames_per_second;
        if !(rate.is_finite() && rate > 0.0) {
            let problem = format!("got {rate} frames per second, want more than 0");
            return Err(refused(tag, problem));
        }
        let step = step.into();
        if !self.wants(tag, step) {
            return Ok(());
        }
        let mut frames = video.frames.rasters(tag)?.peekable();
        let (width, height) = frames.peek().map_or((0, 0), |first| (first.width, first.height));
        let (Ok(gif_width), Ok(gif_height)) = (u16::try_from(width), u16::try_from(height)) else {
            let problem = format!("got frames of {width}x{height} pixels, want up to 65535x65535");
            return Err(refused(tag, problem));
        };
        let delay = (100.0 / rate).round().clamp(1.0, f32::from(u16::MAX)) as u16;
        let file = encode(frames, gif_width, gif_height, delay)
            .map_err(|error| refused(tag, error.to_string()))?;
        self.add_image_files(tag, width, height, vec![file], step)
    }
}

fn encode<'a>(
    frames: impl Iterator<Item = Raster<'a>>,
    width: u16,
    height: u16,
    delay: u16,
) -> Result<Vec<u8>, gif::EncodingError> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, width, height, &[])?;
    encoder.set_repeat(Repeat::Infinite)?;
    for raster in frames {
        let mut frame = frame(&raster, width, height);
        frame.delay = delay;
        // A transparent pixel is to show what is behind the picture, not the frame before.
        frame.dispose = gif::DisposalMethod::Background;
        encoder.write_frame(&frame)?;
    }
    drop(encoder);
    Ok(file)
}

fn frame(raster: &Raster<'_>, width: u16, height: u16) -> Frame<'static> {
    match raster.channels {
        1 => {
            let palette: Vec<u8> = (0..=255).flat_map(|gray| [gray; 3]).collect();
            Frame::from_palette_pixels(width, height, raster.bytes.to_vec(), palette, None)
        }
        3 => Frame::from_rgb_speed(width, height, &raster.bytes, SAMPLING),
        _ => Frame::from_rgba_speed(width, height, &mut raster.bytes.to_vec(), SAMPLING),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::Pixels;

    #[test]
    fn frames_come_back_with_their_colours_and_delay() {
        let pixels = [[10, 20, 30], [40, 50, 60], [70, 80, 90], [1, 2, 3]].concat();
        let images = Images::nhwc(2, 1, 2, Pixels::Rgb8(&pixels));
        let file = encode(images.rasters("a").unwrap(), 2, 1, 25).unwrap();
        assert!(file.starts_with(b"GIF89a"));
        let mut options = gif::DecodeOptions::new();
        options.set_color_output(gif::ColorOutput::RGBA);
        let mut decoder = options.read_info(&file[..]).unwrap();
        let mut seen = Vec::new();
        while let Some(frame) = decoder.read_next_frame().unwrap() {
            assert_eq!(frame.delay, 25);
            seen.extend(frame.buffer.chunks(4).flat_map(|rgba| rgba[..3].to_vec()));
        }
        assert_eq!(decoder.repeat(), Repeat::Infinite);
        assert_eq!(seen, pixels);
    }

    #[test]
    fn a_frame_rate_of_zero_and_a_frame_too_wide_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let writer = SummaryWriter::create(dir.path()).unwrap();
        let wide = vec![0; 65536];
        let frames = Images::nhwc(1, 1, 65536, Pixels::Gray8(&wide));
        let problem = |frames_per_second| {
            writer.add_video("v", Video { frames, frames_per_second }, 0).unwrap_err().to_string()
        };
        assert_eq!(problem(0.0), "summary `v`: got 0 frames per second, want more than 0");
        assert_eq!(
            problem(4.0),
            "summary `v`: got frames of 65536x1 pixels, want up to 65535x65535"
        );
    }
}
