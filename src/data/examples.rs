//! Labelled images as bytes.

/// Labelled images, kept as the bytes they are stored as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examples {
    rows: usize,
    columns: usize,
    pixels: Vec<u8>,
    labels: Vec<u8>,
}

impl Examples {
    /// Returns images of `rows` by `columns` pixels, one after another, row major, with a label each.
    ///
    /// # Panics
    /// If there are not `rows * columns` pixels for every label.
    pub fn new(rows: usize, columns: usize, pixels: Vec<u8>, labels: Vec<u8>) -> Self {
        assert_eq!(pixels.len(), rows * columns * labels.len(), "pixels for every label");
        Examples { rows, columns, pixels, labels }
    }

    /// Returns the number of examples.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Returns the height and width of an image.
    pub fn image_size(&self) -> (usize, usize) {
        (self.rows, self.columns)
    }

    /// Returns the pixels of an image, row major, 0 to 255.
    ///
    /// # Panics
    /// If there is no such example.
    pub fn image(&self, index: usize) -> &[u8] {
        let size = self.rows * self.columns;
        &self.pixels[index * size..(index + 1) * size]
    }

    /// Returns the labels, in order.
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }
}

/// The three parts of a data set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// What is trained on.
    pub train: Examples,
    /// What choices are made by, such as when to stop.
    pub validation: Examples,
    /// What is reported, and nothing else.
    pub test: Examples,
    /// How many different labels there are: they are 0 to `classes - 1`.
    pub classes: usize,
}
