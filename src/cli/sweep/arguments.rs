//! The arguments of `experiment sweep`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::arguments::DataHomeArguments;
use crate::cli::failure::Failure;
use crate::cli::select::check_epochs;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, arg_required_else_help = true)]
pub(in crate::cli) struct SweepArguments {
    /// Experiment to sweep; see `experiment list`.
    pub(super) name: Option<String>,
    #[command(flatten)]
    pub(super) grid: GridArguments,
    #[command(flatten)]
    pub(super) how: HowArguments,
    #[command(subcommand)]
    pub(super) command: Option<SweepCommand>,
}

/// What is to be tried.
#[derive(Debug, Default, Args)]
pub(super) struct GridArguments {
    /// Hyper-parameter and the values it takes; may be given several times [default: lecture 10-2's
    /// init and activation].
    ///
    /// Values that have commas are told apart by semicolons: `--grid 'sizes=8,8;16,16'`.
    #[arg(long, value_name = "KEY=VALUE,VALUE")]
    pub(super) grid: Vec<String>,
    /// Tries the seeds 0 to N - 1.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) seeds: Option<u64>,
    /// Tries these seeds [default: the one of `experiment run`].
    #[arg(long, value_name = "N,N", value_delimiter = ',', conflicts_with = "seeds")]
    pub(super) seed_list: Vec<u64>,
    /// Hyper-parameter to change in all trials; may be given several times.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,
    /// Passes over the training images; the same as `--set epochs=N` [default: the lecture's].
    #[arg(long, value_name = "N", conflicts_with = "steps")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) epochs: Option<u64>,
    /// Training steps of each trial [default: the lecture's].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) steps: Option<u64>,
    /// Directory that holds all runs.
    #[arg(long, value_name = "DIR", default_value = "runs")]
    pub(super) logdir: PathBuf,
    /// Name of the sweep, a directory below the log directory [default: <NAME>-by-<keys>].
    #[arg(long, value_name = "SWEEP")]
    pub(super) sweep: Option<String>,
}

/// How trials are run.
#[derive(Debug, Args)]
pub(super) struct HowArguments {
    /// Trials at a time [default: one for each core].
    #[arg(long, value_name = "J", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) jobs: Option<u64>,
    #[command(flatten)]
    pub(super) home: DataHomeArguments,
    /// Print one JSON object at the end instead of lines.
    #[arg(long)]
    pub(super) json: bool,
}

impl GridArguments {
    /// What all trials change: as given, and what `--epochs` says.
    pub(super) fn changes(&self) -> Result<Vec<String>, Failure> {
        let mut changes = self.set.clone();
        if let Some(epochs) = self.epochs {
            check_epochs(&self.set, epochs)?;
            changes.push(format!("epochs={epochs}"));
        }
        Ok(changes)
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum SweepCommand {
    /// Write the plan and print its path, but run nothing.
    Plan {
        /// Experiment to sweep; see `experiment list`.
        name: String,
        #[command(flatten)]
        grid: GridArguments,
        /// Print a JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Run the trials of a plan that neither completed nor failed, or one of them.
    Run {
        /// The plan, or the sweep's directory.
        plan: PathBuf,
        /// Run this trial alone, the plan's first being 0, also if it failed before; the exit code
        /// is the trial's.
        #[arg(long, value_name = "N")]
        task: Option<usize>,
        /// Run the trial again even if it completed.
        #[arg(long, requires = "task")]
        force: bool,
        #[command(flatten)]
        how: HowArguments,
    },
    /// Count the trials of a plan by how far they are, and say why some failed.
    Status {
        /// The plan, or the sweep's directory.
        plan: PathBuf,
        /// Print a JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Run trials again.
    Rerun {
        /// The plan, or the sweep's directory.
        plan: PathBuf,
        /// Those that failed.
        #[arg(long, required = true)]
        failed: bool,
        #[command(flatten)]
        how: HowArguments,
    },
}
