//! A training's state in a file: all variables, and where the training was.
//!
//! The format is safetensors: a tensor for every variable of the graph, slots of the optimiser
//! included, under its node's name; the rest is JSON in the header's metadata.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use serde_json::{Value as Json, json};

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

/// A checkpoint that was read, and belongs to a recording.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// Where the training was.
    pub position: Position,
    variables: Vec<(NodeId, Vec<f32>)>,
}

impl Checkpoint {
    /// Writes the state of a training to `path`: a reader sees all of it or the file before it.
    ///
    /// # Errors
    /// What the system says; nothing is left of what was written then.
    pub fn write(
        path: &Path,
        recording: &Recording,
        session: &Session,
        seed: u64,
        position: &Position,
    ) -> io::Result<()> {
        let bytes = encode(recording, session, seed, position);
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

    /// Gives a session's variables and generator the saved state.
    pub fn restore(&self, session: &mut Session) {
        for (node, values) in &self.variables {
            session.variable_mut(*node).copy_from_slice(values);
        }
        session.set_draws(self.position.draws);
    }
}

fn variables(graph: &Graph) -> impl Iterator<Item = NodeId> + '_ {
    graph.ids().filter(|&id| matches!(graph[id].op(), Op::Variable(_)))
}

fn encode(recording: &Recording, session: &Session, seed: u64, position: &Position) -> Vec<u8> {
    let graph = &recording.graph;
    let stored: Vec<(&str, Vec<usize>, Vec<u8>)> = variables(graph)
        .map(|id| {
            let bytes = session.variable(id).iter().flat_map(|value| value.to_le_bytes());
            (graph[id].name(), graph[id].shape().with_batch(0), bytes.collect())
        })
        .collect();
    let views: Vec<(String, TensorView)> = stored
        .iter()
        .map(|(name, sizes, bytes)| {
            let view = TensorView::new(Dtype::F32, sizes.clone(), bytes);
            ((*name).to_owned(), view.expect("a variable has its sizes"))
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
        Ok(Checkpoint { position, variables: self.variables(&tensors)? })
    }

    fn check_origin(&self, about: &Json, seed: u64) -> Result<(), CheckpointError> {
        let same = |what: &'static str, want: Json| {
            if about[what] == want {
                return Ok(());
            }
            Err(self.foreign(what, &about[what].to_string(), &want.to_string()))
        };
        same("format", json!(FORMAT))?;
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

    fn variables(&self, tensors: &SafeTensors) -> Result<Vec<(NodeId, Vec<f32>)>, CheckpointError> {
        let graph = &self.recording.graph;
        let mut read = Vec::new();
        for id in variables(graph) {
            let (name, sizes) = (graph[id].name(), graph[id].shape().with_batch(0));
            let Ok(tensor) = tensors.tensor(name) else {
                return Err(self.foreign("variables", &format!("no `{name}`"), "one"));
            };
            if tensor.shape() != sizes || tensor.dtype() != Dtype::F32 {
                let got = format!("`{name}` of {:?} {:?}", tensor.dtype(), tensor.shape());
                return Err(self.foreign("variables", &got, &format!("F32 {sizes:?}")));
            }
            let floats = tensor.data().as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
            read.push((id, floats.collect()));
        }
        if tensors.len() > read.len() {
            let (got, want) = (tensors.len().to_string(), read.len().to_string());
            return Err(self.foreign("number of variables", &got, &want));
        }
        Ok(read)
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
