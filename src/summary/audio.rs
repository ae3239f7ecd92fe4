//! Audio: clips that TensorBoard plays.

use prost::Message;

use super::kind::{Kind, refused, strings};
use super::{SummaryWriter, WriteError};
use crate::proto::audio_plugin_data::Encoding;
use crate::proto::{AudioPluginData, DataClass};
use crate::types::Step;

const HEADER: usize = 44;

/// Samples of -1 to 1 and how fast they follow each other.
#[derive(Clone, Copy, Debug)]
pub struct Audio<'a> {
    samples: &'a [f32],
    channels: usize,
    rate: u32,
}

impl<'a> Audio<'a> {
    /// Returns a clip of one channel, of `rate` samples a second.
    pub fn mono(samples: &'a [f32], rate: u32) -> Self {
        Audio { samples, channels: 1, rate }
    }

    /// Returns a clip of several channels whose samples alternate, `[frames, channels]`: left,
    /// right, left, right; `rate` is that of one channel.
    pub fn interleaved(samples: &'a [f32], channels: usize, rate: u32) -> Self {
        Audio { samples, channels, rate }
    }

    /// Encodes as a WAV file of 16 bits.
    fn encode(&self, tag: &str) -> Result<Vec<u8>, WriteError> {
        let Audio { samples, channels, rate } = *self;
        if samples.is_empty() || channels == 0 || samples.len() % channels != 0 {
            let problem = format!("got {} samples for {channels} channels", samples.len());
            return Err(refused(tag, problem));
        }
        let frame = channels.checked_mul(2).and_then(|bytes| u16::try_from(bytes).ok());
        let sizes = (frame, u32::try_from(samples.len() * 2 + HEADER));
        let ((Some(frame), Ok(size)), 1..) = (sizes, rate) else {
            let problem = format!(
                "got {} samples, {channels} channels, {rate} Hz; want what fits into a WAV file",
                samples.len()
            );
            return Err(refused(tag, problem));
        };
        let mut wav = Vec::with_capacity(size as usize);
        wav.extend(b"RIFF");
        wav.extend((size - 8).to_le_bytes());
        wav.extend(b"WAVEfmt ");
        wav.extend(16_u32.to_le_bytes());
        wav.extend(1_u16.to_le_bytes()); // PCM
        wav.extend((channels as u16).to_le_bytes());
        wav.extend(rate.to_le_bytes());
        wav.extend(rate.saturating_mul(u32::from(frame)).to_le_bytes());
        wav.extend(frame.to_le_bytes());
        wav.extend(16_u16.to_le_bytes());
        wav.extend(b"data");
        wav.extend((size - HEADER as u32).to_le_bytes());
        // As TensorFlow's EncodeWav: 1.0 would be 32768, which is one too many. `as` saturates and
        // takes NaN for 0.
        wav.extend(samples.iter().flat_map(|s| ((s * 32768.0).round() as i16).to_le_bytes()));
        Ok(wav)
    }
}

impl SummaryWriter {
    /// Logs a clip, as a WAV file of 16 bits.
    ///
    /// Louder samples are cut off at -1 and 1, and NaN is silence. TensorBoard keeps 10 steps of a
    /// tag.
    ///
    /// ```
    /// use runboard::summary::{Audio, SummaryWriter};
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let dir = dir.path();
    /// let writer = SummaryWriter::create(dir)?;
    /// let a4: Vec<f32> =
    ///     (0..8000).map(|i| (i as f32 / 8000.0 * 440.0 * std::f32::consts::TAU).sin()).collect();
    /// writer.add_audio("a4", Audio::mono(&a4, 8000), 0)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`WriteError::Value`] if there are no samples, the last frame is not whole, or WAV cannot hold
    /// so many samples or channels; else as for other summaries.
    pub fn add_audio(
        &self,
        tag: &str,
        audio: Audio<'_>,
        step: impl Into<Step>,
    ) -> Result<(), WriteError> {
        let wav = audio.encode(tag)?;
        let content = AudioPluginData { encoding: Encoding::Wav.into(), ..Default::default() };
        let content = content.encode_to_vec();
        let kind = Kind { plugin: "audio", content: &content, class: DataClass::BlobSequence };
        self.add_of_kind(&kind, tag, &strings(&[1], vec![wav]), step.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clip_is_a_wav_file_worked_out_by_hand() {
        // Two frames of two channels: 44 + 8 bytes; 16000 * 4 = 64000 = 0xfa00 bytes a second.
        // 0.5 * 32768 = 16384 = 0x4000; -1 is -32768 = 0x8000; 1 is cut off at 32767; NaN is 0.
        let audio = Audio::interleaved(&[0.5, -1.0, 1.0, f32::NAN], 2, 16000);
        let want =
            b"RIFF\x2c\0\0\0WAVEfmt \x10\0\0\0\x01\0\x02\0\x80\x3e\0\0\0\xfa\0\0\x04\0\x10\0\
            data\x08\0\0\0\x00\x40\x00\x80\xff\x7f\0\0";
        assert_eq!(audio.encode("a").unwrap(), want);
    }

    #[test]
    fn what_is_no_clip_is_refused() {
        let problem = |audio: Audio<'_>| audio.encode("a").unwrap_err().to_string();
        assert_eq!(problem(Audio::mono(&[], 8000)), "summary `a`: got 0 samples for 1 channels");
        assert_eq!(
            problem(Audio::interleaved(&[0.0; 3], 2, 8000)),
            "summary `a`: got 3 samples for 2 channels"
        );
        assert!(problem(Audio::interleaved(&[0.0], 0, 8000)).contains("for 0 channels"));
        assert!(problem(Audio::mono(&[0.0], 0)).contains("0 Hz; want what fits"));
        let many = vec![0.0; 40_000];
        assert!(problem(Audio::interleaved(&many, 40_000, 8000)).contains("want what fits"));
    }
}
