//! Hyper-parameters.

use super::content::small_message;
use super::{Decode, Encoded, Value};
use crate::logdir::{Kind, Metadata};
use crate::proto::HParamsPluginData;

impl Value for HParamsPluginData {
    const KIND: Kind = Kind::HParams;
}

impl Decode for HParamsPluginData {
    /// Everything is in the metadata; the value is empty.
    fn decode(_: Encoded<'_>, metadata: &Metadata) -> Result<Self, String> {
        small_message(&metadata.content)
    }
}
