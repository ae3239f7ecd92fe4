//! Values that are looked at as pictures.

mod text;

pub use text::Characters;
pub(super) use text::text;

/// Pictures of one number a pixel: `[images, rows, columns, channels]`, each channel a picture.
///
/// What a convolution makes of an image, a map for each of its filters.
#[derive(Clone, Debug, PartialEq)]
pub struct Maps {
    /// What they are logged and printed as.
    pub tag: String,
    /// Images, rows, columns and channels.
    pub sizes: [usize; 4],
    /// The values, row major.
    pub values: Vec<f32>,
}

impl Maps {
    /// Returns how many pictures there are: the channels of the first image, then of the next.
    pub fn count(&self) -> usize {
        self.sizes[0] * self.sizes[3]
    }

    /// Returns the numbers of a picture, row by row.
    ///
    /// # Panics
    /// If there is no such picture.
    pub fn map(&self, index: usize) -> Vec<f32> {
        let [images, rows, columns, channels] = self.sizes;
        assert!(index < images * channels, "picture {index} of {}", images * channels);
        let (image, channel) = (index / channels, index % channels);
        let pixels = &self.values[image * rows * columns * channels..][..rows * columns * channels];
        pixels.iter().skip(channel).step_by(channels).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_channel_of_every_image_is_a_picture() {
        // Two images of 1 x 2 pixels and three channels.
        let values = (1..=12).map(|x| x as f32).collect();
        let maps = Maps { tag: "a".to_owned(), sizes: [2, 1, 2, 3], values };
        let all: Vec<Vec<f32>> = (0..maps.count()).map(|index| maps.map(index)).collect();
        let want = [[1.0, 4.0], [2.0, 5.0], [3.0, 6.0], [7.0, 10.0], [8.0, 11.0], [9.0, 12.0]];
        assert_eq!(all, want);
    }
}
