//! Images that cannot be convolved or pooled are told; NaN in one comes out at the other end.

use super::{ExecError, Session};
use crate::graph::ops::Padding;
use crate::graph::{Dim, GraphBuilder, Initializer, NodeId};

/// A graph with 3x3 images of two channels.
fn with_images() -> (GraphBuilder, NodeId) {
    let mut g = GraphBuilder::new();
    let x = g.placeholder("images", [Dim::Batch, 3.into(), 3.into(), 2.into()]).unwrap();
    (g, x)
}

fn filter(g: &mut GraphBuilder, sizes: [usize; 4]) -> NodeId {
    g.variable("filter", &sizes, Initializer::Constant(1.0)).unwrap()
}

fn convolved(sizes: [usize; 4], strides: [usize; 2], padding: Padding) -> String {
    let (mut g, x) = with_images();
    let filter = filter(&mut g, sizes);
    let layer = g.scope("Layer1", |g| g.conv2d(x, filter, strides, padding));
    layer.unwrap_err().to_string()
}

#[test]
fn a_filter_larger_than_the_image_is_told_with_its_node_and_the_formula() {
    assert_eq!(
        convolved([5, 5, 2, 4], [1, 1], Padding::Valid),
        "`Layer1/Conv2D`: VALID rows: (3 + 0 + 0 - 5) / 1 + 1 is below 1, \
         so a window of 5 does not fit, got [batch, 3, 3, 2] and [5, 5, 2, 4]"
    );
    assert_eq!(
        convolved([3, 5, 2, 4], [1, 2], Padding::Explicit([[0, 0], [1, 0]])),
        "`Layer1/Conv2D`: EXPLICIT columns: (3 + 1 + 0 - 5) / 2 + 1 is below 1, \
         so a window of 5 does not fit, got [batch, 3, 3, 2] and [3, 5, 2, 4]"
    );
    let (mut g, x) = with_images();
    let error = g.scope("Layer2", |g| g.max_pool(x, [2, 4], [2, 2], Padding::Valid)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`Layer2/MaxPool`: VALID columns: (3 + 0 + 0 - 4) / 2 + 1 is below 1, \
         so a window of 4 does not fit, got [batch, 3, 3, 2]"
    );
}

#[test]
fn strides_and_windows_of_zero_are_told() {
    let error = convolved([2, 2, 2, 4], [1, 0], Padding::Same);
    assert!(error.starts_with("`Layer1/Conv2D`: want at least 1"), "{error}");
    assert!(error.contains("columns of the image 3, of the window 2, stride 0"), "{error}");
    let (mut g, x) = with_images();
    let error = g.avg_pool(x, [0, 2], [1, 1], Padding::Same).unwrap_err().to_string();
    assert!(error.contains("`AvgPool`: want at least 1: rows of the image 3"), "{error}");
}

#[test]
fn channels_that_do_not_match_are_told() {
    let error = convolved([2, 2, 3, 4], [1, 1], Padding::Same);
    assert_eq!(
        error,
        "`Layer1/Conv2D`: Conv2D takes [batch, rows, columns, channels] and a filter \
         [rows, columns, channels, out], got [batch, 3, 3, 2] and [2, 2, 3, 4]"
    );
    let error = convolved([2, 2, 2, 0], [1, 1], Padding::Same);
    assert!(error.contains("at least one channel and one filter"), "{error}");
}

#[test]
fn what_cannot_be_put_together_or_taken_apart_is_told() {
    let (mut g, x) = with_images();
    let other = g.placeholder("other", [Dim::Batch, 3.into(), 4.into(), 2.into()]).unwrap();
    let error = g.concat(&[x, other], 3).unwrap_err().to_string();
    assert_eq!(
        error,
        "`ConcatV2`: ConcatV2 takes shapes that differ in axis 3 alone, \
         got [batch, 3, 3, 2] and [batch, 3, 4, 2]"
    );
    assert!(g.concat(&[x, other], 2).is_ok());
    assert!(g.concat(&[x, x], 0).is_err(), "a batch stays what it is");
    assert!(g.concat(&[], 0).is_err());
    let error = g.split(x, 3, &[1, 2]).unwrap_err().to_string();
    assert_eq!(error, "`split`: axis 3 has size 2, which [1, 2] do not add up to");
    let error = g.split(x, 0, &[1]).unwrap_err().to_string();
    assert!(error.contains("Slice of 1 from 0 on takes as many along axis 0"), "{error}");
    assert!(g.split(x, 3, &[2, 0]).is_err(), "a piece of nothing");
    let pieces = g.split(x, 3, &[1, 1]).unwrap();
    assert_eq!(g[pieces[1]].shape().to_string(), "[batch, 3, 3, 1]");
    assert!(g.slice(x, 1, usize::MAX, 2).is_err());
    assert!(g.pad(x, 1, usize::MAX, 2).is_err());
    let error = g.local_response_normalization(x, 2, 0.0, 1.0, 0.5).unwrap_err().to_string();
    assert!(error.contains("bias is 0, alpha 1 and beta 0.5, want above 0"), "{error}");
    let flat = g.flatten(x).unwrap();
    let error = g.global_average_pool(flat).unwrap_err().to_string();
    assert!(error.contains("global average pooling takes [batch, rows, columns"), "{error}");
    assert!(g.reshape(x, [Dim::Batch, 17.into()]).is_err());
}

#[test]
fn a_batch_of_no_images_is_an_error_with_the_node() {
    let (mut g, x) = with_images();
    let filter = filter(&mut g, [2, 2, 2, 4]);
    let y = g.conv2d(x, filter, [1, 1], Padding::Same).unwrap();
    let y = g.max_pool(y, [2, 2], [2, 2], Padding::Same).unwrap();
    let graph = g.finish();
    let error = Session::new(&graph, 0).plan(&[y], 0).unwrap_err();
    let ExecError::Empty { node, sizes } = &error else { panic!("{error}") };
    assert_eq!((node.as_str(), sizes.as_slice()), ("images", [0, 3, 3, 2].as_slice()));
}

/// Of two images with one NaN in the first the places where a convolution of both is NaN.
fn nan_comes_out(channels: usize, size: usize, filters: usize) -> Vec<bool> {
    let mut g = GraphBuilder::new();
    let sizes = [2, 12, 12, channels];
    let mut values = vec![0.5; 2 * 12 * 12 * channels];
    values[(5 * 12 + 6) * channels] = f32::NAN; // row 5, column 6
    let x = g.variable("x", &sizes, Initializer::Values(values)).unwrap();
    let filter = filter(&mut g, [size, size, channels, filters]);
    let y = g.conv2d(x, filter, [1, 1], Padding::Same).unwrap();
    let y = g.relu(y).unwrap();
    let graph = g.finish();
    let mut session = Session::new(&graph, 0);
    let mut plan = session.plan(&[y], 1).unwrap();
    session.run(&mut plan).unwrap();
    plan.value(y).iter().step_by(filters).map(|x| x.is_nan()).collect()
}

#[test]
fn nan_in_an_image_comes_out_of_convolution_where_filters_see_it() {
    for (channels, size, filters) in [(1, 3, 32), (3, 5, 4), (8, 3, 16), (32, 3, 64), (16, 1, 8)] {
        let nan = nan_comes_out(channels, size, filters);
        let reach = size / 2;
        for row in 0..12 {
            for column in 0..12 {
                let seen = row + reach >= 5
                    && row <= 5 + reach
                    && column + reach >= 6
                    && column <= 6 + reach;
                let got = nan[row * 12 + column];
                assert!(got || !seen, "{channels} {size} {filters}: row {row}, column {column}");
                // Winograd's algorithm computes tiles: a NaN is all of its tile's. Others are not.
                let near = row.abs_diff(5) <= 6 && column.abs_diff(6) <= 6;
                assert!(!got || near, "{channels} {size} {filters}: row {row}, column {column}");
            }
        }
        assert!(nan[144..].iter().all(|nan| !nan), "the other image is what it was");
    }
}
