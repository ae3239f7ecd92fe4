//! Finds where numbers came from that are none.

use std::fmt;

use super::plan::needed;
use super::{ExecError, Mode, Plan, Session};
use crate::graph::ops::Op;
use crate::graph::{Dim, Node, NodeId};

/// A value with an element that is NaN or infinite.
#[derive(Clone, Debug, PartialEq)]
pub struct NotFinite {
    /// The node whose value it is.
    pub node: String,
    /// How the node came by it.
    pub origin: Origin,
    /// The row of the batch, from 0, where values have rows: the image.
    pub row: Option<usize>,
    /// The element, the first of those.
    pub value: f32,
}

/// How a node comes by its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It is a placeholder.
    Fed,
    /// It is a variable.
    Trained,
    /// It is computed.
    Computed,
}

impl NotFinite {
    /// The first element of a node's value that is not finite.
    pub(crate) fn find(node: &Node, value: impl IntoIterator<Item = f32>) -> Option<Self> {
        let (place, value) = value.into_iter().enumerate().find(|(_, x)| !x.is_finite())?;
        let origin = match node.op() {
            Op::Placeholder(_) => Origin::Fed,
            Op::Variable(_) => Origin::Trained,
            _ => Origin::Computed,
        };
        let has_rows = node.shape().dims().first() == Some(&Dim::Batch);
        let row_len = || node.shape().with_batch(1).iter().product::<usize>();
        let row = has_rows.then(|| place / row_len());
        Some(NotFinite { node: node.name().to_owned(), origin, row, value })
    }
}

impl fmt::Display for NotFinite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NotFinite { node, origin, row, value } = self;
        match origin {
            Origin::Fed => write!(f, "`{node}`: fed {value}")?,
            Origin::Trained => write!(f, "`{node}`: the variable has {value}")?,
            Origin::Computed => write!(f, "`{node}`: gives {value}")?,
        }
        match row {
            Some(row) => write!(f, " in row {row} of the batch"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for NotFinite {}

impl Session<'_> {
    /// Checks that what a node had in the plan's last run is finite; runs themselves look at no numbers.
    ///
    /// If it is not, the error says where that began: in what was fed, else in the first node of the
    /// graph, of those that the value depends on. For that all is computed again of what the plan was
    /// fed, with the random masks of the last run, and with the variables as they are now: those that
    /// the plan left, if it trains.
    ///
    /// ```
    /// use runboard::exec::Session;
    /// use runboard::graph::{Dim, GraphBuilder, Initializer};
    ///
    /// let mut g = GraphBuilder::new();
    /// let images = g.placeholder("images", [Dim::Batch, Dim::Known(2)])?;
    /// let squares = g.square(images)?;
    /// let cost = g.mean(squares)?;
    /// let graph = g.finish();
    /// let mut session = Session::new(&graph, 0);
    /// let mut plan = session.plan(&[cost], 3)?;
    /// plan.feed(images, &[0.0, 1.0, 0.5, f32::NAN, 1.0, 0.0])?;
    /// session.run(&mut plan)?;
    /// assert!(plan.number(cost).is_nan());
    /// let found = session.check_finite(&plan, cost).unwrap_err();
    /// assert_eq!(found.to_string(), "`images`: fed NaN in row 1 of the batch");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`NotFinite`] if it is not finite.
    ///
    /// # Panics
    /// If the node is neither a variable nor among the plan's fetches.
    pub fn check_finite(&self, plan: &Plan, node: NodeId) -> Result<(), NotFinite> {
        let of_graph = &self.graph()[node];
        let value = match of_graph.op() {
            Op::Variable(_) => self.variable(node),
            _ => plan.value(node),
        };
        match NotFinite::find(of_graph, value.iter().copied()) {
            None => Ok(()),
            // There may be no memory to compute all again; then it is at least known to be wrong.
            Some(found) => Err(self.first_not_finite(plan, node).ok().flatten().unwrap_or(found)),
        }
    }

    /// Where the value of `node` stopped being finite.
    fn first_not_finite(&self, plan: &Plan, node: NodeId) -> Result<Option<NotFinite>, ExecError> {
        let graph = self.graph().settled(plan.mode() == Mode::Training);
        let needed = needed(&graph, &[node]);
        let find = |id: NodeId, value: &[f32]| NotFinite::find(&graph[id], value.iter().copied());
        let fed: Vec<(NodeId, &[f32])> =
            needed.iter().filter_map(|&id| Some((id, plan.fed(id)?))).collect();
        let found = fed.iter().find_map(|&(id, value)| find(id, value));
        if found.is_some() {
            return Ok(found);
        }
        let is_variable = |id: NodeId| matches!(graph[id].op(), Op::Variable(_));
        let computed: Vec<NodeId> = needed.iter().copied().filter(|&id| !is_variable(id)).collect();
        let mut again = self.plan_for(plan.mode(), &computed, plan.batch())?;
        for (id, value) in fed {
            again.feed(id, value)?;
        }
        let mut session = self.clone();
        session.set_draws(self.draws().saturating_sub(1));
        session.run(&mut again)?;
        Ok(needed.into_iter().find_map(|id| {
            let value =
                if is_variable(id) { Some(self.variable(id)) } else { again.value_if_fetched(id) };
            find(id, value?)
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::ops::Padding;
    use crate::graph::{Graph, GraphBuilder, Initializer};

    /// Images, a filter, and the mean logarithm of what is convolved and partly dropped.
    fn net() -> (Graph, [NodeId; 3]) {
        let mut g = GraphBuilder::new();
        let sizes = [Dim::Batch, 4.into(), 4.into(), 1.into()];
        let images = g.placeholder("images", sizes).unwrap();
        let filter = g.variable("filter", &[3, 3, 1, 4], Initializer::Constant(0.1)).unwrap();
        let y = g.conv2d(images, filter, [1, 1], Padding::Same).unwrap();
        let mask = g.random_mask(y, 0.5).unwrap();
        let kept = g.mul(y, mask).unwrap();
        let y = g.in_training(kept, y).unwrap();
        let logarithms = g.log(y).unwrap();
        let cost = g.mean(logarithms).unwrap();
        (g.finish(), [images, filter, cost])
    }

    /// What is found after a run with three images, of which element 20 is another.
    fn found(mode: Mode, element: f32, change: impl FnOnce(&mut Session, NodeId)) -> String {
        let (graph, [images, filter, cost]) = net();
        let mut session = Session::new(&graph, 3);
        change(&mut session, filter);
        let mut plan = session.plan_for(mode, &[cost], 3).unwrap();
        let mut values = [0.5; 48];
        values[20] = element;
        plan.feed(images, &values).unwrap();
        session.run(&mut plan).unwrap();
        let draws = session.draws();
        let checked = session.check_finite(&plan, cost);
        assert_eq!(session.draws(), draws, "asking draws nothing");
        checked.map_or_else(|found| found.to_string(), |()| "finite".to_owned())
    }

    #[test]
    fn what_was_fed_is_named_with_its_image() {
        let same = |_: &mut Session, _| {};
        for mode in [Mode::Training, Mode::Evaluation] {
            let nan = found(mode, f32::NAN, same);
            assert_eq!(nan, "`images`: fed NaN in row 1 of the batch");
            let infinite = found(mode, f32::INFINITY, same);
            assert_eq!(infinite, "`images`: fed inf in row 1 of the batch");
        }
        assert_eq!(found(Mode::Evaluation, 0.5, same), "finite");
    }

    #[test]
    fn else_the_first_node_is_named_that_is_not_finite() {
        let infinite = |session: &mut Session, filter| {
            session.variable_mut(filter)[7] = f32::INFINITY;
        };
        let of_filter = "`filter`: the variable has inf";
        assert_eq!(found(Mode::Evaluation, 0.5, infinite), of_filter);
        // A tenth of the second image is far below 0, and the logarithm NaN.
        let same = |_: &mut Session, _| {};
        let of_logarithm = "`Log`: gives NaN in row 1 of the batch";
        assert_eq!(found(Mode::Evaluation, -100.0, same), of_logarithm);
        // Of what dropout dropped, the same as in the run, it is of minus infinity.
        let dropped = found(Mode::Training, 0.5, same);
        assert_eq!(dropped, "`Log`: gives -inf in row 0 of the batch");
    }
}
