//! Convolutions by Winograd's algorithm and products of images take two instructions and room between
//! them.

use crate::exec::kernels::instruction::{Conv, FilterGradient, Gemm, Instruction, Slot};
use crate::exec::kernels::{halves_len, winograd_filter_len, winograd_sums_len};

impl Instruction {
    /// Floats of room that what is faster needs: Winograd's algorithm, if it may be used, or the halves
    /// of products of images.
    pub(super) fn room_len(&self, winograd: bool, is_of_images: bool) -> Option<usize> {
        match self {
            Instruction::Gemm(gemm) if is_of_images => halves_len(gemm),
            Instruction::Conv(conv) if winograd => winograd_filter_len(&conv.window, conv.filters),
            Instruction::FilterGradient(gradient) if winograd => {
                winograd_sums_len(&gradient.window, gradient.batch, gradient.filters)
            }
            _ => None,
        }
    }

    /// Appends the instruction, with `room` for what comes before or after it if that is to be used.
    pub(super) fn push_with(self, room: Option<Slot>, to: &mut Vec<Instruction>) {
        match self {
            Instruction::Gemm(gemm) if room.is_some() => {
                let gemm = Gemm { halves: room, ..gemm };
                to.extend([Instruction::Gemm(gemm), Instruction::AddHalves(gemm)]);
            }
            Instruction::Conv(conv) if room.is_some() => {
                let conv = Conv { winograd: room, ..conv };
                to.extend([Instruction::WinogradFilter(conv), Instruction::Conv(conv)]);
            }
            Instruction::FilterGradient(gradient) if room.is_some() => {
                let sums = FilterGradient { winograd: room, ..gradient };
                to.push(Instruction::FilterGradient(sums));
                to.push(Instruction::WinogradFilterGradient(sums));
            }
            other => to.push(other),
        }
    }
}
