//! `experiment tensorboard` starts the real one and ends it.
#![cfg(unix)]

use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::tools::{experiment, from_outside};

/// The answer to a request, once the server listens.
fn get(address: &str, path: &str) -> String {
    for _ in 0..600 {
        let Ok(mut stream) = TcpStream::connect(address) else {
            sleep(Duration::from_millis(100));
            continue;
        };
        let request = format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        return answer;
    }
    panic!("nothing listens at {address}");
}

#[test]
#[ignore = "needs real TensorBoard: .ci/run"]
fn tensorboard_is_started_where_it_says_and_ended_by_an_interrupt() {
    let dir = tempfile::tempdir().unwrap();
    let logdir = dir.path().to_str().unwrap();
    experiment(&["--name", "backprop_chain", "--logdir", logdir, "--run", "one", "--quiet"]);
    let bin = from_outside("RUNBOARD_PYTHON").parent().unwrap().to_owned();
    let rest = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths([bin].into_iter().chain(env::split_paths(&rest))).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_experiment"))
        .args(["tensorboard", "--logdir", logdir])
        .env("PATH", path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut url = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
    let address = url.trim().strip_prefix("http://").unwrap().trim_end_matches('/').to_owned();
    assert!(address.starts_with("127.0.0.1:"), "{url}");
    assert!(get(&address, "/data/logdir").contains("logdir"), "TensorBoard answers");

    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(TcpStream::connect(&address).is_err(), "TensorBoard has ended too");
}
