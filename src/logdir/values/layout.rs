//! Layouts of the custom scalars tab.

use super::content::{one_string, small_message};
use super::{Decode, Encoded, Value};
use crate::logdir::{Kind, Metadata};
use crate::proto::Layout;

impl Value for Layout {
    const KIND: Kind = Kind::CustomScalars;
}

impl Decode for Layout {
    fn decode(value: Encoded<'_>, _: &Metadata) -> Result<Self, String> {
        small_message(&one_string(value)?)
    }
}
