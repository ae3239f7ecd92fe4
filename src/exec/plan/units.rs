//! Groups the nodes of a plan into units, each of which becomes one instruction.
//!
//! Elementwise nodes of the same sizes that feed each other become one map; a bias added to a matrix
//! product or a convolution becomes part of that, and so does its ReLU; a ReLU's gradient becomes
//! part of the product or of the pooling's gradient that it is computed from. Pooling may become part
//! of a convolution; see [`poolings`](super::poolings).

use super::poolings::{Back, Needed, Pooling};
use crate::graph::ops::{Binary, ConvPart, Op, PoolPart, Unary};
use crate::graph::{Graph, NodeId};

/// What a unit becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Map,
    MatMul,
    Reduce,
    Rows,
    Conv,
    Image,
    Reshape,
    Splice,
    Assignment,
}

/// Nodes computed together, ascending.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    pub(super) kind: Kind,
    pub(super) nodes: Vec<NodeId>,
    /// Depends on constants alone, so that once is enough.
    pub(super) constant: bool,
}

impl Unit {
    /// The node whose value the unit leaves.
    pub(super) fn last(&self) -> NodeId {
        *self.nodes.last().expect("a unit has nodes")
    }

    /// The bias that a product or a convolution adds.
    pub(super) fn bias(&self, graph: &Graph) -> Option<NodeId> {
        let sum = self.find(|node| graph[node].op() == &Op::Binary(Binary::Add));
        sum.map(|sum| graph[sum].inputs()[1])
    }

    /// The ReLU's result of which a product is the gradient, where that is positive.
    pub(super) fn where_positive(&self, graph: &Graph) -> Option<NodeId> {
        let last = &graph[self.last()];
        (last.op() == &Op::Binary(Binary::ReluGrad)).then(|| last.inputs()[1])
    }

    /// The ReLU that a product or a convolution goes through.
    pub(super) fn relu(&self, graph: &Graph) -> Option<NodeId> {
        self.find(|node| graph[node].op() == &Op::Unary(Unary::Relu))
    }

    /// Whether the result of a convolution is pooled.
    pub(super) fn is_pooled(&self, graph: &Graph) -> bool {
        self.kind == Kind::Conv
            && self.find(|node| matches!(graph[node].op(), Op::Pool(_))).is_some()
    }

    fn find(&self, is_this: impl Fn(NodeId) -> bool) -> Option<NodeId> {
        self.nodes.iter().copied().find(|&node| is_this(node))
    }
}

/// The units of a plan and which node belongs to which.
pub(super) struct Units {
    pub(super) units: Vec<Unit>,
    of_node: Vec<Option<usize>>,
    /// For each unit, a bit for every unit it depends on.
    ancestors: Vec<Vec<u64>>,
    /// Those that are part of a convolution.
    poolings: Vec<Pooling>,
}

/// The inputs whose values a node needs; others lend it their shape only.
pub(super) fn data_inputs(graph: &Graph, node: NodeId) -> &[NodeId] {
    let inputs = graph[node].inputs();
    match graph[node].op() {
        Op::BroadcastTo(_) => &inputs[..1],
        Op::Pool(op) if op.part == PoolPart::AvgGrad => &inputs[..1],
        Op::Conv2D(_) => &inputs[..2],
        Op::Size(_) | Op::RandomMask(_) => &[],
        _ => inputs,
    }
}

impl Units {
    /// Groups `needed` (ascending); `sizes` are those of all nodes, `fetched` stay visible.
    pub(super) fn new(
        graph: &Graph,
        needed: &[NodeId],
        sizes: &[Vec<usize>],
        fetched: &[NodeId],
    ) -> Self {
        let mut uses = vec![0; graph.nodes().len()];
        for &node in needed {
            for input in data_inputs(graph, node) {
                uses[input.index()] += 1;
            }
        }
        for node in fetched {
            uses[node.index()] += 1;
        }
        let mut units = Units {
            units: vec![],
            of_node: vec![None; graph.nodes().len()],
            ancestors: vec![],
            poolings: vec![],
        };
        let run = Needed { graph, nodes: needed, sizes, uses: &uses };
        let mut constant = vec![false; graph.nodes().len()];
        for &node in needed {
            let inputs = data_inputs(graph, node);
            let is_random = matches!(graph[node].op(), Op::RandomMask(_));
            let from_constants = !is_random && inputs.iter().all(|input| constant[input.index()]);
            constant[node.index()] = from_constants;
            if units.poolings.iter().any(|pooling| pooling.passes(node)) {
                continue;
            }
            let kind = match graph[node].op() {
                Op::Placeholder(_) | Op::Variable(_) => {
                    constant[node.index()] = false;
                    continue;
                }
                Op::Constant(_) | Op::Size(_) | Op::Group(_) => continue,
                Op::InTraining(_) => unreachable!("the graph is settled"),
                Op::Unary(_) | Op::Binary(_) | Op::BroadcastTo(_) | Op::RandomMask(_) => Kind::Map,
                Op::Softmax(_) => Kind::Rows,
                Op::Conv2D(_) => Kind::Conv,
                Op::Pool(_) | Op::Lrn(_) => Kind::Image,
                Op::Concat(_) | Op::Slice(_) | Op::Pad(_) => Kind::Splice,
                Op::Reshape(_) => Kind::Reshape,
                Op::MatMul(_) => Kind::MatMul,
                Op::Reduce(_) => Kind::Reduce,
                Op::Assign(_)
                | Op::ApplyGradientDescent(_)
                | Op::ApplyMomentum(_)
                | Op::ApplyRmsProp(_)
                | Op::ApplyAdam(_) => Kind::Assignment,
            };
            let home = units
                .product_with_bias(graph, node, sizes, &uses)
                .or_else(|| units.product_with_relu(graph, node, &uses))
                .or_else(|| units.what_reaches_relu(graph, node, sizes, &uses))
                .or_else(|| units.what_is_pooled(run, node))
                .filter(|&unit| units.units[unit].constant == from_constants)
                .or_else(|| units.map_to_join(graph, node, kind, sizes, from_constants));
            match home {
                Some(unit) => units.join(unit, graph, node),
                None => units.found(graph, node, kind, from_constants),
            }
        }
        units
    }

    /// The inputs whose values are read to compute a node.
    pub(super) fn inputs(&self, graph: &Graph, node: NodeId) -> impl Iterator<Item = NodeId> {
        let inputs = data_inputs(graph, node).iter();
        let read = |&input: &NodeId| match self.way_back(input) {
            Some((relu, back)) => [Some(back.grad), Some(relu)],
            None => [Some(input), None],
        };
        inputs.flat_map(read).flatten()
    }

    /// The pooling whose way back ends at `relu_grad`, if gradients of convolutions go it, and the
    /// ReLU that was pooled.
    pub(super) fn way_back(&self, relu_grad: NodeId) -> Option<(NodeId, Back)> {
        let mut ways = self.poolings.iter().filter_map(|of| Some((of.relu, of.back?)));
        ways.find(|(_, back)| back.relu_grad == relu_grad)
    }

    /// The pooling that is part of the convolution whose ReLU's result it takes.
    pub(super) fn pooling(&self, relu: NodeId) -> Option<&Pooling> {
        self.poolings.iter().find(|pooling| pooling.relu == relu)
    }

    /// The unit that computes a node, if an instruction does.
    pub(super) fn of(&self, node: NodeId) -> Option<usize> {
        self.of_node[node.index()]
    }

    /// The product that `node` adds a bias to, if nothing else wants the bare product.
    fn product_with_bias(
        &self,
        graph: &Graph,
        node: NodeId,
        sizes: &[Vec<usize>],
        uses: &[usize],
    ) -> Option<usize> {
        if graph[node].op() != &Op::Binary(Binary::Add) {
            return None;
        }
        let &[product, bias] = graph[node].inputs() else { return None };
        let unit = self.of(product)?;
        let product_sizes = &sizes[product.index()];
        let fits = is_product(graph, product)
            && self.units[unit].nodes.len() == 1
            && uses[product.index()] == 1
            && product_sizes == &sizes[node.index()]
            && sizes[bias.index()] == product_sizes[product_sizes.len() - 1..];
        let independent = self.of(bias).is_none_or(|of| !self.depends(of, unit));
        (fits && independent).then_some(unit)
    }

    /// The product or convolution whose result `node` is the ReLU of, if nothing else wants it bare.
    fn product_with_relu(&self, graph: &Graph, node: NodeId, uses: &[usize]) -> Option<usize> {
        if graph[node].op() != &Op::Unary(Unary::Relu) {
            return None;
        }
        let sum = graph[node].inputs()[0];
        let unit = self.of(sum)?;
        let of = &self.units[unit];
        // It has one ReLU at most, before it is pooled.
        let is_free = of.relu(graph).is_none();
        let fits = is_product(graph, of.nodes[0]) && of.last() == sum && is_free;
        (fits && uses[sum.index()] == 1).then_some(unit)
    }

    /// The product or pooling's gradient that `node` lets through where a ReLU was positive, if
    /// nothing else wants it.
    fn what_reaches_relu(
        &self,
        graph: &Graph,
        node: NodeId,
        sizes: &[Vec<usize>],
        uses: &[usize],
    ) -> Option<usize> {
        if graph[node].op() != &Op::Binary(Binary::ReluGrad) {
            return None;
        }
        let &[grad, relu] = graph[node].inputs() else { return None };
        let unit = self.of(grad)?;
        let fits = match graph[grad].op() {
            Op::Pool(op) => op.part == PoolPart::MaxGrad && graph[grad].inputs()[0] == relu,
            Op::MatMul(_) => {
                sizes[grad.index()] == sizes[relu.index()]
                    && self.of(relu).is_none_or(|of| !self.depends(of, unit))
            }
            _ => false,
        };
        (fits && uses[grad.index()] == 1).then_some(unit)
    }

    /// The convolution whose result, through a ReLU, `node` pools, if nothing else wants it.
    fn what_is_pooled(&mut self, needed: Needed, node: NodeId) -> Option<usize> {
        let pooling = Pooling::find(needed, node)?;
        let unit = self.of(pooling.relu)?;
        let of = &self.units[unit];
        let fits = of.kind == Kind::Conv && of.last() == pooling.relu;
        fits.then(|| self.poolings.push(pooling)).map(|()| unit)
    }

    /// A map among the inputs that `node` can be part of without a cycle.
    fn map_to_join(
        &self,
        graph: &Graph,
        node: NodeId,
        kind: Kind,
        sizes: &[Vec<usize>],
        constant: bool,
    ) -> Option<usize> {
        if kind != Kind::Map {
            return None;
        }
        let inputs = data_inputs(graph, node);
        let fits = |&unit: &usize| {
            let candidate = &self.units[unit];
            candidate.kind == Kind::Map
                && candidate.constant == constant
                && sizes[candidate.nodes[0].index()] == sizes[node.index()]
                && inputs
                    .iter()
                    .filter_map(|&input| self.of(input))
                    .all(|of| of == unit || !self.depends(of, unit))
        };
        inputs.iter().filter_map(|&input| self.of(input)).filter(fits).max()
    }

    fn found(&mut self, graph: &Graph, node: NodeId, kind: Kind, constant: bool) {
        self.units.push(Unit { kind, nodes: Vec::new(), constant });
        self.ancestors.push(Vec::new());
        self.join(self.units.len() - 1, graph, node);
    }

    fn join(&mut self, unit: usize, graph: &Graph, node: NodeId) {
        self.units[unit].nodes.push(node);
        self.of_node[node.index()] = Some(unit);
        let inputs: Vec<usize> =
            self.inputs(graph, node).filter_map(|input| self.of(input)).collect();
        for input in inputs.into_iter().filter(|&input| input != unit) {
            let mut inherited = self.ancestors[input].clone();
            set(&mut inherited, input);
            for descendant in 0..self.units.len() {
                if descendant == unit || self.depends(descendant, unit) {
                    unite(&mut self.ancestors[descendant], &inherited);
                }
            }
        }
    }

    fn depends(&self, unit: usize, on: usize) -> bool {
        self.ancestors[unit].get(on / 64).is_some_and(|word| word >> (on % 64) & 1 == 1)
    }
}

/// Whether a node is what takes a bias and a ReLU along.
fn is_product(graph: &Graph, node: NodeId) -> bool {
    match graph[node].op() {
        Op::MatMul(_) => true,
        Op::Conv2D(op) => op.part == ConvPart::Forward,
        _ => false,
    }
}

fn set(bits: &mut Vec<u64>, index: usize) {
    if bits.len() <= index / 64 {
        bits.resize(index / 64 + 1, 0);
    }
    bits[index / 64] |= 1 << (index % 64);
}

fn unite(bits: &mut Vec<u64>, others: &[u64]) {
    if bits.len() < others.len() {
        bits.resize(others.len(), 0);
    }
    for (word, other) in bits.iter_mut().zip(others) {
        *word |= other;
    }
}
