//! A web server on loopback that does what a test wants.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    /// Behind the slash.
    pub(super) path: String,
    /// From which byte on.
    pub(super) range: Option<usize>,
}

/// What is answered; `body` may be shorter than `length` says.
pub(super) struct Reply {
    pub(super) status: &'static str,
    pub(super) length: usize,
    pub(super) content_range: Option<String>,
    pub(super) body: Vec<u8>,
}

impl Reply {
    pub(super) fn whole(body: &[u8]) -> Self {
        Reply { status: "200 OK", length: body.len(), content_range: None, body: body.to_vec() }
    }

    pub(super) fn status(status: &'static str) -> Self {
        Reply { status, ..Reply::whole(b"sorry") }
    }

    /// What is asked for of a file, as servers do that know ranges.
    pub(super) fn ranged(file: &[u8], request: &Request) -> Self {
        let len = file.len();
        match request.range {
            None => Reply::whole(file),
            Some(from) if from < len => Reply {
                status: "206 Partial Content",
                content_range: Some(format!("bytes {from}-{}/{len}", len - 1)),
                ..Reply::whole(&file[from..])
            },
            Some(_) => Reply {
                content_range: Some(format!("bytes */{len}")),
                ..Reply::status("416 Range Not Satisfiable")
            },
        }
    }

    /// The connection ends after so many bytes of the body.
    pub(super) fn cut(mut self, len: usize) -> Self {
        self.body.truncate(len);
        self
    }
}

/// A server; it ends when it is dropped.
pub(super) struct Server {
    address: String,
    requests: Arc<Mutex<Vec<Request>>>,
    end: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Answers each request by `reply`, which is told how many there were before.
    pub(super) fn start(reply: impl Fn(usize, &Request) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (requests, end) = (Arc::<Mutex<Vec<Request>>>::default(), Arc::<AtomicBool>::default());
        let (log, ended) = (requests.clone(), end.clone());
        let thread = std::thread::spawn(move || {
            for connection in listener.incoming() {
                if ended.load(Ordering::SeqCst) {
                    break;
                }
                let mut connection = connection.unwrap();
                let Some(request) = read(&connection) else { continue };
                let before = log.lock().unwrap().len();
                log.lock().unwrap().push(request.clone());
                // The client may have gone: it has seen enough.
                let _ = write(&mut connection, &reply(before, &request));
            }
        });
        Server { address, requests, end, thread: Some(thread) }
    }

    /// Its address, with a slash at the end.
    pub(super) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end.store(true, Ordering::SeqCst);
        // It waits for a connection.
        let _ = TcpStream::connect(&self.address);
        if let Some(thread) = self.thread.take() {
            let joined = thread.join();
            assert!(joined.is_ok() || std::thread::panicking(), "the server failed");
        }
    }
}

/// An address of loopback where nobody listens.
pub(super) fn unreachable_url() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}/", listener.local_addr().unwrap())
}

fn read(connection: &TcpStream) -> Option<Request> {
    let mut lines = BufReader::new(connection).lines().map_while(Result::ok);
    let first = lines.next()?;
    let path = first.strip_prefix("GET /")?.split(' ').next()?.to_owned();
    let mut range = None;
    for line in lines.take_while(|line| !line.is_empty()) {
        if let Some(from) = line.to_lowercase().strip_prefix("range: bytes=") {
            range = Some(from.trim_end_matches('-').parse().ok()?);
        }
    }
    Some(Request { path, range })
}

fn write(connection: &mut TcpStream, reply: &Reply) -> std::io::Result<()> {
    let Reply { status, length, content_range, body } = reply;
    let mut head =
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n");
    if let Some(range) = content_range {
        head += &format!("Content-Range: {range}\r\n");
    }
    connection.write_all(format!("{head}\r\n").as_bytes())?;
    connection.write_all(body)
}
