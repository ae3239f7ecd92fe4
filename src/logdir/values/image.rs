//! Images.

use super::content::{message, strings};
use super::{Decode, Encoded, Value};
use crate::event::Content;
use crate::logdir::{Kind, Metadata};
use crate::proto::summary;

/// The images of one step: files as they are, PNG as a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Width in pixels, as the writer says.
    pub width: u64,
    /// Height in pixels, as the writer says.
    pub height: u64,
    /// The encoded images; TensorFlow 1's form holds one.
    pub encoded: Vec<Vec<u8>>,
}

impl Value for Image {
    const KIND: Kind = Kind::Images;
}

impl Decode for Image {
    fn decode(value: Encoded<'_>, _: &Metadata) -> Result<Self, String> {
        match value {
            Encoded::Summary(Content::Image(bytes)) => {
                let image: summary::Image = message(bytes)?;
                let size = |name: &str, size: i32| {
                    u64::try_from(size).map_err(|_| format!("got a {name} of {size}"))
                };
                let (width, height) = (size("width", image.width)?, size("height", image.height)?);
                Ok(Image { width, height, encoded: vec![image.encoded_image_string] })
            }
            Encoded::Summary(Content::Tensor(_)) => of_strings(strings(value)?.1),
            other => Err(other.is_not("images")),
        }
    }
}

/// Width and height in digits, then the images.
fn of_strings(mut strings: Vec<Vec<u8>>) -> Result<Image, String> {
    let size = |name: &str, digits: Option<&Vec<u8>>| {
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        let size = digits.and_then(|digits| digits.parse().ok());
        size.ok_or_else(|| format!("got no {name} in front of the images"))
    };
    let (width, height) = (size("width", strings.first())?, size("height", strings.get(1))?);
    strings.drain(..2);
    Ok(Image { width, height, encoded: strings })
}
