//! A training's state in a file: all variables, and where the training was.
//!
//! The format is safetensors: a tensor for every variable of the graph, slots of the optimiser
//! included, under its node's name; moving averages, if there are any, under those names and
//! `/ExponentialMovingAverage`, as TensorFlow calls them; the rest is JSON in the header's metadata.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use serde_json::{Value as Json, json};

use super::moving_average::averaged;
use super::{CheckpointError, HyperParameters, Recording, hyper_json};
use crate::exec::Session;
use crate::graph::{Graph, NodeId, Op};

/// The key of the header's metadata, and what its value begins with.
const KEY: &str = "runboard";
const FORMAT: u64 = 1;

/// Where a training is, besides its variables.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Position {
    /// Epochs that were trained.
    pub epoch: u64,
    /// Steps that were trained.
    pub step: u64,
    /// How often random masks were drawn.
    pub draws: u64,
    /// The epoch with the best validation accuracy so far, from 1 on, and its accuracies.
    pub best: Option<Best>,
}

impl Position {
    /// Whether so many epochs, or more, were no better than the best before them; never if it is 0.
    pub(crate) fn is_out_of(&self, patience: u64) -> bool {
        let waited = self.best.map_or(0, |best| self.epoch.saturating_sub(best.epoch));
        patience > 0 && waited >= patience
    }
}

/// The best epoch so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Best {
    /// Its number, from 1 on.
    pub epoch: u64,
    /// What it is the best by.
    pub validation_accuracy: f64,
    /// What it came to.
    pub test_accuracy: f64,
}

/// Values of variables.
type Values = Vec<(NodeId, Vec<f32>)>;

/// A checkpoint that was read, and belongs to a recording.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// Where the training was.
    pub position: Position,
    variables: Values,
    averages: Values,
}

/// What is to be saved of a training.
#[derive(Clone, Copy)]
pub(crate) struct State<'a> {
    pub(crate) session: &'a Session<'a>,
    /// Moving averages of variables, if there are any.
    pub(crate) averages: &'a [(NodeId, Vec<f32>)],
    pub(crate) seed: u64,
    pub(crate) position: &'a Position,
}

impl Checkpoint {
    /// Writes the state of a training to `path`: a reader sees all of it or the file before it.
    ///
    /// # Errors
    /// What the system says; nothing is left of what was written then.
    pub(crate) fn write(path: &Path, recording: &Recording, state: &State) -> io::Result<()> {
        let bytes = encode(recording, state);
        let draft = path.with_extension("tmp");
        let written = File::create(&draft)
            .and_then(|mut file| file.write_all(&bytes).and_then(|()| file.sync_all()))
            .and_then(|()| fs::rename(&draft, path));
        if written.is_err() {
            // The first error is the one to tell.
            let _ = fs::remove_file(&draft);
        }
        written
    }

    /// Reads a checkpoint of a recording that was trained with `seed`.
    ///
    /// # Errors
    /// [`CheckpointError`] if the file cannot be read, is damaged, or is that of another model.
    pub fn read(path: &Path, recording: &Recording, seed: u64) -> Result<Self, CheckpointError> {
        let bytes = fs::read(path).map_err(|source| CheckpointError::Io {
            path: path.to_owned(),
            source: source.into(),
        })?;
        let reader = Reader { path, recording };
        reader.decode(&bytes, seed)
    }

    /// Gives a session's variables and generator the saved state, to train on: averages stay here, of which
    /// [`Predictor`](super::Predictor) makes use.
    pub fn restore(&self, session: &mut Session) {
        for (node, values) in &self.variables {
            session.variable_mut(*node).copy_from_slice(values);
        }
        session.set_draws(self.position.draws);
    }

    /// Gives a session's variables what the classifier answers with: their averages, where there are any.
    pub(super) fn restore_to_answer(&self, session: &mut Session) {
        self.restore(session);
        for (node, average) in &self.averages {
            session.variable_mut(*node).copy_from_slice(average);
        }
    }

    pub(super) fn averages(&self) -> &[(NodeId, Vec<f32>)] {
        &self.averages
    }
}

fn variables(graph: &Graph) -> impl Iterator<Item = NodeId> + '_ {
    graph.ids().filter(|&id| matches!(graph[id].op(), Op::Variable(_)))
}

/// The name under which the average of a variable is stored.
fn name_of_average(variable: &str) -> String {
    format!("{variable}/ExponentialMovingAverage")
}

fn encode(recording: &Recording, state: &State) -> Vec<u8> {
    let &State { session, averages, seed, position } = state;
    let graph = &recording.graph;
    let tensor = |name: String, id: NodeId, values: &[f32]| {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        (name, graph[id].shape().with_batch(0), bytes)
    };
    let of_variables =
        variables(graph).map(|id| tensor(graph[id].name().to_owned(), id, session.variable(id)));
    let of_averages = averages.iter().map(|(id, average)| {
        let name = name_of_average(graph[*id].name());
        tensor(name, *id, average)
    });
    let stored: Vec<_> = of_variables.chain(of_averages).collect();
    let views: Vec<(&str, TensorView)> = stored
        .iter()
        .map(|(name, sizes, bytes)| {
            let view = TensorView::new(Dtype::F32, sizes.clone(), bytes);
            (name.as_str(), view.expect("a variable has its sizes"))
        })
        .collect();
    let best = position.best.map(|best| {
        json!({
            "epoch": best.epoch,
            "validation_accuracy": best.validation_accuracy,
            "test_accuracy": best.test_accuracy,
        })
    });
    let about = json!({
        "format": FORMAT,
        "experiment": recording.about.name,
        "hyper_parameters": hyper_json(&recording.hyper),
        "seed": seed,
        "epoch": position.epoch,
        "step": position.step,
        "draws": position.draws,
        "best": best,
    });
    let metadata = std::iter::once((KEY.to_owned(), about.to_string())).collect();
    serialize(views, Some(metadata)).expect("names are unique and sizes those of the bytes")
}

/// Reads bytes for a recording, and says what of them does not fit.
struct Reader<'a> {
    path: &'a Path,
    recording: &'a Recording,
}

impl Reader<'_> {
    fn decode(&self, bytes: &[u8], seed: u64) -> Result<Checkpoint, CheckpointError> {
        let damaged = |problem: String| CheckpointError::Damaged { path: self.path(), problem };
        let tensors =
            SafeTensors::deserialize(bytes).map_err(|error| damaged(error.to_string()))?;
        let (_, header) =
            SafeTensors::read_metadata(bytes).map_err(|error| damaged(error.to_string()))?;
        let text = header.metadata().as_ref().and_then(|metadata| metadata.get(KEY));
        let text = text.ok_or_else(|| self.foreign("metadata", "no entry `runboard`", "one"))?;
        let about: Json = serde_json::from_str(text).map_err(|error| damaged(error.to_string()))?;
        self.check_origin(&about, seed)?;
        let number = |key: &str| {
            about[key].as_u64().ok_or_else(|| damaged(format!("`{key}` is {}", about[key])))
        };
        let position = Position {
            epoch: number("epoch")?,
            step: number("step")?,
            draws: number("draws")?,
            best: best(&about["best"]),
        };
        let (variables, averages) = self.variables(&tensors)?;
        Ok(Checkpoint { position, variables, averages })
    }

    fn check_origin(&self, about: &Json, seed: u64) -> Result<(), CheckpointError> {
        let format = &about["format"];
        if *format != json!(FORMAT) {
            let (path, got) = (self.path(), format.to_string());
            return Err(CheckpointError::Version { path, got, want: FORMAT });
        }
        let same = |what: &'static str, want: Json| {
            if about[what] == want {
                return Ok(());
            }
            Err(self.foreign(what, &about[what].to_string(), &want.to_string()))
        };
        same("experiment", json!(self.recording.about.name))?;
        same("seed", json!(seed))?;
        // A training may go on longer than it was meant to.
        let of = |hyper: &HyperParameters| {
            let mut hyper = hyper_json(hyper);
            hyper.remove("epochs");
            hyper
        };
        let mut stored = about["hyper_parameters"].as_object().cloned().unwrap_or_default();
        stored.remove("epochs");
        let want = of(&self.recording.hyper);
        if stored != want {
            let (got, want) = (Json::Object(stored).to_string(), Json::Object(want).to_string());
            return Err(self.foreign("hyper-parameters", &got, &want));
        }
        Ok(())
    }

    /// The variables and their averages.
    fn variables(&self, tensors: &SafeTensors) -> Result<(Values, Values), CheckpointError> {
        let Recording { graph, model, .. } = self.recording;
        let value = |id: NodeId, name: &str| Ok((id, self.value(tensors, id, name)?));
        let read: Values = variables(graph)
            .map(|id| value(id, graph[id].name()))
            .collect::<Result<_, CheckpointError>>()?;
        let averages_of = model.classifier.as_ref().filter(|of| of.training.ema_decay != 0.0);
        let averages: Values = averages_of
            .map_or_else(Vec::new, |classifier| averaged(graph, classifier))
            .into_iter()
            .map(|id| value(id, &name_of_average(graph[id].name())))
            .collect::<Result<_, CheckpointError>>()?;
        let count = read.len() + averages.len();
        if tensors.len() > count {
            let (got, want) = (tensors.len().to_string(), count.to_string());
            return Err(self.foreign("number of variables", &got, &want));
        }
        Ok((read, averages))
    }

    /// The tensor of that name, which is as large as a variable.
    fn value(
        &self,
        tensors: &SafeTensors,
        variable: NodeId,
        name: &str,
    ) -> Result<Vec<f32>, CheckpointError> {
        let sizes = self.recording.graph[variable].shape().with_batch(0);
        let Ok(tensor) = tensors.tensor(name) else {
            return Err(self.foreign("variables", &format!("no `{name}`"), "one"));
        };
        if tensor.shape() != sizes || tensor.dtype() != Dtype::F32 {
            let got = format!("`{name}` of {:?} {:?}", tensor.dtype(), tensor.shape());
            return Err(self.foreign("variables", &got, &format!("F32 {sizes:?}")));
        }
        let floats = tensor.data().as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
        Ok(floats.collect())
    }

    fn foreign(&self, what: &'static str, got: &str, want: &str) -> CheckpointError {
        CheckpointError::Foreign {
            path: self.path(),
            what,
            got: got.to_owned(),
            want: want.to_owned(),
        }
    }

    fn path(&self) -> PathBuf {
        self.path.to_owned()
    }
}

fn best(json: &Json) -> Option<Best> {
    Some(Best {
        epoch: json["epoch"].as_u64()?,
        validation_accuracy: json["validation_accuracy"].as_f64()?,
        test_accuracy: json["test_accuracy"].as_f64()?,
    })
}
