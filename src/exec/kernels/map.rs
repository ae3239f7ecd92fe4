//! Chains of elementwise functions.

use super::functions;
use super::instruction::{Argument, Fill, Function, Map, MapStep, Space};
use super::lanes::{Isa, LANES, Lanes};
use super::part::Part;
use super::{Memory, load, store};

// Klambauer et al. 2017, rounded to f32.
const SELU_ALPHA: f32 = 1.673_263_2;
const SELU_SCALE: f32 = 1.050_701;

#[inline(always)]
pub(super) fn run<I: Isa>(map: &Map, memory: Memory, part: Part) {
    // Whole lanes: two parts never touch the same one. And whole rows, where rows are what a block
    // is made of or ends with.
    let unit =
        if map.block < map.inner && map.inner < map.elements { map.inner } else { map.block };
    let share = part.share(map.elements, unit * LANES);
    if share.is_empty() {
        return;
    }
    for fill in &map.fills {
        match *fill {
            Fill::Number { from, register } => {
                // SAFETY: both were checked by `Program::new`; a register holds a whole block.
                unsafe {
                    let number = Lanes::splat(*memory.slot(from));
                    let to = memory.at(Space::Registers, register);
                    for i in (0..map.block).step_by(LANES) {
                        store(to.add(i), number);
                    }
                }
            }
            Fill::Rows { from, register } => {
                let (from, to) = (memory.slot(from), memory.at(Space::Registers, register));
                for start in (0..map.block).step_by(map.inner) {
                    // SAFETY: a block is whole rows, `from` is one row, and they do not overlap.
                    unsafe { std::ptr::copy_nonoverlapping(from, to.add(start), map.inner) };
                }
            }
            Fill::Column { .. } | Fill::Gather { .. } | Fill::Mask { .. } => {}
        }
    }
    let mut position = share.start;
    while position < share.end {
        // With rows longer than a block, no block reaches over the end of a row.
        let in_row = position % map.inner;
        let left_in_row = if map.block < map.inner { map.inner - in_row } else { usize::MAX };
        let len = map.block.min(share.end - position).min(left_in_row);
        fill_block(map, memory, position, len);
        for step in &map.steps {
            apply::<I>(step, memory, [position, 0, in_row], len, position + len == map.elements);
        }
        position += len;
    }
}

#[inline(always)]
fn fill_block(map: &Map, memory: Memory, position: usize, len: usize) {
    for fill in &map.fills {
        match fill {
            Fill::Column { from, register } => {
                // SAFETY: `from` has a number for every row; a register holds a whole block.
                unsafe {
                    let row = position / map.inner;
                    let number = Lanes::splat(*memory.slot(*from).add(row));
                    let to = memory.at(Space::Registers, *register);
                    for i in (0..len).step_by(LANES) {
                        store(to.add(i), number);
                    }
                }
            }
            Fill::Gather { from, register, places } => {
                let (from, to) = (memory.slot(*from), memory.at(Space::Registers, *register));
                for (i, &place) in places[position..position + len].iter().enumerate() {
                    // SAFETY: every place was checked to lie within `from`.
                    unsafe { *to.add(i) = *from.add(place as usize) };
                }
            }
            Fill::Mask { mask, register } => {
                let to = memory.at(Space::Registers, *register);
                mask.fill(memory.draw, position, len, to);
            }
            Fill::Number { .. } | Fill::Rows { .. } => {}
        }
    }
}

/// Applies one function to `len` elements; `last` says that none follow in the slot.
#[inline(always)]
fn apply<I: Isa>(step: &MapStep, memory: Memory, positions: [usize; 3], len: usize, last: bool) {
    let place = |argument: Argument| {
        memory.at(argument.space, argument.offset + positions[argument.walk as usize])
    };
    let (a, b, out) = (place(step.a), place(step.b), place(step.out));
    macro_rules! each {
        (|$x:ident| $value:expr) => {
            walk(a, a, out, len, last, |x, _| x.map(|$x| $value))
        };
        (|$x:ident, $y:ident| $value:expr) => {
            walk(a, b, out, len, last, |x, y| x.zip(y, |$x, $y| $value))
        };
    }
    match step.function {
        Function::Copy => each!(|x| x),
        Function::Neg => each!(|x| -x),
        Function::Log => each!(|x| functions::log::<I>(x)),
        Function::Exp => each!(|x| functions::exp::<I>(x)),
        Function::Sigmoid => each!(|x| functions::sigmoid::<I>(x)),
        Function::Tanh => each!(|x| functions::tanh::<I>(x)),
        // Not `max`, which would turn NaN into 0 and hide it.
        Function::Relu => each!(|x| if x < 0.0 { 0.0 } else { x }),
        Function::LeakyRelu(alpha) => each!(|x| if x < 0.0 { alpha * x } else { x }),
        Function::Elu => each!(|x| if x < 0.0 { functions::exp_minus_1::<I>(x) } else { x }),
        Function::Selu => each!(|x| {
            SELU_SCALE * if x < 0.0 { SELU_ALPHA * functions::exp_minus_1::<I>(x) } else { x }
        }),
        Function::Square => each!(|x| x * x),
        Function::Sqrt => each!(|x| x.sqrt()),
        Function::Reciprocal => each!(|x| 1.0 / x),
        Function::Add => each!(|x, y| x + y),
        Function::Sub => each!(|x, y| x - y),
        Function::Mul => each!(|x, y| x * y),
        Function::Div => each!(|x, y| x / y),
        Function::Maximum => each!(|x, y| if x < y { y } else { x }),
        Function::Greater => each!(|x, y| if x > y { 1.0 } else { 0.0 }),
        Function::Equal => each!(|x, y| if x == y { 1.0 } else { 0.0 }),
        Function::SigmoidGrad => each!(|y, dy| dy * y * (1.0 - y)),
        Function::TanhGrad => each!(|y, dy| dy * (1.0 - y * y)),
        Function::ReluGrad => each!(|dy, y| if y > 0.0 { dy } else { 0.0 }),
        Function::LeakyReluGrad(alpha) => each!(|dy, y| if y > 0.0 { dy } else { alpha * dy }),
        Function::EluGrad => each!(|dy, y| if y < 0.0 { dy * (y + 1.0) } else { dy }),
        Function::SeluGrad => {
            each!(|dy, y| { dy * if y < 0.0 { y + SELU_SCALE * SELU_ALPHA } else { SELU_SCALE } })
        }
    }
}

/// Maps lanes of `a` and `b` to `out`, which may be `a` or `b` itself.
#[inline(always)]
fn walk(
    a: *const f32,
    b: *const f32,
    out: *mut f32,
    len: usize,
    last: bool,
    f: impl Fn(Lanes, Lanes) -> Lanes,
) {
    let whole = if last { len.next_multiple_of(LANES) } else { len - len % LANES };
    // SAFETY: the operands hold `len` floats from here, and a slot a whole lane more at its end.
    unsafe {
        for i in (0..whole).step_by(LANES) {
            store(out.add(i), f(load(a.add(i)), load(b.add(i))));
        }
        if whole < len {
            // Elements of the next block follow: they must not be touched.
            let rest = f(load(a.add(whole)), load(b.add(whole)));
            std::ptr::copy_nonoverlapping(rest.0.as_ptr(), out.add(whole), len - whole);
        }
    }
}
