//! The kinds of data a run can hold.

use std::fmt;

/// A kind of data, as TensorBoard's dashboards divide it.
///
/// The first value of a tag decides of which kind the tag is: its metadata's plugin or, if it has
/// none, its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Numbers: [`super::ScalarSeries`].
    Scalars,
    /// Distributions of numbers: [`super::Histogram`].
    Histograms,
    /// Pictures: [`super::Image`].
    Images,
    /// Sound: [`super::Audio`].
    Audio,
    /// Markdown: [`super::Text`].
    Text,
    /// Precision and recall: [`super::PrCurve`].
    PrCurves,
    /// Layouts of the custom scalars tab: [`crate::proto::Layout`].
    CustomScalars,
    /// Hyper-parameters: [`crate::proto::HParamsPluginData`].
    HParams,
    /// Points and faces in space: [`super::MeshPart`].
    Meshes,
    /// Graphs of runs: [`super::Graph`].
    Graphs,
    /// Traced steps and functions: [`super::TracedRun`].
    RunMetadata,
    /// Keras models: [`super::KerasModel`].
    KerasModels,
    /// What other plugins show, and what none does: [`super::Tensor`].
    Tensors,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 13] = [
        Kind::Scalars,
        Kind::Histograms,
        Kind::Images,
        Kind::Audio,
        Kind::Text,
        Kind::PrCurves,
        Kind::CustomScalars,
        Kind::HParams,
        Kind::Meshes,
        Kind::Graphs,
        Kind::RunMetadata,
        Kind::KerasModels,
        Kind::Tensors,
    ];

    /// Returns the name of the plugin that shows this kind; of several, the first.
    pub fn name(self) -> &'static str {
        self.plugins()[0]
    }

    fn plugins(self) -> &'static [&'static str] {
        match self {
            Kind::Scalars => &["scalars"],
            Kind::Histograms => &["histograms"],
            Kind::Images => &["images"],
            Kind::Audio => &["audio"],
            Kind::Text => &["text"],
            Kind::PrCurves => &["pr_curves"],
            Kind::CustomScalars => &["custom_scalars"],
            Kind::HParams => &["hparams"],
            Kind::Meshes => &["mesh"],
            Kind::Graphs => &["graphs"],
            Kind::RunMetadata => {
                &["graph_run_metadata", "graph_run_metadata_graph", "graph_tagged_run_metadata"]
            }
            Kind::KerasModels => &["graph_keras_model"],
            Kind::Tensors => &["tensor"],
        }
    }

    /// Returns the kind of what a plugin shows.
    pub(super) fn of_plugin(plugin: &str) -> Self {
        let shows = |kind: &Kind| kind.plugins().contains(&plugin);
        Self::ALL.into_iter().find(shows).unwrap_or(Kind::Tensors)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
