//! Convolutions of many sizes and their gradients against sums in f64, and the same bits on any
//! number of threads.

use crate::exec::Session;
use crate::exec::numbers::numbers;
use crate::graph::ops::Padding;
use crate::graph::{GraphBuilder, Initializer, NodeId};

#[derive(Clone, Copy, Debug)]
struct Case {
    /// Batch, rows, columns, channels.
    images: [usize; 4],
    /// Rows, columns.
    size: [usize; 2],
    filters: usize,
    strides: [usize; 2],
    padding: Padding,
    bias: bool,
    relu: bool,
    /// What an error may be of a sum whose terms' squares add up to 1.
    allowed: f64,
}

/// Of direct sums, and of Winograd's algorithm, whose sums are of larger numbers.
const DIRECT: f64 = 4e-6;
const WINOGRAD: f64 = 2e-5;

/// The result, and the gradients of its elements' sum, weighed, by images and filter.
struct Values<T> {
    out: Vec<T>,
    images: Vec<T>,
    filter: Vec<T>,
}

impl Case {
    fn filter_sizes(&self) -> [usize; 4] {
        [self.size[0], self.size[1], self.images[3], self.filters]
    }

    fn computed(&self, threads: usize) -> Values<f32> {
        self.computed_by(threads, true)
    }

    fn computed_by(&self, threads: usize, winograd: bool) -> Values<f32> {
        let mut g = GraphBuilder::new();
        let variable = |g: &mut GraphBuilder, name: &str, sizes: &[usize], salt| -> NodeId {
            let values = Initializer::Values(numbers(sizes.iter().product(), salt));
            g.variable(name, sizes, values).unwrap()
        };
        let images = variable(&mut g, "images", &self.images, 1);
        let filter = variable(&mut g, "filter", &self.filter_sizes(), 2);
        let mut out = g.conv2d(images, filter, self.strides, self.padding).unwrap();
        if self.bias {
            let bias = variable(&mut g, "bias", &[self.filters], 3);
            out = g.add_values(out, bias).unwrap();
        }
        if self.relu {
            out = g.relu(out).unwrap();
        }
        let sizes = g[out].shape().known().unwrap();
        let weights = variable(&mut g, "weights", &sizes, 4);
        let weighed = g.mul(out, weights).unwrap();
        let cost = g.sum(weighed).unwrap();
        let grads = g.gradients(cost, &[images, filter]).unwrap();
        let graph = g.finish();
        let mut session = Session::new(&graph, 0);
        session.set_threads(threads).unwrap();
        session.set_winograd(winograd);
        let mut bare = session.plan(&[out], 1).unwrap();
        session.run(&mut bare).unwrap();
        let mut plan = session.plan(&grads, 1).unwrap();
        session.run(&mut plan).unwrap();
        let [images, filter] = [grads[0], grads[1]].map(|grad| plan.value(grad).to_vec());
        Values { out: bare.value(out).to_vec(), images, filter }
    }

    /// Rows and columns of the result, and of padding before the image: TensorFlow's formulas.
    fn placed(&self, axis: usize) -> (usize, usize) {
        let (size, window, stride) = (self.images[1 + axis], self.size[axis], self.strides[axis]);
        match self.padding {
            Padding::Valid => ((size + 1 - window).div_ceil(stride), 0),
            Padding::Same => {
                let out = size.div_ceil(stride);
                (out, ((out - 1) * stride + window).saturating_sub(size) / 2)
            }
            Padding::Explicit(padding) => {
                let [before, after] = padding[axis];
                ((size + before + after - window) / stride + 1, before)
            }
        }
    }

    fn wanted(&self) -> Values<f64> {
        let [batch, rows, columns, channels] = self.images;
        let ([height, width], filters) = (self.size, self.filters);
        let ((out_rows, above), (out_columns, left)) = (self.placed(0), self.placed(1));
        let x = numbers(batch * rows * columns * channels, 1);
        let w = numbers(height * width * channels * filters, 2);
        let bias = numbers(filters, 3);
        let outs = batch * out_rows * out_columns * filters;
        let weights = numbers(outs, 4);
        let mut values =
            Values { out: vec![0.0; outs], images: vec![0.0; x.len()], filter: vec![0.0; w.len()] };
        // The places of image and filter that an element of the result is made of.
        let terms = |element: usize| {
            let (rest, o) = (element / filters, element % filters);
            let (rest, column) = (rest / out_columns, rest % out_columns);
            let (n, row) = (rest / out_rows, rest % out_rows);
            let mut terms = Vec::new();
            for i in 0..height {
                for j in 0..width {
                    let y = (row * self.strides[0] + i).wrapping_sub(above);
                    let x = (column * self.strides[1] + j).wrapping_sub(left);
                    if y >= rows || x >= columns {
                        continue;
                    }
                    for c in 0..channels {
                        let at = ((n * rows + y) * columns + x) * channels + c;
                        terms.push((at, ((i * width + j) * channels + c) * filters + o));
                    }
                }
            }
            terms
        };
        for element in 0..outs {
            let first = if self.bias { f64::from(bias[element % filters]) } else { 0.0 };
            let terms = terms(element);
            let product = |&(at, of): &(usize, usize)| f64::from(x[at]) * f64::from(w[of]);
            let sum = first + terms.iter().map(product).sum::<f64>();
            let is_off = self.relu && sum < 0.0;
            values.out[element] = if is_off { 0.0 } else { sum };
            let grad = if is_off { 0.0 } else { f64::from(weights[element]) };
            for (at, of) in terms {
                values.images[at] += grad * f64::from(w[of]);
                values.filter[of] += grad * f64::from(x[at]);
            }
        }
        values
    }

    fn check(&self) {
        let (got, want) = (self.computed(1), self.wanted());
        // Sums of so many numbers below 1, rounded to f32.
        let [batch, rows, columns, channels] = self.images;
        let terms = self.size[0] * self.size[1] * channels.max(self.filters);
        close(self, "out", &got.out, &want.out, terms);
        close(self, "images", &got.images, &want.images, terms);
        close(self, "filter", &got.filter, &want.filter, batch * rows * columns);
        for threads in [2, 3] {
            let other = self.computed(threads);
            assert!(got.out == other.out, "{self:?} on {threads} threads");
            assert!(got.images == other.images, "{self:?} by images on {threads} threads");
            assert!(got.filter == other.filter, "{self:?} by filter on {threads} threads");
        }
    }
}

fn close(case: &Case, what: &str, got: &[f32], want: &[f64], terms: usize) {
    for (i, (&got, want)) in got.iter().zip(want).enumerate() {
        let allowed = case.allowed * ((terms as f64).sqrt() + want.abs());
        let error = (f64::from(got) - want).abs();
        assert!(error < allowed, "{case:?} {what}[{i}]: got {got}, want {want}");
    }
}

#[test]
fn winograds_algorithm_is_as_exact_as_direct_sums_but_for_a_digit() {
    // What mnist_cnn's second layer has to do.
    let (images, filters) = ([4, 14, 14, 32], 64);
    let (size, strides, padding) = ([3, 3], [1, 1], Padding::Same);
    let (bias, relu, allowed) = (false, false, WINOGRAD);
    let case = Case { images, size, filters, strides, padding, bias, relu, allowed };
    let want = case.wanted();
    let error = |winograd: bool| {
        let got = case.computed_by(1, winograd);
        [(got.out, &want.out), (got.images, &want.images), (got.filter, &want.filter)]
            .map(|(got, want)| relative_error(&got, want))
    };
    let (direct, winograd) = (error(false), error(true));
    for ((part, direct), winograd) in ["out", "images", "filter"].iter().zip(direct).zip(winograd) {
        println!(
            "{part}: error of direct sums {direct:.1e}, of Winograd's algorithm {winograd:.1e}"
        );
        assert!(direct < 1e-6 && winograd < 5e-6, "{part}: {direct:e}, {winograd:e}");
        assert!(winograd != direct, "{part}: the other algorithm was used");
    }
}

/// The root of the sum of squared errors, as a part of that of the values.
fn relative_error(got: &[f32], want: &[f64]) -> f64 {
    let square = |x: f64| x * x;
    let errors: f64 = got.iter().zip(want).map(|(&got, want)| square(f64::from(got) - want)).sum();
    let values: f64 = want.iter().copied().map(square).sum();
    (errors / values).sqrt()
}

#[test]
fn convolutions_of_all_sizes_are_right_and_the_same_on_any_number_of_threads() {
    use Padding::{Explicit, Same, Valid};
    let mut places = 0..;
    for (images, filters) in [
        ([2, 5, 7, 1], 3),
        ([3, 8, 6, 3], 5),
        ([1, 9, 9, 8], 16),
        ([2, 6, 5, 9], 17),
        ([4, 7, 7, 2], 33),
    ] {
        for size in [[1, 1], [2, 2], [3, 3], [5, 5], [3, 2]] {
            for strides in [[1, 1], [2, 2], [3, 1]] {
                let wide = [[size[0] / 2, size[0] - 1], [size[1] - 1, 0]];
                for padding in [Valid, Same, Explicit(wide)] {
                    let place = places.next().unwrap();
                    let (bias, relu) = (place % 3 == 0, place % 4 == 1);
                    let allowed = DIRECT;
                    Case { images, size, filters, strides, padding, bias, relu, allowed }.check();
                }
            }
        }
    }
}

#[test]
fn convolutions_by_winograds_algorithm_are_right_and_the_same_on_any_number_of_threads() {
    // Tiles that end with the image, that reach beyond it, and images smaller than a tile; so many
    // that threads divide them as they go.
    for (images, filters) in [
        ([8, 14, 14, 32], 64),
        ([3, 14, 14, 32], 64),
        ([9, 7, 7, 64], 32),
        ([5, 8, 12, 16], 16),
        ([2, 4, 5, 8], 16),
        ([30, 3, 3, 16], 48),
    ] {
        for padding in [Padding::Same, Padding::Valid, Padding::Explicit([[2, 1], [0, 2]])] {
            for (bias, relu) in [(false, false), (true, true)] {
                let (size, strides, allowed) = ([3, 3], [1, 1], WINOGRAD);
                Case { images, size, filters, strides, padding, bias, relu, allowed }.check();
            }
        }
    }
}
