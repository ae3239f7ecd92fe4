//! Turns a unit into an instruction.

use super::broadcast::{Broadcast, places};
use super::schedule::changed_variables;
use super::units::{Kind, Unit, Units, data_inputs};
use crate::exec::kernels::Mask;
use crate::exec::kernels::instruction::{
    Adam, Argument, Copy, Fill, Function, Gemm, GradientDescent, Instruction, Map, MapStep,
    Momentum, RmsProp, RowFunction, Rows, Slot, Space, Sum, Walk,
};
use crate::graph::ops::{Binary, Op, Reduction, Softmax, Unary};
use crate::graph::{Graph, NodeId};

/// What lowering looks up: the graph, the sizes of all nodes, and the slots laid out so far.
pub(super) struct Lowering<'a> {
    pub(super) graph: &'a Graph,
    pub(super) sizes: &'a [Vec<usize>],
    pub(super) units: &'a Units,
    pub(super) slots: Vec<Option<Slot>>,
}

impl Lowering<'_> {
    /// The instruction of a unit whose inputs and outputs have their slots, if there is any to do.
    pub(super) fn instruction(&self, unit: &Unit) -> Option<Instruction> {
        Some(match unit.kind {
            Kind::Map => Instruction::Map(self.map(unit)),
            Kind::MatMul => Instruction::Gemm(self.gemm(unit)),
            Kind::Reduce => Instruction::Sum(self.sum(unit.nodes[0])),
            Kind::Rows => Instruction::Rows(self.rows(unit.nodes[0])),
            Kind::Conv => self.conv(unit),
            Kind::Image => self.image(unit),
            Kind::Splice => Instruction::Splice(self.splice(unit.nodes[0])),
            Kind::Reshape => return self.reshape(unit.nodes[0]),
            Kind::Assignment => self.assignment(unit.nodes[0]),
        })
    }

    pub(super) fn slot(&self, node: NodeId) -> Slot {
        self.slots[node.index()].expect("an input is laid out before what reads it")
    }

    /// A product's first factor, if it is fed. Those are images: most of their pixels are 0.
    pub(super) fn images_of(&self, product: NodeId) -> Option<NodeId> {
        let first = data_inputs(self.graph, product).first().copied();
        first.filter(|&first| matches!(self.graph[first].op(), Op::Placeholder(_)))
    }

    fn gemm(&self, unit: &Unit) -> Gemm {
        let product = unit.nodes[0];
        let Op::MatMul(op) = self.graph[product].op() else { unreachable!("a product unit") };
        let &[a, b] = self.graph[product].inputs() else { unreachable!("a product of two") };
        let (sizes, a_sizes) = (&self.sizes[product.index()], &self.sizes[a.index()]);
        Gemm {
            a: self.slot(a),
            b: self.slot(b),
            bias: unit.bias(self.graph).map(|bias| self.slot(bias)),
            out: self.slot(unit.last()),
            m: sizes[0],
            k: if op.transpose_a { a_sizes[0] } else { a_sizes[1] },
            n: sizes[1],
            transpose_a: op.transpose_a,
            transpose_b: op.transpose_b,
            relu: unit.relu(self.graph).is_some(),
            where_positive: unit.where_positive(self.graph).map(|relu| self.slot(relu)),
            halves: None,
            nonzeros: None,
        }
    }

    fn sum(&self, node: NodeId) -> Sum {
        let Op::Reduce(op) = self.graph[node].op() else { unreachable!("a reduction unit") };
        let x = self.graph[node].inputs()[0];
        let sizes = &self.sizes[x.index()];
        let (first, last) = match (op.axes.first(), op.axes.last()) {
            (Some(&first), Some(&last)) => (first, last + 1),
            _ => (0, 0),
        };
        let count: usize = sizes[first..last].iter().product();
        Sum {
            x: self.slot(x),
            out: self.slot(node),
            outer: sizes[..first].iter().product(),
            count,
            inner: sizes[last..].iter().product(),
            divisor: if op.reduction == Reduction::Mean { count as f32 } else { 1.0 },
        }
    }

    fn rows(&self, node: NodeId) -> Rows {
        let function = match self.graph[node].op() {
            Op::Softmax(Softmax::Softmax) => RowFunction::Softmax,
            Op::Softmax(Softmax::CrossEntropy) => RowFunction::CrossEntropy,
            Op::Softmax(Softmax::CrossEntropyGrad) => RowFunction::CrossEntropyGrad,
            Op::Softmax(Softmax::ArgMax) => RowFunction::ArgMax,
            op => unreachable!("{} is no function of rows", op.name()),
        };
        let inputs = self.graph[node].inputs();
        let sizes = &self.sizes[inputs[0].index()];
        Rows {
            function,
            x: self.slot(inputs[0]),
            labels: inputs.get(1).map(|&labels| self.slot(labels)),
            out: self.slot(node),
            rows: sizes[0],
            columns: sizes[1],
        }
    }

    fn assignment(&self, node: NodeId) -> Instruction {
        let slots: Vec<Slot> = self.graph[node].inputs().iter().map(|&i| self.slot(i)).collect();
        let variable = self.slot(changed_variables(self.graph, node)[0]);
        match (self.graph[node].op(), slots.as_slice()) {
            (Op::ApplyGradientDescent(_), &[_, rate, grad]) => {
                Instruction::GradientDescent(GradientDescent { variable, rate, grad })
            }
            (Op::ApplyAdam(_), &[_, m, v, a, b, c, d, e, f, grad]) => {
                Instruction::Adam(Adam { variable, m, v, numbers: [a, b, c, d, e, f], grad })
            }
            (Op::ApplyMomentum(_), &[_, accumulator, rate, grad, momentum]) => {
                Instruction::Momentum(Momentum { variable, accumulator, rate, grad, momentum })
            }
            (Op::ApplyRmsProp(_), &[_, mean_square, moment, a, b, c, d, grad]) => {
                let numbers = [a, b, c, d];
                Instruction::RmsProp(RmsProp { variable, mean_square, moment, numbers, grad })
            }
            (_, slots) => Instruction::Copy(Copy { from: slots[1], to: variable }),
        }
    }

    fn map(&self, unit: &Unit) -> Map {
        MapBuilder::new(self, unit).build()
    }
}

/// Builds one map: finds how operands are broadcast, then gives out registers.
struct MapBuilder<'a> {
    lowering: &'a Lowering<'a>,
    unit: &'a Unit,
    sizes: &'a [usize],
    inner: usize,
    block: usize,
    fills: Vec<Fill>,
    steps: Vec<MapStep>,
    /// Where the values of the unit's nodes are.
    computed: Vec<(NodeId, Argument)>,
    /// Where values from outside are, as broadcast.
    outside: Vec<(NodeId, Broadcast, Argument)>,
    registers: usize,
    /// Registers that hold a step's value.
    in_use: Vec<usize>,
    free: Vec<usize>,
}

impl<'a> MapBuilder<'a> {
    fn new(lowering: &'a Lowering<'a>, unit: &'a Unit) -> Self {
        let sizes = &lowering.sizes[unit.nodes[0].index()];
        MapBuilder {
            lowering,
            unit,
            sizes,
            inner: 0,
            block: 0,
            fills: Vec::new(),
            steps: Vec::new(),
            computed: Vec::new(),
            outside: Vec::new(),
            registers: 0,
            in_use: Vec::new(),
            free: Vec::new(),
        }
    }

    fn build(mut self) -> Map {
        let elements = self.sizes.iter().product();
        self.choose_block(elements);
        for (place, &node) in self.unit.nodes.iter().enumerate() {
            self.add(place, node);
        }
        Map { elements, inner: self.inner, block: self.block, fills: self.fills, steps: self.steps }
    }

    /// How an input of `node` from outside the unit is broadcast to the unit's sizes.
    fn broadcast(&self, node: NodeId, input: NodeId) -> Broadcast {
        Broadcast::of(&self.lowering.sizes[input.index()], self.inserted(node), self.sizes)
    }

    /// The axes `node` inserts into its input.
    fn inserted(&self, node: NodeId) -> &'a [usize] {
        match self.lowering.graph[node].op() {
            Op::BroadcastTo(op) => &op.inserted,
            _ => &[],
        }
    }

    /// Takes the rows of the first operand that has any; other rows are gathered.
    fn choose_block(&mut self, elements: usize) {
        let graph = self.lowering.graph;
        let outside = self.unit.nodes.iter().flat_map(|&node| {
            let inputs = data_inputs(graph, node).iter();
            inputs.filter(|input| !self.unit.nodes.contains(input)).map(move |&i| (node, i))
        });
        let kinds: Vec<Broadcast> =
            outside.map(|(node, input)| self.broadcast(node, input)).collect();
        let inner = kinds.iter().find_map(Broadcast::inner).unwrap_or(elements);
        let columns = kinds.contains(&Broadcast::Column { inner });
        let rows = kinds.contains(&Broadcast::Row { inner });
        self.inner = inner;
        self.block = match (inner <= Map::BLOCK, columns, rows) {
            (true, true, _) => inner,
            (true, false, true) => (Map::BLOCK / inner * inner).min(elements),
            _ => Map::BLOCK.min(inner),
        };
    }

    /// Adds the step that computes `node`, the unit's at `place`.
    fn add(&mut self, place: usize, node: NodeId) {
        let graph = self.lowering.graph;
        let arguments: Vec<Argument> = match graph[node].op() {
            Op::RandomMask(op) => {
                let mask = Mask { number: node.index() as u64, keep_prob: op.keep_prob };
                vec![self.fill(|register| Fill::Mask { mask, register })]
            }
            _ => {
                let inputs = data_inputs(graph, node);
                inputs.iter().map(|&input| self.argument(node, input)).collect()
            }
        };
        let (a, b) = (arguments[0], *arguments.get(1).unwrap_or(&arguments[0]));
        let function = function(graph[node].op());
        let visible = self.lowering.slots[node.index()];
        if function == Function::Copy && visible.is_none() {
            self.computed.push((node, a)); // no step: the value is where it was
            return;
        }
        self.release(place);
        let out = match visible {
            Some(slot) => Argument { space: slot.space, offset: slot.offset, walk: Walk::Each },
            None => self.take_register(),
        };
        self.steps.push(MapStep { function, a, b, out });
        self.computed.push((node, out));
    }

    /// Where `node` finds its input.
    fn argument(&mut self, node: NodeId, input: NodeId) -> Argument {
        if let Some((_, argument)) = self.computed.iter().find(|(known, _)| *known == input) {
            return *argument;
        }
        let broadcast = self.broadcast(node, input);
        let known = |outside: &&(NodeId, Broadcast, Argument)| {
            (outside.0, outside.1) == (input, broadcast) && broadcast != Broadcast::Gather
        };
        if let Some((_, _, argument)) = self.outside.iter().find(known) {
            return *argument;
        }
        let from = self.lowering.slot(input);
        let each = Argument { space: from.space, offset: from.offset, walk: Walk::Each };
        let argument = match broadcast {
            Broadcast::Each => each,
            Broadcast::Number => self.fill(|register| Fill::Number { from, register }),
            Broadcast::Row { inner } if inner == self.inner && inner > Map::BLOCK => {
                Argument { walk: Walk::Row, ..each }
            }
            Broadcast::Row { inner } if inner == self.inner => {
                self.fill(|register| Fill::Rows { from, register })
            }
            Broadcast::Column { inner } if inner == self.inner => {
                self.fill(|register| Fill::Column { from, register })
            }
            _ => {
                let sizes = &self.lowering.sizes[input.index()];
                let places = places(sizes, self.inserted(node), self.sizes);
                self.fill(|register| Fill::Gather { from, register, places })
            }
        };
        self.outside.push((input, broadcast, argument));
        argument
    }

    fn fill(&mut self, fill: impl FnOnce(usize) -> Fill) -> Argument {
        let index = self.registers;
        self.registers += 1; // for the whole map: never among the free ones
        self.fills.push(fill(index * Map::BLOCK));
        register(index)
    }

    fn take_register(&mut self) -> Argument {
        let index = self.free.pop().unwrap_or_else(|| {
            self.registers += 1;
            self.registers - 1
        });
        self.in_use.push(index);
        register(index)
    }

    /// Frees the registers of steps whose values no node behind `place` reads.
    fn release(&mut self, place: usize) {
        let later = &self.unit.nodes[place + 1..];
        let graph = self.lowering.graph;
        let read_later =
            |node: &NodeId| later.iter().any(|&l| data_inputs(graph, l).contains(node));
        let (live, dead): (Vec<usize>, Vec<usize>) = self.in_use.iter().partition(|&&index| {
            let mut values = self.computed.iter().filter(|(_, at)| *at == register(index));
            values.any(|(node, _)| read_later(node))
        });
        self.in_use = live;
        self.free.extend(dead);
    }
}

fn register(index: usize) -> Argument {
    Argument { space: Space::Registers, offset: index * Map::BLOCK, walk: Walk::Still }
}

/// The function of an elementwise op.
fn function(op: &Op) -> Function {
    match op {
        Op::Unary(Unary::Neg) => Function::Neg,
        Op::Unary(Unary::Log) => Function::Log,
        Op::Unary(Unary::Exp) => Function::Exp,
        Op::Unary(Unary::Sigmoid) => Function::Sigmoid,
        Op::Unary(Unary::Tanh) => Function::Tanh,
        Op::Unary(Unary::Relu) => Function::Relu,
        &Op::Unary(Unary::LeakyRelu { alpha }) => Function::LeakyRelu(alpha),
        Op::Unary(Unary::Elu) => Function::Elu,
        Op::Unary(Unary::Selu) => Function::Selu,
        Op::Unary(Unary::Square) => Function::Square,
        Op::Unary(Unary::Sqrt) => Function::Sqrt,
        Op::Unary(Unary::Reciprocal) => Function::Reciprocal,
        Op::Binary(Binary::Add) => Function::Add,
        Op::Binary(Binary::Sub) => Function::Sub,
        Op::Binary(Binary::Mul) => Function::Mul,
        Op::Binary(Binary::RealDiv) => Function::Div,
        Op::Binary(Binary::Maximum) => Function::Maximum,
        Op::Binary(Binary::Greater) => Function::Greater,
        Op::Binary(Binary::Equal) => Function::Equal,
        Op::Binary(Binary::SigmoidGrad) => Function::SigmoidGrad,
        Op::Binary(Binary::TanhGrad) => Function::TanhGrad,
        Op::Binary(Binary::ReluGrad) => Function::ReluGrad,
        &Op::Binary(Binary::LeakyReluGrad { alpha }) => Function::LeakyReluGrad(alpha),
        Op::Binary(Binary::EluGrad) => Function::EluGrad,
        Op::Binary(Binary::SeluGrad) => Function::SeluGrad,
        Op::Unary(Unary::Cast) | Op::BroadcastTo(_) | Op::RandomMask(_) => Function::Copy,
        op => unreachable!("{} is no elementwise op", op.name()),
    }
}
