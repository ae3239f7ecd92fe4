//! Layouts of the custom scalars tab.

use super::content::{message, one_string};
use super::{Decode, Encoded, Value};
use crate::logdir::{Kind, Metadata};
use crate::proto::Layout;

impl Value for Layout {
    const KIND: Kind = Kind::CustomScalars;
}

impl Decode for Layout {
    fn decode(value: Encoded<'_>, _: &Metadata) -> Result<Self, String> {
        message(&one_string(value)?)
    }
}
