//! The order in which units run: inputs first, and a variable's readers before what changes it.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use super::units::{Kind, Units};
use crate::graph::ops::Op;
use crate::graph::{Graph, NodeId};

/// Returns the units' places in an order in which they can run.
pub(super) fn order(graph: &Graph, units: &Units) -> Vec<usize> {
    let count = units.units.len();
    let mut before: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); count];
    let mut readers: Vec<Vec<usize>> = vec![Vec::new(); graph.nodes().len()];
    for (index, unit) in units.units.iter().enumerate() {
        for &node in &unit.nodes {
            for input in units.inputs(graph, node) {
                before[index].extend(units.of(input));
                if matches!(graph[input].op(), Op::Variable(_)) {
                    readers[input.index()].push(index);
                }
            }
            wait_for(graph, units, graph[node].control_inputs(), &mut before[index]);
        }
    }
    for (index, unit) in units.units.iter().enumerate() {
        if unit.kind == Kind::Assignment {
            for variable in changed_variables(graph, unit.nodes[0]) {
                before[index].extend(&readers[variable.index()]);
            }
        }
        before[index].remove(&index);
    }

    // Of the units that could run the one recorded first does: the order of the graph, nearly.
    let rank = |unit: usize| Reverse((units.units[unit].nodes.last().copied(), unit));
    let mut waiting: Vec<usize> = before.iter().map(BTreeSet::len).collect();
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (index, before) in before.iter().enumerate() {
        before.iter().for_each(|&earlier| after[earlier].push(index));
    }
    let mut ready: BinaryHeap<_> = (0..count).filter(|&u| waiting[u] == 0).map(rank).collect();
    let mut order = Vec::with_capacity(count);
    while let Some(Reverse((_, unit))) = ready.pop() {
        order.push(unit);
        for &later in &after[unit] {
            waiting[later] -= 1;
            if waiting[later] == 0 {
                ready.push(rank(later));
            }
        }
    }
    assert_eq!(order.len(), count, "fusion and the order of assignments leave no cycle");
    order
}

/// The variables an assignment changes.
pub(super) fn changed_variables(graph: &Graph, node: NodeId) -> &[NodeId] {
    let inputs = graph[node].inputs();
    match graph[node].op() {
        Op::ApplyAdam(_) | Op::ApplyRmsProp(_) => &inputs[..3],
        Op::ApplyMomentum(_) => &inputs[..2],
        _ => &inputs[..1],
    }
}

/// Adds the units of control inputs; a group stands for its own.
fn wait_for(graph: &Graph, units: &Units, controls: &[NodeId], before: &mut BTreeSet<usize>) {
    for &control in controls {
        match units.of(control) {
            Some(unit) => {
                before.insert(unit);
            }
            None => wait_for(graph, units, graph[control].control_inputs(), before),
        }
    }
}
