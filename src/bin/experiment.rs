//! The `experiment` command.

fn main() -> std::process::ExitCode {
    runboard::cli::main(runboard::experiments::ALL)
}
