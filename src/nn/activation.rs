//! What a layer's sums are passed through.

use crate::graph::{GraphBuilder, GraphError, NodeId};

/// A function applied to each of a layer's sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Activation {
    /// The sums themselves.
    Linear,
    /// `1 / (1 + e^-x)`
    Sigmoid,
    /// Hyperbolic tangent.
    Tanh,
    /// `max(x, 0)`
    Relu,
    /// `max(x, 0.2 x)`: `tf.nn.leaky_relu` with its default.
    LeakyRelu,
    /// `max(x, 0.333 x)`: VLReLU of Mishkin and Matas 2016, after Graham 2014.
    VeryLeakyRelu,
    /// `x`, of a negative one `e^x - 1`. Clevert et al. 2016.
    Elu,
    /// As ELU, with the constants of Klambauer et al. 2017.
    Selu,
    /// The larger of two sums, each with a kernel and bias of its own. Goodfellow et al. 2013.
    Maxout,
}

impl Activation {
    /// All of them, by the names [`Activation::from_name`] knows.
    pub const ALL: &'static [(&'static str, Activation)] = &[
        ("linear", Activation::Linear),
        ("sigmoid", Activation::Sigmoid),
        ("tanh", Activation::Tanh),
        ("relu", Activation::Relu),
        ("leaky_relu", Activation::LeakyRelu),
        ("very_leaky_relu", Activation::VeryLeakyRelu),
        ("elu", Activation::Elu),
        ("selu", Activation::Selu),
        ("maxout", Activation::Maxout),
    ];

    /// Returns the activation of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, activation)| *activation)
    }

    /// Returns how many sums an output is made of: 2 of maxout, else 1.
    pub fn pieces(self) -> usize {
        match self {
            Activation::Maxout => 2,
            _ => 1,
        }
    }

    /// Adds the activation of `sums`, of which there are [`Activation::pieces`]; the shape stays.
    ///
    /// # Errors
    /// [`GraphError::Argument`] if there are more or fewer, [`GraphError::Shape`] if they differ.
    pub fn add(self, g: &mut GraphBuilder, sums: &[NodeId]) -> Result<NodeId, GraphError> {
        match (self, sums) {
            (Activation::Linear, &[x]) => Ok(x),
            (Activation::Sigmoid, &[x]) => g.sigmoid(x),
            (Activation::Tanh, &[x]) => g.tanh(x),
            (Activation::Relu, &[x]) => g.relu(x),
            (Activation::LeakyRelu, &[x]) => g.leaky_relu(x, 0.2),
            (Activation::VeryLeakyRelu, &[x]) => g.leaky_relu(x, 0.333),
            (Activation::Elu, &[x]) => g.elu(x),
            (Activation::Selu, &[x]) => g.selu(x),
            (Activation::Maxout, &[a, b]) => g.maximum(a, b),
            _ => {
                let (got, want) = (sums.len(), self.pieces());
                Err(g.argument_error("activation", format!("got {got} sums, want {want}")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_activation_of_the_wrong_number_of_sums_is_told() {
        let mut g = GraphBuilder::new();
        let x = g.placeholder("x", [2]).unwrap();
        let error = g.scope("Layer", |g| Activation::Maxout.add(g, &[x])).unwrap_err();
        assert_eq!(error.to_string(), "`Layer/activation`: got 1 sums, want 2");
        for &(name, activation) in Activation::ALL {
            let sums = vec![x; activation.pieces()];
            assert!(activation.add(&mut g, &sums).is_ok(), "{name}");
        }
    }
}
