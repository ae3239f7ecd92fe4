//! The arguments, as clap reads them.

use std::path::PathBuf;

use clap::error::{ContextKind, ErrorKind};
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

use super::DEFAULT_SEED;
use super::sweep::SweepArguments;

/// Trains the experiments of "Deep Learning Zero to All" and logs them for TensorBoard.
#[derive(Debug, Parser)]
#[command(
    name = "experiment",
    version,
    args_conflicts_with_subcommands = true,
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
pub(super) struct Arguments {
    /// Experiment to run; the same as `experiment run NAME`.
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<String>,
    #[command(flatten)]
    pub(super) run: RunArguments,
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

#[derive(Debug, Args)]
pub(super) struct RunArguments {
    /// Directory that holds all runs.
    #[arg(long, value_name = "DIR", default_value = "runs")]
    pub(super) logdir: PathBuf,
    /// Name of the run [default: <NAME>/<date>-<time>].
    #[arg(long, value_name = "RUN")]
    pub(super) run: Option<String>,
    /// What first weights are drawn from; the same seed gives the same run.
    #[arg(long, value_name = "N", default_value_t = DEFAULT_SEED)]
    pub(super) seed: u64,
    /// Training steps [default: the lecture's].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) steps: Option<u64>,
    /// Passes over the training images; the same as `--set epochs=N` [default: the lecture's].
    #[arg(long, value_name = "N", conflicts_with = "steps")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) epochs: Option<u64>,
    /// Hyper-parameter to change; may be given several times.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,
    #[command(flatten)]
    pub(super) home: DataHomeArguments,
    /// Threads that compute; results do not depend on it [default: one for each core].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=256))]
    pub(super) threads: Option<u64>,
    /// Models to train side by side, whose answers are summed [default: the lecture's, mostly 1].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100))]
    pub(super) models: Option<u64>,
    /// Go on with the run that `--run` names, from its last checkpoint.
    #[arg(long, requires = "run", conflicts_with_all = ["seed", "set"])]
    pub(super) resume: bool,
    /// Steps from one line and summary to the next [default: the lecture's].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) summary_every: Option<u64>,
    /// Fail if the run does not show what the lecture shows.
    #[arg(long)]
    pub(super) check: bool,
    /// Print nothing but warnings and errors.
    #[arg(long)]
    pub(super) quiet: bool,
    /// Print one JSON object at the end instead of lines.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run an experiment.
    Run {
        /// Its name; see `experiment list`.
        name: String,
        #[command(flatten)]
        run: RunArguments,
    },
    /// List the experiments and what they must show.
    List {
        /// Print a JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Show an experiment's graph without training: nodes, shapes, parameters.
    Graph {
        /// Its name; see `experiment list`.
        name: String,
        /// Hyper-parameter to change; may be given several times.
        #[arg(long, value_name = "KEY=VALUE")]
        set: Vec<String>,
        /// Print a JSON object.
        #[arg(long)]
        json: bool,
    },
    /// List the runs of a log directory.
    Ls {
        /// Directory that holds the runs.
        #[arg(long, value_name = "DIR", default_value = "runs")]
        logdir: PathBuf,
        /// Print a JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Compare runs: last and best value of each tag, and a chart of one tag.
    Compare(CompareArguments),
    /// Ask a trained classifier about one image.
    Predict(PredictArguments),
    /// Fetch data sets, and see what is there of them.
    #[command(subcommand)]
    Data(DataCommand),
    /// Run an experiment for every combination of some hyper-parameters, and for several seeds.
    Sweep(Box<SweepArguments>),
    /// Start TensorBoard on a free port of 127.0.0.1 and print its address.
    Tensorboard {
        /// Directory that holds the runs.
        #[arg(long, value_name = "DIR", default_value = "runs")]
        logdir: PathBuf,
    },
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
}

#[derive(Debug, Args)]
pub(super) struct CompareArguments {
    /// Runs to compare, or directories of runs [default: all].
    pub(super) runs: Vec<String>,
    /// Directory that holds the runs.
    #[arg(long, value_name = "DIR", default_value = "runs")]
    pub(super) logdir: PathBuf,
    /// Compare only this tag, and draw it.
    #[arg(long, value_name = "TAG")]
    pub(super) tag: Option<String>,
    /// Compare groups of runs that share these hyper-parameters: n, mean and standard deviation, best
    /// first; two of them with `--tag` make a table of rows and columns.
    #[arg(long, value_name = "KEY,KEY", value_delimiter = ',')]
    pub(super) group_by: Vec<String>,
    /// Print a JSON object.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("asked").required(true).args(["image", "index"]))]
pub(super) struct PredictArguments {
    /// Run of a classifier; see `experiment ls`. Of its epochs the best one answers.
    pub(super) run: String,
    /// PNG file of any kind and size; one that is dark on light is inverted.
    pub(super) image: Option<PathBuf>,
    /// Image of the test set, from 0.
    #[arg(long, value_name = "N")]
    pub(super) index: Option<u64>,
    /// Invert the image, whatever its border is.
    #[arg(long)]
    pub(super) invert: bool,
    /// Directory that holds the runs.
    #[arg(long, value_name = "DIR", default_value = "runs")]
    pub(super) logdir: PathBuf,
    #[command(flatten)]
    pub(super) home: DataHomeArguments,
    /// Print a JSON object.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum DataCommand {
    /// Fetch a data set, or what is missing or damaged of it.
    Fetch {
        /// Its name; see `experiment data status`.
        name: String,
        #[command(flatten)]
        home: DataHomeArguments,
    },
    /// Show what is there of the data sets; every file's SHA-256 is compared.
    Status {
        /// A data set [default: all].
        name: Option<String>,
        #[command(flatten)]
        home: DataHomeArguments,
        /// Print a JSON object.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub(super) struct DataHomeArguments {
    /// Directory that holds the data sets, or the files of one [default: `RUNBOARD_DATA`, or the
    /// user's data directory].
    #[arg(long, value_name = "DIR")]
    pub(super) data_dir: Option<PathBuf>,
}

/// Advice on what clap refuses, where its own words have none.
pub(super) fn hint(error: &clap::Error) -> Option<&'static str> {
    let names = |kind: ContextKind, option: &str| {
        error.get(kind).is_some_and(|named| named.to_string().contains(option))
    };
    match error.kind() {
        ErrorKind::MissingRequiredArgument if names(ContextKind::InvalidArg, "--run ") => Some(
            "`--resume` goes on with the run that `--run` names; `experiment ls` shows the names",
        ),
        ErrorKind::ArgumentConflict
            if names(ContextKind::InvalidArg, "--resume")
                || names(ContextKind::PriorArg, "--resume") =>
        {
            Some("a run goes on with the seed and hyper-parameters it has: leave them out")
        }
        _ => None,
    }
}
