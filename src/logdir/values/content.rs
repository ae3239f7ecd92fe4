//! Values that are still encoded.

use prost::{DecodeError, Message};

use crate::event::Content;
use crate::logdir::Metadata;
use crate::logdir::tensor::{Tensor, TensorData};
use crate::proto::TensorProto;

/// A value that is still encoded.
#[derive(Clone, Copy, Debug)]
pub enum Encoded<'a> {
    /// A value that is nothing but metadata.
    Nothing,
    /// A value of a summary.
    Summary(Content<'a>),
    /// The message of an event that is about one thing.
    Event(&'a [u8]),
}

/// A type that values are decoded to.
pub trait Decode: Sized + Send + Sync + 'static {
    /// Decodes a value of a tag with that metadata, or says in words what is wrong.
    fn decode(value: Encoded<'_>, metadata: &Metadata) -> Result<Self, String>;
}

impl Encoded<'_> {
    /// What it is, in words.
    pub(super) fn name(self) -> &'static str {
        match self {
            Encoded::Nothing => "nothing",
            Encoded::Summary(Content::SimpleValue(_)) => "a number",
            Encoded::Summary(Content::Image(_)) => "an image",
            Encoded::Summary(Content::Histogram(_)) => "a histogram",
            Encoded::Summary(Content::Audio(_)) => "audio",
            Encoded::Summary(Content::Tensor(_)) => "a tensor",
            Encoded::Event(_) => "a graph",
        }
    }

    /// What to say if it is not what its tag is about.
    pub(super) fn is_not(self, wanted: &str) -> String {
        format!("got {}, want {wanted}", self.name())
    }
}

/// Decodes a message.
pub(super) fn message<M: Message + Default>(bytes: &[u8]) -> Result<M, String> {
    M::decode(bytes).map_err(|error: DecodeError| error.to_string())
}

/// Decodes a message of many small parts, which takes far more memory than its bytes.
pub(super) fn small_message<M: Message + Default>(bytes: &[u8]) -> Result<M, String> {
    const MAX_LEN: usize = 16 << 20;
    if bytes.len() > MAX_LEN {
        return Err(format!("length {}, want at most {MAX_LEN}", bytes.len()));
    }
    message(bytes)
}

/// Decodes the tensor in a value.
pub(in crate::logdir) fn tensor(value: Encoded<'_>) -> Result<Tensor, String> {
    match value {
        Encoded::Summary(Content::Tensor(bytes)) => Tensor::of(message::<TensorProto>(bytes)?),
        other => Err(other.is_not("a tensor")),
    }
}

/// Decodes a tensor of strings: its shape and its elements.
pub(super) fn strings(value: Encoded<'_>) -> Result<(Vec<usize>, Vec<Vec<u8>>), String> {
    let Tensor { shape, data } = tensor(value)?;
    match data {
        TensorData::Strings(strings) => Ok((shape, strings)),
        _ => Err("got a tensor of numbers, want strings".to_owned()),
    }
}

/// Decodes a tensor that holds one string.
pub(super) fn one_string(value: Encoded<'_>) -> Result<Vec<u8>, String> {
    let (shape, mut strings) = strings(value)?;
    match (strings.pop(), strings.is_empty()) {
        (Some(string), true) => Ok(string),
        _ => Err(format!("got strings of shape {shape:?}, want one")),
    }
}
