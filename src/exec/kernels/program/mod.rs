//! Instructions that were checked once: every operand lies within its array.
//!
//! The kernels rely on that and check nothing.

mod image;
mod stages;

use super::conv;
use super::gemm;
use super::instruction::{
    Argument, Fill, Gemm, Instruction, Map, Nonzeros, RowFunction, Rows, Slot, Space, Walk,
};
use super::lanes::{LANES, LINE};
pub(crate) use stages::Stage;

/// Checked instructions.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    instructions: Vec<Instruction>,
    stages: Vec<Stage>,
    arena: usize,
    variables: usize,
    registers: usize,
    packing: usize,
}

impl Program {
    /// Checks that every operand lies within its array of that many floats.
    ///
    /// # Panics
    /// If one does not, which is a mistake of the compiler in `exec::plan`.
    pub(crate) fn new(instructions: Vec<Instruction>, arena: usize, variables: usize) -> Self {
        let stages = stages::stages(&instructions);
        let mut program =
            Program { instructions, stages, arena, variables, registers: 0, packing: 0 };
        for instruction in &program.instructions {
            match instruction {
                Instruction::Map(map) => {
                    program.registers = program.registers.max(program.check_map(map));
                }
                &Instruction::Nonzeros(Nonzeros { x, rows, columns, lists }) => {
                    program.check(x, rows * columns);
                    program.check(lists, gemm::lists_len(rows, columns));
                    assert_apart(&[x, lists]);
                }
                Instruction::Gemm(gemm) => {
                    program.check_gemm(gemm);
                    let packing = match gemm::is_small(gemm) {
                        true if gemm.transpose_b => Slot::padded(gemm.k * gemm.n),
                        true => 0,
                        false => gemm::scratch(gemm),
                    };
                    program.packing = program.packing.max(packing);
                }
                Instruction::AddHalves(gemm) => {
                    assert!(gemm.halves.is_some(), "{gemm:?} has no halves");
                    program.check_gemm(gemm);
                }
                Instruction::WinogradFilter(conv) => program.check_filter(conv),
                Instruction::Conv(conv) => {
                    program.check_conv(conv);
                    program.packing = program.packing.max(conv::scratch(conv));
                }
                Instruction::Chain(chain) => {
                    program.registers = program.registers.max(program.check_chain(chain));
                    let packing = chain.convs.iter().map(conv::scratch).max().unwrap_or(0);
                    program.packing = program.packing.max(packing);
                }
                Instruction::FilterGradient(gradient)
                | Instruction::WinogradFilterGradient(gradient) => {
                    program.check_filter_gradient(gradient);
                    let scratch = conv::scratch_of_filter_gradient(gradient);
                    program.packing = program.packing.max(scratch);
                }
                Instruction::Rows(rows) => program.check_rows(rows),
                Instruction::Sum(sum) => {
                    program.check(sum.x, sum.outer * sum.count * sum.inner);
                    program.check(sum.out, sum.outer * sum.inner);
                    assert!(!sum.x.overlaps(&sum.out), "a sum is not taken in place");
                }
                Instruction::Pool(pool) => program.check_pool(pool),
                Instruction::Lrn(lrn) => {
                    program.check_lrn(lrn);
                    program.packing = program.packing.max(lrn.scratch());
                }
                Instruction::Splice(splice) => program.check_splice(splice),
                Instruction::GradientDescent(step) => {
                    program.check(step.variable, step.variable.len);
                    program.check(step.grad, step.variable.len);
                    program.check(step.rate, 1);
                    assert_apart(&[step.variable, step.grad]);
                }
                Instruction::Momentum(step) => {
                    let arrays = [step.variable, step.accumulator, step.grad];
                    program.check_arrays(&arrays);
                    for slot in [step.rate, step.momentum] {
                        program.check(slot, 1);
                    }
                }
                Instruction::RmsProp(step) => {
                    let arrays = [step.variable, step.mean_square, step.moment, step.grad];
                    program.check_arrays(&arrays);
                    for slot in step.numbers {
                        program.check(slot, 1);
                    }
                }
                Instruction::Adam(step) => {
                    program.check_arrays(&[step.variable, step.m, step.v, step.grad]);
                    for slot in step.numbers {
                        program.check(slot, 1);
                    }
                }
                Instruction::Copy(copy) => {
                    program.check(copy.from, copy.from.len);
                    program.check(copy.to, copy.from.len);
                }
            }
        }
        program
    }

    /// What threads do together and what one does alone, in order.
    pub(crate) fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// Whether random numbers are drawn.
    pub(crate) fn draws(&self) -> bool {
        let masks = |fill: &Fill| matches!(fill, Fill::Mask { .. });
        let draws = |instruction: &Instruction| matches!(instruction, Instruction::Map(map) if map.fills.iter().any(masks));
        self.instructions.iter().any(draws)
    }

    /// Whether threads have anything to share.
    pub(crate) fn is_shared(&self) -> bool {
        self.stages.iter().any(|stage| stage.shared)
    }

    pub(crate) fn instructions(&self) -> &[Instruction] {
        &self.instructions
    }

    /// Floats the arena must have.
    pub(super) fn arena(&self) -> usize {
        self.arena
    }

    /// Floats the variables must have.
    pub(super) fn variables(&self) -> usize {
        self.variables
    }

    /// Floats of scratch space for each thread: first the registers, then room to pack matrices.
    pub(crate) fn scratch(&self) -> usize {
        (self.registers + self.packing).next_multiple_of(LINE)
    }

    /// Where the room to pack matrices begins.
    pub(super) fn registers(&self) -> usize {
        self.registers
    }

    fn check(&self, slot: Slot, len: usize) {
        let room = match slot.space {
            Space::Arena => self.arena,
            Space::Variables => self.variables,
            Space::Registers => panic!("registers of another instruction"),
        };
        assert!(slot.len == len, "{slot:?} should hold {len} floats");
        assert!(slot.offset.is_multiple_of(LANES), "{slot:?} is not aligned to lanes");
        assert!(slot.offset + Slot::padded(len) <= room, "{slot:?} is outside its {room} floats");
    }

    /// Checks arrays as long as the first, none of which may overlap another.
    fn check_arrays(&self, arrays: &[Slot]) {
        arrays.iter().for_each(|&slot| self.check(slot, arrays[0].len));
        assert_apart(arrays);
    }

    fn check_gemm(&self, gemm: &Gemm) {
        self.check(gemm.a, gemm.m * gemm.k);
        self.check(gemm.b, gemm.k * gemm.n);
        self.check(gemm.out, gemm.m * gemm.n);
        if let Some(bias) = gemm.bias {
            self.check(bias, gemm.n);
            assert!(!gemm.out.overlaps(&bias), "a product is not taken in place");
        }
        if let Some(positive) = gemm.where_positive {
            self.check(positive, gemm.m * gemm.n);
            assert!(!gemm.out.overlaps(&positive), "a product is not taken in place");
        }
        if let Some(sums) = gemm.halves {
            self.check(sums, gemm::halves_len(gemm).expect("it can be halved"));
            assert!(!gemm::is_small(gemm), "{gemm:?} is too small to be halved");
            let others = [Some(gemm.a), Some(gemm.b), Some(gemm.out), gemm.bias, gemm.nonzeros];
            others.into_iter().flatten().for_each(|other| assert_apart(&[sums, other]));
        }
        if let Some(lists) = gemm.nonzeros {
            let (rows, columns) =
                if gemm.transpose_a { (gemm.k, gemm.m) } else { (gemm.m, gemm.k) };
            assert!(gemm::takes_lists(gemm), "{gemm:?} has lists it cannot use");
            let halved = gemm.halves.is_some() == gemm::halves_len(gemm).is_some();
            assert!(halved, "{gemm:?} is not halved as its lists are");
            self.check(lists, gemm::lists_len(rows, columns));
            assert!(!gemm.out.overlaps(&lists), "a product is not taken in place");
        }
        let in_place = gemm.out.overlaps(&gemm.a) || gemm.out.overlaps(&gemm.b);
        assert!(!in_place, "a product is not taken in place");
    }

    fn check_rows(&self, rows: &Rows) {
        let all = rows.rows * rows.columns;
        self.check(rows.x, all);
        let takes_labels =
            matches!(rows.function, RowFunction::CrossEntropy | RowFunction::CrossEntropyGrad);
        assert!(rows.labels.is_some() == takes_labels, "{rows:?}");
        if let Some(labels) = rows.labels {
            self.check(labels, all);
            assert!(!labels.overlaps(&rows.out), "rows are not computed in place");
        }
        let whole_rows =
            matches!(rows.function, RowFunction::Softmax | RowFunction::CrossEntropyGrad);
        self.check(rows.out, if whole_rows { all } else { rows.rows });
        assert!(!rows.x.overlaps(&rows.out), "rows are not computed in place");
    }

    /// Returns the floats its registers need.
    fn check_map(&self, map: &Map) -> usize {
        assert!(map.block > 0 && map.block <= Map::BLOCK && map.inner > 0, "{map:?}");
        let mut registers = 0;
        let mut register = |offset: usize| {
            assert!(offset.is_multiple_of(Map::BLOCK), "a register starts at its block");
            registers = registers.max(offset + Map::BLOCK);
        };
        for fill in &map.fills {
            match fill {
                Fill::Number { from, register: to } => {
                    self.check(*from, 1);
                    register(*to);
                }
                Fill::Rows { from, register: to } => {
                    self.check(*from, map.inner);
                    assert!(map.block.is_multiple_of(map.inner), "a block is whole rows");
                    register(*to);
                }
                Fill::Column { from, register: to } => {
                    self.check(*from, map.elements / map.inner);
                    assert!(map.block <= map.inner, "a column is filled row by row");
                    register(*to);
                }
                Fill::Gather { from, register: to, places } => {
                    self.check(*from, from.len);
                    assert!(places.len() == map.elements, "a place for every element");
                    assert!(places.iter().all(|&place| (place as usize) < from.len));
                    register(*to);
                }
                Fill::Mask { register: to, .. } => register(*to),
            }
        }
        for step in &map.steps {
            for argument in [step.a, step.b, step.out] {
                let Argument { space, offset, walk } = argument;
                match walk {
                    Walk::Still => {
                        assert!(space == Space::Registers, "only a register stays");
                        register(offset);
                    }
                    Walk::Each => {
                        self.check(Slot { space, offset, len: map.elements }, map.elements)
                    }
                    Walk::Row => self.check(Slot { space, offset, len: map.inner }, map.inner),
                }
            }
            assert!(step.out.walk != Walk::Row, "a row is not written by all rows");
        }
        registers
    }
}

fn assert_apart(slots: &[Slot]) {
    for (place, slot) in slots.iter().enumerate() {
        let overlaps = |other: &Slot| other.overlaps(slot);
        assert!(!slots[..place].iter().any(overlaps), "{slots:?} overlap");
    }
}
