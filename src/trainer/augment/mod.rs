//! Training images that are a little different each time they are seen.

mod elastic;
mod warp;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use super::{HyperParameterError, HyperParameters};
use elastic::Elastic;
use warp::{Placement, Warp};

/// Tells the generator apart from that of the order of images.
const STREAM: u64 = 0x0061_7567_6d65_6e74; // "augment"

/// Words of the generator for an image: more than it draws, and whole blocks.
const WORDS: u128 = 128;

/// How far training images are moved at random, each anew in every epoch.
///
/// Zero leaves something out; [`Augmentation::NONE`], the default, leaves images as they are. Pixels in
/// between are bilinear, those from beyond the edge 0.
///
/// ```
/// use runboard::trainer::Augmentation;
///
/// let gentle = Augmentation { shift: 2.0, rotate: 10.0, ..Augmentation::NONE };
/// assert!(!gentle.is_none());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Augmentation {
    /// Pixels an image is moved at most, down or up and to a side, each uniform.
    pub shift: f64,
    /// Degrees it is turned at most about its middle, either way, uniform.
    pub rotate: f64,
    /// What its size is multiplied with is uniform from `1 - scale` to `1 + scale`; below 1.
    pub scale: f64,
    /// Pixels that its parts are moved against each other, the root of the mean square along each
    /// axis: elastic distortion as in Simard, Steinkraus and Platt 2003, whose σ = 4 and α = 34 on
    /// 29 x 29 pixels are 1.4 here.
    pub elastic: f64,
}

impl Augmentation {
    /// Images stay as they are.
    pub const NONE: Self = Augmentation { shift: 0.0, rotate: 0.0, scale: 0.0, elastic: 0.0 };

    /// Reads the hyper-parameters `shift`, `rotate`, `scale` and `elastic`; one that the experiment
    /// does not have is 0.
    ///
    /// # Errors
    /// [`HyperParameterError::BadValue`] for one that is below 0 or too much for a picture.
    pub fn from_hyper(hyper: &HyperParameters) -> Result<Self, HyperParameterError> {
        let amount = |name: &str, most: f64| hyper.number_in_or_0(name, 0.0..=most);
        Ok(Augmentation {
            shift: amount("shift", 1e3)?,
            rotate: amount("rotate", 180.0)?,
            scale: amount("scale", 0.9)?,
            elastic: amount("elastic", 1e2)?,
        })
    }

    /// Returns whether images stay as they are.
    pub fn is_none(&self) -> bool {
        *self == Self::NONE
    }
}

/// Changes images of one size; what it needs it reserves once.
#[derive(Debug)]
pub(super) struct Augmenter {
    augmentation: Augmentation,
    /// Begins anew at a place of its own for each image.
    random: ChaCha8Rng,
    warp: Warp,
}

impl Augmenter {
    /// Returns what changes images of that many rows and columns.
    pub(super) fn new(augmentation: Augmentation, seed: u64, size: (usize, usize)) -> Self {
        Augmenter { augmentation, random: ChaCha8Rng::seed_from_u64(seed), warp: Warp::new(size) }
    }

    /// Begins an epoch.
    pub(super) fn set_epoch(&mut self, epoch: u64) {
        self.random.set_stream(STREAM.wrapping_add(epoch));
    }

    /// Writes an image as it is seen in this epoch, its pixels times `factor`.
    ///
    /// A function of seed, epoch and the image's index alone: of nothing that was changed before.
    pub(super) fn apply(&mut self, index: usize, image: &[u8], factor: f32, to: &mut [f32]) {
        let Augmentation { shift, rotate, scale, elastic } = self.augmentation;
        self.random.set_word_pos(index as u128 * WORDS);
        let random = &mut self.random;
        // Uniform in [-1, 1), always drawn, so that one amount does not change what others draw.
        let mut uniform = || random.random::<f32>() * 2.0 - 1.0;
        let placement = Placement {
            shift: [shift, shift].map(|shift| shift as f32 * uniform()),
            degrees: rotate as f32 * uniform(),
            scale: 1.0 + scale as f32 * uniform(),
        };
        let elastic = (elastic != 0.0).then(|| Elastic::draw(elastic as f32, uniform));
        self.warp.apply(image, &placement, elastic.as_ref(), factor, to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Augmentation = Augmentation { shift: 3.0, rotate: 15.0, scale: 0.1, elastic: 1.5 };

    fn image() -> Vec<u8> {
        (0..28 * 28).map(|i| (i * 37 % 251) as u8).collect()
    }

    fn seen(augmentation: Augmentation, seed: u64, epoch: u64, indices: &[usize]) -> Vec<f32> {
        let mut augmenter = Augmenter::new(augmentation, seed, (28, 28));
        augmenter.set_epoch(epoch);
        let mut to = vec![f32::NAN; 28 * 28];
        for &index in indices {
            augmenter.apply(index, &image(), 1.0 / 255.0, &mut to);
        }
        to
    }

    #[test]
    fn zero_amounts_leave_every_bit_of_an_image() {
        let want: Vec<f32> = image().iter().map(|&byte| f32::from(byte) * (1.0 / 255.0)).collect();
        let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&seen(Augmentation::NONE, 1, 2, &[3])), bits(&want));
    }

    #[test]
    fn an_image_depends_on_seed_epoch_and_index_and_nothing_before() {
        let once = seen(ALL, 1, 2, &[54_999]);
        assert_eq!(once, seen(ALL, 1, 2, &[5, 0, 54_999]));
        assert_ne!(once, seen(ALL, 2, 2, &[54_999]));
        assert_ne!(once, seen(ALL, 1, 3, &[54_999]));
        assert_ne!(once, seen(ALL, 1, 2, &[54_998]));
    }

    #[test]
    fn an_image_draws_no_more_words_than_are_its_own() {
        let mut augmenter = Augmenter::new(ALL, 0, (28, 28));
        augmenter.set_epoch(0);
        augmenter.apply(7, &image(), 1.0, &mut [0.0; 28 * 28]);
        let drawn = augmenter.random.get_word_pos() - 7 * WORDS;
        assert!((1..=WORDS).contains(&drawn), "{drawn}");
    }

    #[test]
    fn amounts_are_the_most_there_is() {
        // A dot in the middle of 9 x 9 that is moved by up to 2 stays within 2 and a pixel's blur, and
        // over 200 images it comes near to all sides.
        let mut dot = [0; 81];
        dot[4 * 9 + 4] = 255;
        let moved = Augmentation { shift: 2.0, ..Augmentation::NONE };
        let mut augmenter = Augmenter::new(moved, 0, (9, 9));
        augmenter.set_epoch(0);
        let mut sum = [0.0; 81];
        for index in 0..200 {
            let mut to = [0.0; 81];
            augmenter.apply(index, &dot, 1.0 / 255.0, &mut to);
            // Bilinear weights of a dot that stays inside sum to 1.
            assert!((to.iter().sum::<f32>() - 1.0).abs() < 1e-5);
            sum.iter_mut().zip(to).for_each(|(sum, to)| *sum += to);
        }
        for (place, sum) in sum.iter().enumerate() {
            let (row, column) = (place / 9, place % 9);
            let is_near = (2..=6).contains(&row) && (2..=6).contains(&column);
            assert_eq!(*sum > 0.0, is_near, "row {row}, column {column}: {sum}");
        }
    }

    #[test]
    #[ignore = "measures: CARGO_PROFILE_DEV_OPT_LEVEL=3 cargo test --lib augment -- --ignored --nocapture"]
    fn an_image_takes_some_microseconds() {
        let image = image();
        for augmentation in [Augmentation { elastic: 0.0, ..ALL }, ALL] {
            let mut augmenter = Augmenter::new(augmentation, 0, (28, 28));
            let mut to = vec![0.0; 28 * 28];
            let clock = std::time::Instant::now();
            for index in 0..100_000 {
                augmenter.apply(index, &image, 1.0 / 255.0, &mut to);
            }
            println!("{augmentation:?}: {:?} an image", clock.elapsed() / 100_000);
        }
    }
}
