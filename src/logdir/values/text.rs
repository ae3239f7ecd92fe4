//! Text.

use super::content::strings;
use super::{Decode, Encoded, Value};
use crate::logdir::{Kind, Metadata};

/// A text or a table of texts, in Markdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The table's shape; none for a single text.
    pub shape: Vec<usize>,
    /// The texts, row by row.
    pub texts: Vec<String>,
}

impl Value for Text {
    const KIND: Kind = Kind::Text;
}

impl Decode for Text {
    fn decode(value: Encoded<'_>, _: &Metadata) -> Result<Self, String> {
        let (shape, strings) = strings(value)?;
        let texts = strings.into_iter().map(String::from_utf8).collect::<Result<_, _>>();
        Ok(Text { shape, texts: texts.map_err(|_| "the text is not UTF-8".to_owned())? })
    }
}
