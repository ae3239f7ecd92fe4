//! The configuration of the Projector tab.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::text_format::{self, Field, Held};

/// The embeddings in a directory: `projector_config.pbtxt`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectorConfig {
    /// The directory that the paths in it start from.
    pub dir: PathBuf,
    /// The embeddings.
    pub embeddings: Vec<Embedding>,
    /// TensorFlow's checkpoint that holds tensors without a path of their own; empty if there is
    /// none.
    pub checkpoint: String,
}

/// An embedding: points in space with their labels and pictures. Paths may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Embedding {
    /// The name.
    pub tensor_name: String,
    /// The points: lines of numbers between tabs, or raw f32 little-endian.
    pub tensor_path: String,
    /// `[points, dimensions]`; empty if the file says it.
    pub tensor_shape: Vec<u32>,
    /// The labels, a line for each point; with several columns, the first line names them.
    pub metadata_path: String,
    /// Views that somebody kept.
    pub bookmarks_path: String,
    /// The points' pictures, row by row in one.
    pub sprite_path: String,
    /// Width and height of each picture, in pixels.
    pub sprite_size: Vec<u32>,
}

const NAME: &str = "projector_config.pbtxt";

/// Where TensorBoard looks: for the run itself, and for what plugins keep of it.
const DIRS: [&str; 2] = [".", "plugins/org_tensorflow_tensorboard_projector"];

/// Larger files are refused: a configuration of 1000 embeddings has 200 KiB.
const MAX_LEN: u64 = 16 << 20;

impl ProjectorConfig {
    /// Reads the configuration of a run's or log directory, or `None` if it has none.
    ///
    /// # Errors
    /// What the system says; [`ErrorKind::InvalidData`] if the file is no configuration.
    pub fn read(dir: &Path) -> io::Result<Option<Self>> {
        for sub in DIRS {
            let dir = if sub == "." { dir.to_owned() } else { dir.join(sub) };
            let file = match File::open(dir.join(NAME)) {
                Ok(file) => file,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            let invalid = |problem: String| io::Error::new(ErrorKind::InvalidData, problem);
            if file.metadata()?.len() > MAX_LEN {
                return Err(invalid(format!("more than {MAX_LEN} bytes")));
            }
            let mut text = String::new();
            file.take(MAX_LEN).read_to_string(&mut text)?;
            return Self::parse(dir, &text).map(Some).map_err(invalid);
        }
        Ok(None)
    }

    /// Reads a configuration; fields of other names are skipped.
    fn parse(dir: PathBuf, text: &str) -> Result<Self, String> {
        let mut config = ProjectorConfig { dir, embeddings: Vec::new(), checkpoint: String::new() };
        for (name, held) in text_format::parse(text)? {
            match name.as_str() {
                "embeddings" => config.embeddings.push(embedding(message(&name, held)?)?),
                "model_checkpoint_path" => config.checkpoint = string(&name, held)?,
                _ => {}
            }
        }
        Ok(config)
    }
}

fn embedding(fields: Vec<Field>) -> Result<Embedding, String> {
    let mut embedding = Embedding::default();
    for (name, held) in fields {
        match name.as_str() {
            "tensor_name" => embedding.tensor_name = string(&name, held)?,
            "tensor_path" => embedding.tensor_path = string(&name, held)?,
            "tensor_shape" => embedding.tensor_shape.push(number(&name, &held)?),
            "metadata_path" => embedding.metadata_path = string(&name, held)?,
            "bookmarks_path" => embedding.bookmarks_path = string(&name, held)?,
            "sprite" => {
                for (name, held) in message(&name, held)? {
                    match name.as_str() {
                        "image_path" => embedding.sprite_path = string(&name, held)?,
                        "single_image_dim" => embedding.sprite_size.push(number(&name, &held)?),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    Ok(embedding)
}

fn message(name: &str, held: Held) -> Result<Vec<Field>, String> {
    match held {
        Held::Message(fields) => Ok(fields),
        _ => Err(format!("`{name}`: want a message")),
    }
}

fn string(name: &str, held: Held) -> Result<String, String> {
    match held {
        Held::Text(bytes) => {
            String::from_utf8(bytes).map_err(|_| format!("`{name}`: the string is not UTF-8"))
        }
        _ => Err(format!("`{name}`: want a string")),
    }
}

fn number(name: &str, held: &Held) -> Result<u32, String> {
    match held {
        Held::Word(word) => {
            word.parse().map_err(|_| format!("`{name}`: got `{word}`, want a whole number"))
        }
        _ => Err(format!("`{name}`: want a number")),
    }
}
