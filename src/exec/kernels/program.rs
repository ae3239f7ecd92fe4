//! What a plan computes, as data: instructions over two arrays of floats.
//!
//! A [`Program`] is checked once, when it is made: every operand lies within its array. The
//! kernels rely on that and check nothing.

use super::gemm;
use super::lanes::LANES;
use super::mask::Mask;

/// Which array an operand lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Space {
    /// The plan's own array: feeds, constants and what is computed.
    Arena = 0,
    /// The session's variables.
    Variables = 1,
    /// The registers of a [`Map`]; operands of other instructions never lie here.
    Registers = 2,
}

/// Floats at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) space: Space,
    pub(crate) offset: usize,
    /// Number of floats that mean something.
    pub(crate) len: usize,
}

impl Slot {
    /// Floats reserved for `len` of them: whole lanes, and one lane more.
    ///
    /// Kernels read and write whole lanes without asking where the last one ends; what they do
    /// beyond `len` stays in the slot and is never looked at.
    pub(crate) fn padded(len: usize) -> usize {
        len.next_multiple_of(LANES) + LANES
    }

    fn overlaps(&self, other: &Slot) -> bool {
        let end = |slot: &Slot| slot.offset + Slot::padded(slot.len);
        self.space == other.space && self.offset < end(other) && other.offset < end(self)
    }
}

/// A function of one or two floats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Function {
    Copy,
    Neg,
    Log,
    Exp,
    Sigmoid,
    Tanh,
    Relu,
    /// With the slope below 0.
    LeakyRelu(f32),
    Elu,
    Selu,
    Square,
    Sqrt,
    Reciprocal,
    Add,
    Sub,
    Mul,
    Div,
    Maximum,
    Greater,
    Equal,
    SigmoidGrad,
    TanhGrad,
    ReluGrad,
    /// With the slope below 0.
    LeakyReluGrad(f32),
    EluGrad,
    SeluGrad,
}

/// How an operand of a [`Map`] moves while the map walks over its `[outer, inner]` elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Walk {
    /// One float per element.
    Each = 0,
    /// Stays: a register.
    Still = 1,
    /// One float per place in a row, the same in all rows.
    Row = 2,
}

/// An operand of a [`MapStep`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Argument {
    pub(crate) space: Space,
    pub(crate) offset: usize,
    pub(crate) walk: Walk,
}

/// One function applied to a block of elements; a function of one float ignores `b`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct MapStep {
    pub(crate) function: Function,
    pub(crate) a: Argument,
    pub(crate) b: Argument,
    pub(crate) out: Argument,
}

/// Something repeated into a register before the steps run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fill {
    /// One number everywhere; once per run of the map.
    Number { from: Slot, register: usize },
    /// A row, again and again up to the block's end; once per run of the map.
    Rows { from: Slot, register: usize },
    /// The number of the row a block lies in; once per block.
    Column { from: Slot, register: usize },
    /// For each element of the map the float at that place of `from`; block by block.
    Gather { from: Slot, register: usize, places: Vec<u32> },
    /// Random numbers; block by block.
    Mask { mask: Mask, register: usize },
}

/// A chain of elementwise functions, block by block, so that intermediates stay in cache.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Map {
    pub(crate) elements: usize,
    /// Length of a row where operands are broadcast, else the number of elements.
    pub(crate) inner: usize,
    /// Elements per block: at most [`Map::BLOCK`].
    pub(crate) block: usize,
    pub(crate) fills: Vec<Fill>,
    pub(crate) steps: Vec<MapStep>,
}

impl Map {
    /// Floats in a register.
    pub(crate) const BLOCK: usize = 512;
}

/// `out = a b` or `out = a b + bias`, of `[m, k]` and `[k, n]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gemm {
    pub(crate) a: Slot,
    pub(crate) b: Slot,
    pub(crate) bias: Option<Slot>,
    pub(crate) out: Slot,
    pub(crate) m: usize,
    pub(crate) k: usize,
    pub(crate) n: usize,
    /// `a` is stored as `[k, m]`.
    pub(crate) transpose_a: bool,
    /// `b` is stored as `[n, k]`.
    pub(crate) transpose_b: bool,
}

/// A function of each row of `[rows, columns]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rows {
    pub(crate) function: RowFunction,
    pub(crate) x: Slot,
    /// Of the same sizes as `x`, for the functions that take them.
    pub(crate) labels: Option<Slot>,
    pub(crate) out: Slot,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
}

/// See `graph::ops`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowFunction {
    /// A row.
    Softmax,
    /// A row, of logits and labels.
    CrossEntropyGrad,
    /// A number, of logits and labels.
    CrossEntropy,
    /// A number.
    ArgMax,
}

/// Sums of `[outer, count, inner]` over the middle, divided by `divisor`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sum {
    pub(crate) x: Slot,
    pub(crate) out: Slot,
    pub(crate) outer: usize,
    pub(crate) count: usize,
    pub(crate) inner: usize,
    pub(crate) divisor: f32,
}

/// `variable -= rate * grad`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GradientDescent {
    pub(crate) variable: Slot,
    pub(crate) rate: Slot,
    pub(crate) grad: Slot,
}

/// `accumulator = momentum * accumulator + grad`, `variable -= rate * accumulator`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Momentum {
    pub(crate) variable: Slot,
    pub(crate) accumulator: Slot,
    pub(crate) rate: Slot,
    pub(crate) grad: Slot,
    pub(crate) momentum: Slot,
}

/// A step of RMSProp; see `graph::ops::ApplyRmsProp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RmsProp {
    pub(crate) variable: Slot,
    pub(crate) mean_square: Slot,
    pub(crate) moment: Slot,
    /// learning_rate, decay, momentum, epsilon.
    pub(crate) numbers: [Slot; 4],
    pub(crate) grad: Slot,
}

/// A step of Adam; see `graph::ops::ApplyAdam`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Adam {
    pub(crate) variable: Slot,
    pub(crate) m: Slot,
    pub(crate) v: Slot,
    /// beta1_power, beta2_power, learning_rate, beta1, beta2, epsilon.
    pub(crate) numbers: [Slot; 6],
    pub(crate) grad: Slot,
}

/// `to = from`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Copy {
    pub(crate) from: Slot,
    pub(crate) to: Slot,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Instruction {
    Map(Map),
    Gemm(Gemm),
    Rows(Rows),
    Sum(Sum),
    GradientDescent(GradientDescent),
    Momentum(Momentum),
    RmsProp(RmsProp),
    Adam(Adam),
    Copy(Copy),
}

impl Instruction {
    /// Processor cycles it takes one thread, very roughly.
    fn cycles(&self) -> usize {
        match self {
            Instruction::Map(map) => map.elements * (map.steps.len() + map.fills.len()) / 4,
            Instruction::Gemm(gemm) if gemm::is_small(gemm) => 0, // never shared
            Instruction::Gemm(gemm) => gemm.m * gemm.k * gemm.n / 16,
            Instruction::Rows(rows) => rows.rows * rows.columns * 2,
            Instruction::Sum(sum) => sum.outer * sum.count * sum.inner / 4,
            Instruction::GradientDescent(step) => step.variable.len / 4,
            Instruction::Momentum(step) => step.variable.len / 2,
            Instruction::RmsProp(step) => step.variable.len * 2,
            Instruction::Adam(step) => step.variable.len * 2,
            Instruction::Copy(_) => 0,
        }
    }
}

/// Cycles from which threads share an instruction: to meet takes some hundred.
const WORTH_SHARING: usize = 4_000;

/// Instructions that are run by all threads or by one, between two meetings.
#[derive(Clone, Debug)]
pub(super) struct Stage {
    pub(super) instructions: std::ops::Range<usize>,
    pub(super) shared: bool,
}

/// What random numbers of a run are drawn from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Draw {
    pub(crate) seed: u64,
    pub(crate) run: u64,
}

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
        let stages = stages(&instructions);
        let mut program =
            Program { instructions, stages, arena, variables, registers: 0, packing: 0 };
        for instruction in &program.instructions {
            match instruction {
                Instruction::Map(map) => {
                    program.registers = program.registers.max(program.check_map(map));
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
                Instruction::Rows(rows) => program.check_rows(rows),
                Instruction::Sum(sum) => {
                    program.check(sum.x, sum.outer * sum.count * sum.inner);
                    program.check(sum.out, sum.outer * sum.inner);
                    assert!(!sum.x.overlaps(&sum.out), "a sum is not taken in place");
                }
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
    pub(super) fn stages(&self) -> &[Stage] {
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
        (self.registers + self.packing).next_multiple_of(LANES)
    }

    /// Where the room to pack matrices begins.
    pub(super) fn registers(&self) -> usize {
        self.registers
    }

    fn check(&self, slot: Slot, len: usize) {
        let room = match slot.space {
            Space::Arena => self.arena,
            Space::Variables => self.variables,
            Space::Registers => panic!("a register outside a map"),
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

/// Groups instructions: those that are not worth sharing run one after another on one thread.
fn stages(instructions: &[Instruction]) -> Vec<Stage> {
    let mut stages: Vec<Stage> = Vec::new();
    for (place, instruction) in instructions.iter().enumerate() {
        let shared = instruction.cycles() >= WORTH_SHARING;
        match stages.last_mut() {
            Some(stage) if !shared && !stage.shared => stage.instructions.end = place + 1,
            _ => stages.push(Stage { instructions: place..place + 1, shared }),
        }
    }
    stages
}
