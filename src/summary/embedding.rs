//! Embeddings: points of many dimensions, in the Projector tab.

use std::path::Path;
use std::{fs, io};

use super::image_grid::grid;
use super::kind::refused;
use super::projector::{self, Files};
use super::{Images, SummaryWriter, WriteError, check, png};
use crate::types::Step;

/// The side of the largest sprite that browsers take as a texture.
const SPRITE_SIDE: usize = 8192;

/// Points, and what is known of each.
#[derive(Clone, Debug)]
#[must_use = "an embedding is logged by `add_embedding`"]
pub struct Embedding<'a> {
    values: &'a [f32],
    dimensions: usize,
    columns: Vec<(&'a str, Vec<&'a str>)>,
    images: Option<Images<'a>>,
}

impl<'a> Embedding<'a> {
    /// Returns the points `[count, dimensions]`, one after the other.
    pub fn new(values: &'a [f32], dimensions: usize) -> Self {
        Embedding { values, dimensions, columns: Vec::new(), images: None }
    }

    /// Adds a label of each point: shown beside it, searched and coloured by.
    ///
    /// Called again, there is a choice of labels; `name` is the heading then. Line ends and tabs are
    /// written as `\n`, `\r` and `\t`, and an empty label as `""`.
    pub fn labels(mut self, name: &'a str, labels: &[&'a str]) -> Self {
        self.columns.push((name, labels.to_vec()));
        self
    }

    /// Sets a picture of each point, to be drawn in its place.
    pub fn images(mut self, images: Images<'a>) -> Self {
        self.images = Some(images);
        self
    }

    /// Returns the number of points, or what is wrong.
    fn count(&self, tag: &str) -> Result<usize, WriteError> {
        let (len, dimensions) = (self.values.len(), self.dimensions);
        let want = |got: usize, what: &str, count: usize| {
            if got == count {
                return Ok(());
            }
            Err(refused(tag, format!("got {got} {what} for {count} points")))
        };
        if len == 0 || dimensions == 0 || len % dimensions != 0 {
            let problem = format!("got {len} values for points of {dimensions} dimensions");
            return Err(refused(tag, problem));
        }
        let count = len / dimensions;
        if let Some(i) = self.values.iter().position(|value| !value.is_finite()) {
            let problem = format!("point {} has the value {}", i / dimensions, self.values[i]);
            return Err(refused(tag, problem));
        }
        for (name, labels) in &self.columns {
            want(labels.len(), &format!("labels `{name}`"), count)?;
        }
        if let Some(images) = &self.images {
            want(images.count(), "images", count)?;
        }
        Ok(count)
    }

    fn tensor(&self) -> String {
        // `{:?}` writes very large and small numbers with exponents.
        let line = |point: &[f32]| line(point.iter().map(|value| format!("{value:?}")));
        self.values.chunks_exact(self.dimensions).map(line).collect()
    }

    /// A single column has no heading, as the tab wants it.
    fn metadata(&self, count: usize) -> String {
        let labels = |i: usize| line(self.columns.iter().map(|(_, labels)| cell(labels[i])));
        let rows = (0..count).map(labels);
        if self.columns.len() == 1 {
            return rows.collect();
        }
        let heading = line(self.columns.iter().map(|(name, _)| cell(name)));
        std::iter::once(heading).chain(rows).collect()
    }

    /// Returns the pictures as one, line by line in a square.
    fn sprite(&self, tag: &str, count: usize) -> Result<Option<Sprite>, WriteError> {
        let Some(images) = &self.images else { return Ok(None) };
        let columns = (1..).find(|side| side * side >= count).expect("a square is large enough");
        let sprite = grid(images.rasters(tag)?, count, columns);
        let (width, height) = (sprite.width, sprite.height);
        if width.max(height) > SPRITE_SIDE {
            let problem = format!(
                "got images for a sprite of {width}x{height} pixels, want up to \
                 {SPRITE_SIDE}x{SPRITE_SIDE}"
            );
            return Err(refused(tag, problem));
        }
        let rows = count.div_ceil(columns);
        Ok(Some(Sprite { file: png::encode(&sprite), size: [width / columns, height / rows] }))
    }
}

/// All pictures as a PNG file, and width and height of one.
#[derive(Debug)]
struct Sprite {
    file: Vec<u8>,
    size: [usize; 2],
}

fn line(cells: impl Iterator<Item = String>) -> String {
    let mut line = cells.collect::<Vec<_>>().join("\t");
    line.push('\n');
    line
}

/// Text that stays in its cell: the tab skips empty lines.
fn cell(text: &str) -> String {
    if text.trim().is_empty() && !text.contains(['\t', '\n', '\r']) {
        return format!("\"{text}\"");
    }
    text.replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r")
}

impl SummaryWriter {
    /// Writes points of many dimensions for the Projector tab, which draws them in two or three.
    ///
    /// Not into the event file but beside it, at once: `projector_config.pbtxt`, which lists all
    /// embeddings of the run, and a directory of files for this tag and step. They are named
    /// `tag:00000` by tag and step in the tab. The tab appears some seconds after the run.
    ///
    /// ```
    /// use runboard::summary::{Embedding, SummaryWriter};
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let dir = dir.path();
    /// let writer = SummaryWriter::create(dir)?;
    /// let words = Embedding::new(&[0.1, 0.2, 0.3, 0.9, 0.8, 0.7], 3) // [2, 3]
    ///     .labels("word", &["cat", "고양이"])
    ///     .labels("language", &["en", "ko"]);
    /// writer.add_embedding("words", &words, 0)?;
    /// assert!(dir.join("projector_config.pbtxt").exists());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`WriteError::Value`] if there are no points, the last is not whole, one is not finite, labels or
    /// images are not as many, or all images together are larger than 8192 pixels a side;
    /// [`WriteError::Io`] if a file cannot be written.
    pub fn add_embedding(
        &self,
        tag: &str,
        embedding: &Embedding<'_>,
        step: impl Into<Step>,
    ) -> Result<(), WriteError> {
        let step = step.into();
        let Some(file) = self.file.as_ref().filter(|_| self.view.takes(step)) else {
            return Ok(());
        };
        let count = embedding.count(tag)?;
        let sprite = embedding.sprite(tag, count)?;
        let metadata = (!embedding.columns.is_empty()).then(|| embedding.metadata(count));
        let Some(run) = self.path().parent() else { return Ok(()) };
        let tag = self.view.full_tag(tag);
        check::tag("", &tag)?;
        let files = Files::new(&tag, step);
        let entry = files.entry(
            [count, embedding.dimensions],
            metadata.is_some(),
            sprite.as_ref().map(|sprite| sprite.size),
        );
        let dir = run.join(files.dir());
        fs::create_dir_all(&dir).map_err(|error| WriteError::io(&dir, error))?;
        write(&dir.join(projector::TENSOR), embedding.tensor().as_bytes())?;
        if let Some(metadata) = metadata {
            write(&dir.join(projector::METADATA), metadata.as_bytes())?;
        }
        if let Some(sprite) = sprite {
            write(&dir.join(projector::SPRITE), &sprite.file)?;
        }
        let _one_at_a_time = file.projector();
        // The configuration comes last, so that it names only what is there.
        let path = run.join(projector::CONFIG);
        let config = match fs::read_to_string(&path) {
            Ok(config) => config,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(WriteError::io(&path, error)),
        };
        write(&path, projector::with_entry(&config, &files.name(), &entry).as_bytes())
    }
}

/// Writes a file whole or not at all.
fn write(path: &Path, content: &[u8]) -> Result<(), WriteError> {
    let new = path.with_extension("new");
    let written = fs::write(&new, content).and_then(|()| fs::rename(&new, path));
    written.map_err(|error| {
        let _ = fs::remove_file(&new);
        WriteError::io(path, error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::Pixels;

    #[test]
    fn tables_have_a_heading_only_for_several_columns() {
        let one = Embedding::new(&[1.0, -0.5, 1e-7, 3.0], 2).labels("word", &["a\tb\n", " "]);
        assert_eq!(one.tensor(), "1.0\t-0.5\n1e-7\t3.0\n");
        assert_eq!(one.metadata(2), "a\\tb\\n\n\" \"\n");
        let two = one.labels("언어", &["한글", ""]);
        assert_eq!(two.metadata(2), "word\t언어\na\\tb\\n\t한글\n\" \"\t\"\"\n");
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        let problem = |embedding: &Embedding<'_>| embedding.count("e").unwrap_err().to_string();
        let points = Embedding::new(&[0.0; 6], 3);
        assert_eq!(
            problem(&Embedding::new(&[0.0; 5], 3)),
            "summary `e`: got 5 values for points of 3 dimensions"
        );
        assert!(problem(&Embedding::new(&[], 3)).contains("got 0 values"));
        assert!(problem(&Embedding::new(&[0.0], 0)).contains("of 0 dimensions"));
        assert_eq!(
            problem(&Embedding::new(&[0.0, f32::NAN], 1)),
            "summary `e`: point 1 has the value NaN"
        );
        let labels = points.clone().labels("word", &["a"]);
        assert_eq!(problem(&labels), "summary `e`: got 1 labels `word` for 2 points");
        let images = points.clone().images(Images::nhwc(3, 1, 1, Pixels::Gray8(&[0; 3])));
        assert_eq!(problem(&images), "summary `e`: got 3 images for 2 points");
        let wide = vec![0; 2 * 5000];
        let wide = points.images(Images::nhwc(2, 1, 5000, Pixels::Gray8(&wide)));
        let error = wide.sprite("e", 2).unwrap_err().to_string();
        assert!(error.contains("a sprite of 10000x1 pixels"), "{error}");
    }

    #[test]
    fn pictures_make_a_square() {
        // Five pictures: three to a row, two rows.
        let pixels = [10, 20, 30, 40, 50];
        let images = Images::nhwc(5, 1, 1, Pixels::Gray8(&pixels));
        let points = Embedding::new(&[0.0; 5], 1).images(images);
        let Sprite { file, size } = points.sprite("e", 5).unwrap().unwrap();
        assert_eq!(size, [1, 1]);
        assert_eq!(crate::summary::encoded_image::size(&file), Some((3, 2)));
    }
}
