//! The command line of `experiment`, for the lectures' experiments or your own.
//!
//! stdout is data, stderr is talk. Exit codes: 0 success, 1 failure, 2 usage, 130 interrupted.

mod arguments;
mod characters;
mod chart;
mod checkpoint_hint;
mod compare;
mod data;
mod download;
mod failure;
mod graph;
mod interrupt;
mod list;
mod lock;
mod ls;
mod metric;
mod predict;
mod progress;
mod run;
mod select;
mod stored_run;
mod suggest;
mod sweep;
mod table;
mod tensorboard;

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::trainer::Experiment;
use arguments::{Arguments, Command};
use failure::Failure;

/// What variables are drawn from unless `--seed` says otherwise: every experiment's claim holds.
pub const DEFAULT_SEED: u64 = 17;

/// What a command came to: its exit code.
type CommandResult = Result<ExitCode, Failure>;

/// Runs the command line of this process over `experiments` and returns its exit code.
///
/// ```no_run
/// fn main() -> std::process::ExitCode {
///     runboard::cli::main(runboard::experiments::ALL)
/// }
/// ```
pub fn main(experiments: &[&dyn Experiment]) -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // To stdout what was asked for, as `--help`; whether anybody listens does not matter.
            let _ = error.print();
            if let Some(hint) = arguments::hint(&error) {
                say(&format!("\nhint: {hint}"));
            }
            return u8::try_from(error.exit_code()).unwrap_or(2).into();
        }
    };
    match dispatch(arguments, experiments) {
        Ok(code) => code,
        Err(failure) => {
            say(&failure.to_string());
            failure.exit_code()
        }
    }
}

fn dispatch(arguments: Arguments, experiments: &[&dyn Experiment]) -> CommandResult {
    let Arguments { name, run, command } = arguments;
    match command {
        None => match name {
            Some(name) => run::run(experiments, &name, &run),
            None => Err(Failure::usage("no experiment is named")
                .hint("`experiment --name NAME`; `experiment list` shows the names")),
        },
        Some(Command::Run { name, run }) => run::run(experiments, &name, &run),
        Some(Command::List { json }) => print(&list::list(experiments, json)),
        Some(Command::Graph { name, set, json }) => {
            print(&graph::graph(experiments, &name, &set, json)?)
        }
        Some(Command::Ls { logdir, json }) => print(&ls::ls(&logdir, json)?),
        Some(Command::Compare(arguments)) => print(&compare::compare(&arguments)?),
        Some(Command::Predict(arguments)) => print(&predict::predict(experiments, &arguments)?),
        Some(Command::Data(command)) => print(&data::data(&command)?),
        Some(Command::Sweep(arguments)) => sweep::sweep(experiments, &arguments),
        Some(Command::Tensorboard { logdir }) => tensorboard::tensorboard(&logdir),
        Some(Command::Completions { shell }) => {
            let mut script = Vec::new();
            let mut command = Arguments::command();
            clap_complete::generate(shell, &mut command, "experiment", &mut script);
            print(&String::from_utf8_lossy(&script))
        }
    }
}

/// Prints a command's answer; a reader that went away, as `head` does, is no failure.
fn print(text: &str) -> CommandResult {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::failed(format!("cannot write to stdout: {error}")))
        }
        _ => Ok(ExitCode::SUCCESS),
    }
}

/// Talks to the user; whether anybody listens does not matter.
fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
