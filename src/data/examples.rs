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

    /// Adds what comes after them.
    fn append(&mut self, mut others: Self) {
        self.pixels.append(&mut others.pixels);
        self.labels.append(&mut others.labels);
    }

    /// Takes all but the first ones away.
    fn split_off(&mut self, count: usize) -> Self {
        let pixels = self.pixels.split_off(count * self.rows * self.columns);
        Examples { pixels, labels: self.labels.split_off(count), ..*self }
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

impl Dataset {
    /// Holds out another number of examples for validation: the first ones of those that are not for
    /// testing. The others are trained on. If that would leave none of either it is `None`.
    ///
    /// ```
    /// use runboard::data::{self, DataHome};
    ///
    /// let digits = data::load("mnist_sample", &DataHome::of_user())?;
    /// let label = digits.validation.labels()[20];
    /// let digits = digits.hold_out(20).expect("there are more");
    /// assert_eq!((digits.validation.len(), digits.train.len()), (20, 380));
    /// assert_eq!(digits.train.labels()[0], label);
    /// # Ok::<(), data::DataError>(())
    /// ```
    #[must_use]
    pub fn hold_out(self, count: usize) -> Option<Self> {
        let Dataset { train, validation: mut all, test, classes } = self;
        all.append(train);
        let is_possible = 0 < count && count < all.len();
        is_possible.then(|| {
            let train = all.split_off(count);
            Dataset { train, validation: all, test, classes }
        })
    }
}
