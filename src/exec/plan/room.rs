//! Convolutions by Winograd's algorithm take two instructions and room between them.

use crate::exec::kernels::instruction::{Conv, FilterGradient, Instruction, Slot};
use crate::exec::kernels::{winograd_filter_len, winograd_sums_len};

impl Instruction {
    /// Floats of room that Winograd's algorithm needs, if it suits.
    pub(super) fn winograd_len(&self) -> Option<usize> {
        match self {
            Instruction::Conv(conv) => winograd_filter_len(&conv.window, conv.filters),
            Instruction::FilterGradient(gradient) => {
                winograd_sums_len(&gradient.window, gradient.batch, gradient.filters)
            }
            _ => None,
        }
    }

    /// Appends the instruction, with `room` for what comes before or after it if that is to be used.
    pub(super) fn push_with(self, room: Option<Slot>, to: &mut Vec<Instruction>) {
        match self {
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
