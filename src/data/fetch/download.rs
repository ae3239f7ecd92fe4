//! A file over http, continued where it was cut.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

use ureq::http::{HeaderMap, StatusCode, header};
use ureq::{Agent, Body};

use super::error::Failed;

/// How often one address is asked, at most, as long as each time something comes.
const ATTEMPTS: usize = 10;

/// Returns what asks servers. A proxy is taken from the environment: `HTTPS_PROXY` and the like.
pub(super) fn agent() -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .user_agent(concat!("runboard/", env!("CARGO_PKG_VERSION")))
        .timeout_resolve(Some(Duration::from_secs(10)))
        .timeout_connect(Some(Duration::from_secs(10)))
        .timeout_recv_response(Some(Duration::from_secs(30)))
        .timeout_per_read(Some(Duration::from_secs(30)))
        .build()
        .into()
}

/// Downloads `url` to the file `partial`, of which the beginning may be there.
///
/// `received` is told how many bytes there are, and of how many if the server says so. A file
/// above `limit` is not what is wanted. What has come stays when the connection is cut.
pub(super) fn download(
    agent: &Agent,
    url: &str,
    partial: &Path,
    limit: u64,
    received: &mut dyn FnMut(u64, Option<u64>),
) -> Result<(), Failed> {
    let mut options = OpenOptions::new();
    let file = options.read(true).write(true).create(true).truncate(false).open(partial);
    let mut to = Partial { file: file.map_err(Failed::disk(partial))?, path: partial, len: 0 };
    to.len = to.file.seek(SeekFrom::End(0)).map_err(Failed::disk(partial))?;
    let mut result = Ok(());
    for _ in 0..ATTEMPTS {
        let before = to.len;
        match attempt(agent, url, &mut to, limit, received) {
            Ok(Attempt::Whole) => return Ok(()),
            // A server that does not continue has begun anew, which may be as long as before.
            Ok(Attempt::Anew) => continue,
            Ok(Attempt::Cut(reason)) => result = Err(Failed::Source(reason)),
            Err(failed) => {
                to.leave_no_empty_file();
                return Err(failed);
            }
        }
        if to.len <= before {
            break;
        }
    }
    result.inspect_err(|_| to.leave_no_empty_file())
}

struct Partial<'a> {
    file: File,
    path: &'a Path,
    len: u64,
}

enum Attempt {
    Whole,
    /// What was there does not fit; it is gone.
    Anew,
    /// The connection ended early, and why.
    Cut(String),
}

fn attempt(
    agent: &Agent,
    url: &str,
    to: &mut Partial<'_>,
    limit: u64,
    received: &mut dyn FnMut(u64, Option<u64>),
) -> Result<Attempt, Failed> {
    // Ranges are of the bytes as they are stored.
    let mut request = agent.get(url).header(header::ACCEPT_ENCODING, "identity");
    if to.len > 0 {
        request = request.header(header::RANGE, format!("bytes={}-", to.len));
    }
    let response = match request.call() {
        Ok(response) => response,
        Err(error) => return Ok(Attempt::Cut(error.to_string())),
    };
    let (parts, body) = response.into_parts();
    match parts.status {
        StatusCode::OK => to.clear()?,
        StatusCode::PARTIAL_CONTENT if first_byte(&parts.headers) == Some(to.len) => {}
        // There is nothing behind a whole file.
        StatusCode::RANGE_NOT_SATISFIABLE if to.len > 0 && size(&parts.headers) == Some(to.len) => {
            return Ok(Attempt::Whole);
        }
        StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE if to.len > 0 => {
            to.clear()?;
            return Ok(Attempt::Anew);
        }
        status => return Err(Failed::Source(format!("the server says {status}"))),
    }
    copy(body, to, limit, received)
}

/// Where the range of an answer begins: `Content-Range: bytes 42-1233/1234`.
fn first_byte(headers: &HeaderMap) -> Option<u64> {
    let range = headers.get(header::CONTENT_RANGE)?.to_str().ok()?;
    range.strip_prefix("bytes ")?.split('-').next()?.parse().ok()
}

/// The size of what an answer has no such range of: `Content-Range: bytes */1234`.
fn size(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_RANGE)?.to_str().ok()?.strip_prefix("bytes */")?.parse().ok()
}

fn copy(
    body: Body,
    to: &mut Partial<'_>,
    limit: u64,
    received: &mut dyn FnMut(u64, Option<u64>),
) -> Result<Attempt, Failed> {
    let total = body.content_length().map(|rest| to.len.saturating_add(rest));
    let mut body = body.into_reader();
    let mut buffer = vec![0; 64 << 10];
    received(to.len, total);
    loop {
        match body.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => to.append(&buffer[..count])?,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Ok(Attempt::Cut(format!("after {} bytes: {error}", to.len))),
        }
        if to.len > limit {
            to.clear()?;
            return Err(Failed::Source(format!("got more than {limit} bytes, want fewer")));
        }
        received(to.len, total);
    }
    match total {
        Some(total) if to.len < total => {
            Ok(Attempt::Cut(format!("the connection ended after {} of {total} bytes", to.len)))
        }
        _ => Ok(Attempt::Whole),
    }
}

impl Partial<'_> {
    fn append(&mut self, bytes: &[u8]) -> Result<(), Failed> {
        self.file.write_all(bytes).map_err(Failed::disk(self.path))?;
        self.len += bytes.len() as u64;
        Ok(())
    }

    fn leave_no_empty_file(&self) {
        if self.len == 0 {
            let _ = std::fs::remove_file(self.path);
        }
    }

    fn clear(&mut self) -> Result<(), Failed> {
        let cleared = self.file.set_len(0).and_then(|()| self.file.rewind());
        self.len = 0;
        cleared.map_err(Failed::disk(self.path))
    }
}
