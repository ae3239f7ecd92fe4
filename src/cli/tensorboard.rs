//! `experiment tensorboard`: starts TensorBoard where nothing else listens.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, ExitCode};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::failure::Failure;
use super::{CommandResult, interrupt, print};

/// TensorBoard's own port, tried first.
const USUAL_PORT: u16 = 6006;

pub(super) fn tensorboard(logdir: &Path) -> CommandResult {
    let path = std::path::absolute(logdir).map_err(|error| {
        Failure::failed(format!("log directory `{}`: {error}", logdir.display()))
    })?;
    let port = free_port()
        .map_err(|error| Failure::failed(format!("no port of 127.0.0.1 is free: {error}")))?;
    let stop = interrupt::flag();
    let mut child = start(&path, port)?;
    print(&format!("http://127.0.0.1:{port}/\n"))?;
    wait(&mut child, &stop)
}

/// The usual port if it is free, else any.
fn free_port() -> io::Result<u16> {
    let usual = TcpListener::bind((Ipv4Addr::LOCALHOST, USUAL_PORT));
    let listener = usual.or_else(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
    Ok(listener.local_addr()?.port())
}

/// Starts the program `tensorboard`, or the module of a Python that has it.
fn start(logdir: &Path, port: u16) -> Result<Child, Failure> {
    let programs: [(&str, &[&str]); 3] = [
        ("tensorboard", &[]),
        ("python3", &["-m", "tensorboard.main"]),
        ("python", &["-m", "tensorboard.main"]),
    ];
    for (program, first) in programs {
        if !first.is_empty() && !has_tensorboard(program) {
            continue;
        }
        let mut command = Command::new(program);
        command.args(first).arg("--logdir").arg(logdir).args(["--host", "127.0.0.1", "--port"]);
        match command.arg(port.to_string()).spawn() {
            Ok(child) => return Ok(child),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => {
                return Err(Failure::failed(format!("cannot start `{program}`: {error}")));
            }
        }
    }
    Err(Failure::failed("no `tensorboard` in the PATH, and no Python that has it")
        .hint("install it with `pip install tensorboard`"))
}

fn has_tensorboard(python: &str) -> bool {
    let find = "import importlib.util, sys; \
        sys.exit(importlib.util.find_spec('tensorboard') is None)";
    let found = Command::new(python).args(["-c", find]).status();
    found.is_ok_and(|status| status.success())
}

/// Waits for TensorBoard to end, or ends it when the user has had enough.
fn wait(child: &mut Child, stop: &AtomicBool) -> CommandResult {
    let failed = |error| Failure::failed(format!("cannot wait for tensorboard: {error}"));
    loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            return match status.success() {
                true => Ok(ExitCode::SUCCESS),
                false => Err(Failure::failed(format!("tensorboard ended: {status}"))),
            };
        }
        if stop.load(Ordering::Relaxed) {
            // It may have ended by the same Ctrl-C; then there is nothing to kill.
            let _ = child.kill();
            let _ = child.wait();
            return Ok(interrupt::exit_code());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}
