//! Ops without inputs: placeholders, variables, constants.

use std::sync::Arc;

use super::super::{Attribute, DType, GraphBuilder, GraphError, Initializer, NodeId, Shape};
use super::{Op, Rule};

/// A value fed for each run of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Placeholder {
    shape: Shape,
}

impl Rule for Placeholder {
    fn name(&self) -> &'static str {
        "Placeholder"
    }

    fn shape(&self, _: &[&Shape]) -> Result<Shape, String> {
        Ok(self.shape.clone())
    }
}

/// A value that stays from run to run, changed by assignments only.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    shape: Shape,
    /// How it gets its first value.
    pub initializer: Initializer,
    /// Whether training changes it; false for the slots of an optimiser.
    pub trainable: bool,
}

impl Rule for Variable {
    fn name(&self) -> &'static str {
        "VariableV2"
    }

    fn shape(&self, _: &[&Shape]) -> Result<Shape, String> {
        Ok(self.shape.clone())
    }

    fn attributes(&self) -> Vec<(&'static str, Attribute)> {
        vec![
            ("initializer", Attribute::Text(self.initializer.to_string())),
            ("trainable", Attribute::Bool(self.trainable)),
        ]
    }
}

/// A value that never changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Constant {
    shape: Shape,
    values: Arc<[f32]>,
}

impl Constant {
    /// Returns the elements, row major.
    pub fn values(&self) -> &[f32] {
        &self.values
    }
}

impl Rule for Constant {
    fn name(&self) -> &'static str {
        "Const"
    }

    fn shape(&self, _: &[&Shape]) -> Result<Shape, String> {
        Ok(self.shape.clone())
    }

    fn attributes(&self) -> Vec<(&'static str, Attribute)> {
        match *self.values {
            [value] => vec![("value", Attribute::Float(value))],
            _ => Vec::new(),
        }
    }
}

impl GraphBuilder {
    /// Adds a value to be fed for each run, such as a batch of examples.
    ///
    /// # Errors
    /// None today; a placeholder takes any shape.
    pub fn placeholder(
        &mut self,
        name: &str,
        shape: impl Into<Shape>,
    ) -> Result<NodeId, GraphError> {
        self.add_named(name, Placeholder { shape: shape.into() }, &[])
    }

    /// Adds a trainable value of a known shape.
    ///
    /// # Errors
    /// [`GraphError::Argument`] if the initializer's parameters are outside their domain.
    pub fn variable(
        &mut self,
        name: &str,
        shape: &[usize],
        initializer: Initializer,
    ) -> Result<NodeId, GraphError> {
        self.add_variable(name, shape, initializer, true)
    }

    /// Adds a value that an optimiser keeps for itself, such as a moment.
    pub(crate) fn slot(
        &mut self,
        name: &str,
        shape: &[usize],
        initial: f32,
    ) -> Result<NodeId, GraphError> {
        self.add_variable(name, shape, Initializer::Constant(initial), false)
    }

    fn add_variable(
        &mut self,
        name: &str,
        shape: &[usize],
        initializer: Initializer,
        trainable: bool,
    ) -> Result<NodeId, GraphError> {
        if let Some(problem) = initializer.problem(shape) {
            return Err(self.argument_error(name, problem));
        }
        self.add_named(name, Variable { shape: shape.into(), initializer, trainable }, &[])
    }

    /// Adds a value that never changes; `values` are row major.
    ///
    /// # Errors
    /// [`GraphError::Argument`] if the number of values is not that of the shape.
    pub fn constant<const N: usize>(
        &mut self,
        name: &str,
        shape: [usize; N],
        values: Vec<f32>,
    ) -> Result<NodeId, GraphError> {
        let elements: usize = shape.iter().product();
        if values.len() != elements {
            let got = values.len();
            return Err(self.argument_error(name, format!("got {got} values, want {elements}")));
        }
        self.add_named(name, Constant { shape: shape.into(), values: values.into() }, &[])
    }

    /// Adds a number.
    pub fn scalar(&mut self, name: &str, value: f32) -> NodeId {
        let op = Op::Constant(Constant { shape: Shape::scalar(), values: [value].into() });
        self.push(name, op, Vec::new(), Shape::scalar(), DType::Float)
    }
}
