//! The arguments, as clap reads them.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

use super::DEFAULT_SEED;

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
    /// Hyper-parameter to change; may be given several times.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,
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
    /// Print a JSON object.
    #[arg(long)]
    pub(super) json: bool,
}
