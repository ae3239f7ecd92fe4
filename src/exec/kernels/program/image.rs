//! Checks of instructions on images.

use super::super::conv;
use super::super::instruction::{
    Axis, Chain, Conv, FilterGradient, Lrn, LrnFunction, Pool, PoolFunction, Pooled, Slot, Space,
    Splice, Window,
};
use super::super::lanes::{LANES, LINE};
use super::{Program, assert_apart};

impl Program {
    pub(super) fn check_conv(&self, conv: &Conv) {
        let Conv { window, batch, filters, .. } = conv;
        self.check_filter(conv);
        self.check(conv.images, batch * conv.image_len());
        self.check(conv.out, batch * conv.out_len());
        self.check_winners(conv.unpool, conv.images.len, window.channels);
        assert!(conv.unpool.is_none() || window.spread == [1; 2], "{conv:?}");
        let winners = conv.pooled.and_then(|pooled| pooled.winners);
        self.check_winners(winners, conv.out.len, *filters);
        let read = [Some(conv.images), conv.unpool, Some(conv.filter), conv.bias];
        assert_written_apart(&[Some(conv.out), winners, conv.winograd], &read);
    }

    /// Checks all of a convolution but what it takes and gives.
    pub(super) fn check_filter(&self, conv: &Conv) {
        let Conv { window, filters, .. } = conv;
        check_window(window);
        self.check(conv.filter, window.patch_len() * filters);
        if conv.pooled.is_some() {
            assert!(conv.relu, "what is pooled went through a ReLU");
            assert!(filters.is_multiple_of(LANES), "{filters} filters are pooled");
        }
        if let Some(bias) = conv.bias {
            self.check(bias, *filters);
        }
        self.check_winograd(conv.winograd, conv::winograd_filter_len(window, *filters));
    }

    /// Returns the floats of registers that what lies between needs.
    pub(super) fn check_chain(&self, chain: &Chain) -> usize {
        let Chain { convs } = chain;
        let (first, last) = (&convs[0], &convs[convs.len() - 1]);
        self.check(first.images, chain.batch() * first.image_len());
        self.check(last.out, chain.batch() * last.out_len());
        for conv in convs {
            self.check_filter(conv);
            let winograd = conv.winograd.is_some();
            let pooled = conv.pooled.is_some();
            assert!(conv::fits_in_chain(&conv.window, conv.filters, winograd, pooled), "{conv:?}");
            let winners = conv.pooled.and_then(|pooled| pooled.winners);
            assert!(conv.batch == chain.batch() && conv.unpool.is_none() && winners.is_none());
            assert!(!conv.turned, "{conv:?}");
        }
        let written: Vec<_> =
            convs.iter().map(|conv| conv.winograd).chain([Some(last.out)]).collect();
        let read: Vec<_> = convs.iter().flat_map(|conv| [Some(conv.filter), conv.bias]).collect();
        assert_written_apart(&written, &[&read[..], &[Some(first.images)]].concat());
        let mut registers = 0;
        for pair in convs.windows(2) {
            let (before, after) = (&pair[0], &pair[1]);
            let Slot { space, offset, len } = before.out;
            assert!(before.out == after.images && before.out_len() == after.image_len());
            assert!(
                space == Space::Registers && offset.is_multiple_of(LINE) && offset >= registers
            );
            assert!(len == conv::IMAGES_OF_CHAIN * before.out_len(), "{chain:?}");
            registers = offset + Slot::padded(len);
        }
        registers
    }

    pub(super) fn check_winograd(&self, room: Option<Slot>, len: Option<usize>) {
        if let Some(room) = room {
            self.check(room, len.expect("the algorithm is for filters of 3 by 3"));
        }
    }

    /// Checks winners of so many floats, whose pixels are whole lanes.
    fn check_winners(&self, winners: Option<Slot>, results: usize, channels: usize) {
        if let Some(winners) = winners {
            self.check(winners, Pooled::winners_len(results));
            assert!(channels.is_multiple_of(LANES), "winners of {channels} channels");
        }
    }

    pub(super) fn check_filter_gradient(&self, gradient: &FilterGradient) {
        let FilterGradient { window, batch, filters, .. } = gradient;
        check_window(window);
        self.check(gradient.images, batch * window.image_len());
        self.check(gradient.grad, batch * gradient.grads() * filters);
        self.check_winners(gradient.unpool, gradient.grad.len, *filters);
        self.check(gradient.out, window.patch_len() * filters);
        let sums = conv::winograd_sums_len(window, *batch, *filters);
        self.check_winograd(gradient.winograd, sums);
        let read = [Some(gradient.images), Some(gradient.grad), gradient.unpool];
        assert_written_apart(&[Some(gradient.out), gradient.winograd], &read);
    }

    pub(super) fn check_pool(&self, pool: &Pool) {
        for axis in &pool.axes {
            let &Axis { len, window, stride, before, positions } = axis;
            assert!(positions > 0 && before < window, "{axis:?}");
            // Every window has a part of the image in it.
            assert!((positions - 1) * stride < len + before, "{axis:?}");
        }
        let (large, small) = (pool.batch * pool.elements(), pool.batch * pool.results());
        let read = match pool.function {
            PoolFunction::Max { images } | PoolFunction::Avg { images } => {
                self.check(pool.out, small);
                vec![(images, large)]
            }
            PoolFunction::MaxGrad { images, result, grad, .. } => {
                self.check(pool.out, large);
                vec![(images, large), (result, small), (grad, small)]
            }
            PoolFunction::AvgGrad { grad } => {
                self.check(pool.out, large);
                vec![(grad, small)]
            }
        };
        for (slot, len) in read {
            self.check(slot, len);
            assert!(!slot.overlaps(&pool.out), "images are not pooled in place");
        }
    }

    pub(super) fn check_lrn(&self, lrn: &Lrn) {
        let all = lrn.pixels * lrn.channels;
        self.check(lrn.out, all);
        let read = match lrn.function {
            LrnFunction::Forward { x } => vec![x],
            LrnFunction::Grad { grad, x, y } => vec![grad, x, y],
        };
        for slot in read {
            self.check(slot, all);
            assert!(!slot.overlaps(&lrn.out), "channels are not normalised in place");
        }
    }

    pub(super) fn check_splice(&self, splice: &Splice) {
        self.check(splice.out, splice.rows * splice.width);
        let width: usize = splice.pieces.iter().map(|piece| piece.len).sum();
        assert!(width == splice.width, "{splice:?} should fill its rows");
        for piece in &splice.pieces {
            if let Some(run) = piece.from {
                self.check(run.slot, splice.rows * run.width);
                assert!(run.start + piece.len <= run.width, "{splice:?} should read rows");
                assert!(!run.slot.overlaps(&splice.out), "rows are not spliced in place");
            }
        }
    }
}

/// What is written overlaps nothing else.
fn assert_written_apart(written: &[Option<Slot>], read: &[Option<Slot>]) {
    let written: Vec<Slot> = written.iter().copied().flatten().collect();
    assert_apart(&written);
    for &read in read.iter().flatten() {
        written.iter().for_each(|&written| assert_apart(&[written, read]));
    }
}

/// Kernels read what lies in the image alone, wherever a window is; so sizes are all there is to it.
fn check_window(window: &Window) {
    let sizes = [window.image, window.size, window.strides, window.spread, window.positions];
    assert!(sizes.iter().flatten().all(|&size| size > 0) && window.channels > 0, "{window:?}");
}
