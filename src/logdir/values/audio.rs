//! Sound.

use super::content::{message, strings};
use super::{Decode, Encoded, Value};
use crate::event::Content;
use crate::logdir::{Kind, Metadata};
use crate::proto::audio_plugin_data::Encoding;
use crate::proto::{AudioPluginData, summary};

/// The clips of one step.
#[derive(Clone, Debug, PartialEq)]
pub struct Audio {
    /// The clips; TensorFlow 1's form holds one.
    pub clips: Vec<AudioClip>,
    /// The MIME type, `audio/wav`; empty if the writer does not say.
    pub content_type: String,
    /// Frames a second, which only TensorFlow 1's form says beside the file.
    pub sample_rate: Option<f32>,
}

/// A clip: a file as it is, WAV as a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudioClip {
    /// The file.
    pub encoded: Vec<u8>,
    /// What the writer calls it, in Markdown; empty as a rule.
    pub label: String,
}

impl Value for Audio {
    const KIND: Kind = Kind::Audio;
}

impl Decode for Audio {
    fn decode(value: Encoded<'_>, metadata: &Metadata) -> Result<Self, String> {
        match value {
            Encoded::Summary(Content::Audio(bytes)) => {
                let audio: summary::Audio = message(bytes)?;
                let (encoded, label) = (audio.encoded_audio_string, String::new());
                Ok(Audio {
                    clips: vec![AudioClip { encoded, label }],
                    content_type: audio.content_type,
                    sample_rate: Some(audio.sample_rate),
                })
            }
            Encoded::Summary(Content::Tensor(_)) => {
                let (shape, strings) = strings(value)?;
                let data: AudioPluginData = message(&metadata.content)?;
                let wav = data.encoding() == Encoding::Wav;
                let content_type = if wav { "audio/wav" } else { "" }.to_owned();
                Ok(Audio { clips: clips(&shape, strings)?, content_type, sample_rate: None })
            }
            other => Err(other.is_not("audio")),
        }
    }
}

fn clips(shape: &[usize], strings: Vec<Vec<u8>>) -> Result<Vec<AudioClip>, String> {
    let clip = |encoded, label: Vec<u8>| {
        let label = String::from_utf8(label).map_err(|_| "a label is not UTF-8".to_owned())?;
        Ok(AudioClip { encoded, label })
    };
    match shape {
        [] | [_] => strings.into_iter().map(|encoded| clip(encoded, Vec::new())).collect(),
        [_, 2] => {
            let mut strings = strings.into_iter();
            let pairs = std::iter::from_fn(|| strings.next().zip(strings.next()));
            pairs.map(|(encoded, label)| clip(encoded, label)).collect()
        }
        _ => Err(format!("got strings of shape {shape:?}, want [k] or [k, 2]")),
    }
}
