//! What instructions read and write.

use super::{
    Argument, Chain, Fill, FilterGradient, Instruction, LrnFunction, Map, PoolFunction, Slot,
    Space, Walk,
};

/// Slots that an instruction reads and those it writes.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Operands {
    reads: Vec<Slot>,
    writes: Vec<Slot>,
}

impl Operands {
    fn new(reads: impl IntoIterator<Item = Slot>, writes: &[Slot]) -> Self {
        Operands { reads: reads.into_iter().collect(), writes: writes.to_vec() }
    }

    /// Of a step of an optimiser: what it changes, what else it goes by.
    fn step(changed: &[Slot], numbers: &[Slot], grad: Slot) -> Self {
        let reads = changed.iter().chain(numbers).chain([&grad]).copied();
        Operands::new(reads, changed)
    }

    /// Whether it makes a difference which of two is computed first.
    pub(in super::super) fn depend_on(&self, other: &Operands) -> bool {
        let meet = |a: &[Slot], b: &[Slot]| a.iter().any(|a| b.iter().any(|b| a.overlaps(b)));
        meet(&self.writes, &other.writes)
            || meet(&self.reads, &other.writes)
            || meet(&self.writes, &other.reads)
    }

    pub(in super::super) fn extend(&mut self, other: Operands) {
        self.reads.extend(other.reads);
        self.writes.extend(other.writes);
    }
}

impl Instruction {
    pub(in super::super) fn operands(&self) -> Operands {
        match self {
            Instruction::Map(map) => of_map(map),
            Instruction::Nonzeros(of) => Operands::new([of.x], &[of.lists]),
            Instruction::Gemm(gemm) => {
                let others = [gemm.bias, gemm.where_positive, gemm.nonzeros];
                let reads = [gemm.a, gemm.b].into_iter().chain(others.into_iter().flatten());
                Operands::new(reads, &[gemm.halves.unwrap_or(gemm.out)])
            }
            Instruction::AddHalves(gemm) => Operands::new(gemm.halves, &[gemm.out]),
            Instruction::WinogradFilter(conv) => {
                let room: Vec<Slot> = conv.winograd.into_iter().collect();
                Operands::new([conv.filter], &room)
            }
            Instruction::Conv(conv) => {
                let others = [conv.unpool, conv.bias, conv.winograd].into_iter().flatten();
                let reads = [conv.images, conv.filter].into_iter().chain(others);
                let winners = conv.pooled.and_then(|pooled| pooled.winners);
                let writes: Vec<Slot> = winners.into_iter().chain([conv.out]).collect();
                Operands::new(reads, &writes)
            }
            Instruction::Chain(Chain { convs, .. }) => {
                let of_filters =
                    convs.iter().flat_map(|conv| [Some(conv.filter), conv.bias, conv.winograd]);
                let reads = [convs[0].images].into_iter().chain(of_filters.flatten());
                Operands::new(reads, &[convs[convs.len() - 1].out])
            }
            Instruction::FilterGradient(gradient)
            | Instruction::WinogradFilterGradient(gradient) => {
                let &FilterGradient { images, grad, unpool, out, winograd, .. } = gradient;
                let writes: Vec<Slot> = winograd.into_iter().chain([out]).collect();
                let reads = [images, grad].into_iter().chain(unpool).chain(winograd);
                Operands::new(reads, &writes)
            }
            Instruction::Rows(rows) => {
                Operands::new([rows.x].into_iter().chain(rows.labels), &[rows.out])
            }
            Instruction::Sum(sum) => Operands::new([sum.x], &[sum.out]),
            Instruction::Pool(pool) => {
                let reads = match pool.function {
                    PoolFunction::Max { images } | PoolFunction::Avg { images } => vec![images],
                    PoolFunction::MaxGrad { images, result, grad, .. } => {
                        vec![images, result, grad]
                    }
                    PoolFunction::AvgGrad { grad } => vec![grad],
                };
                Operands::new(reads, &[pool.out])
            }
            Instruction::Lrn(lrn) => {
                let reads = match lrn.function {
                    LrnFunction::Forward { x } => vec![x],
                    LrnFunction::Grad { grad, x, y } => vec![grad, x, y],
                };
                Operands::new(reads, &[lrn.out])
            }
            Instruction::Splice(splice) => {
                let from = splice.pieces.iter().filter_map(|piece| piece.from);
                Operands::new(from.map(|run| run.slot), &[splice.out])
            }
            Instruction::GradientDescent(step) => {
                Operands::step(&[step.variable], &[step.rate], step.grad)
            }
            Instruction::Momentum(step) => {
                let changed = [step.variable, step.accumulator];
                Operands::step(&changed, &[step.rate, step.momentum], step.grad)
            }
            Instruction::RmsProp(step) => {
                let changed = [step.variable, step.mean_square, step.moment];
                Operands::step(&changed, &step.numbers, step.grad)
            }
            Instruction::Adam(step) => {
                Operands::step(&[step.variable, step.m, step.v], &step.numbers, step.grad)
            }
            Instruction::Copy(copy) => Operands::new([copy.from], &[copy.to]),
        }
    }
}

fn of_map(map: &Map) -> Operands {
    let slot = |&Argument { space, offset, walk }: &Argument| {
        let len = if walk == Walk::Row { map.inner } else { map.elements };
        (space != Space::Registers).then_some(Slot { space, offset, len })
    };
    let filled = map.fills.iter().filter_map(|fill| match fill {
        Fill::Number { from, .. }
        | Fill::Rows { from, .. }
        | Fill::Column { from, .. }
        | Fill::Gather { from, .. } => Some(*from),
        Fill::Mask { .. } => None,
    });
    let read = map.steps.iter().flat_map(|step| [&step.a, &step.b]).filter_map(slot);
    let written: Vec<Slot> = map.steps.iter().filter_map(|step| slot(&step.out)).collect();
    Operands::new(filled.chain(read), &written)
}
