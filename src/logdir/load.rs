//! Reading what is new in the files of a run.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Mutex;

use super::run::{EventFileInfo, Run};
use super::table::Points;
use super::take::Taker;
use super::{Kind, Problem, ReadError, Restarts, Series, values};
use crate::event::{EventDecoder, EventError};
use crate::record::{MAX_RECORD_LEN, RecordError, RecordReader};

/// What is to be read.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) kinds: BTreeSet<Kind>,
    pub(super) tags: Option<BTreeSet<String>>,
    pub(super) restarts: Restarts,
    pub(super) max_record_len: u64,
}

impl Default for Wanted {
    fn default() -> Self {
        let (kinds, restarts) = (BTreeSet::new(), Restarts::default());
        Wanted { kinds, tags: None, restarts, max_record_len: MAX_RECORD_LEN }
    }
}

impl Wanted {
    /// Returns what the points of a new tag go into.
    pub(super) fn points(&self, tag: &str, kind: Kind) -> Points {
        let asked_for = self.tags.as_ref().is_none_or(|tags| tags.contains(tag));
        match kind {
            _ if !asked_for || !self.kinds.contains(&kind) => Points::Skipped,
            Kind::Scalars => Points::Scalars(Series::new()),
            _ => Points::Other(values::series(kind)),
        }
    }
}

/// Problems of a file that are told one by one.
const TOLD: usize = 20;

/// By how many of its first bytes a file is known again: the time of the first event is in them.
const HEAD: usize = 64;

/// A file that is not the one read before.
struct Replaced;

/// Reads what is new in several runs, some at a time; returns the problems in the order of the runs.
pub(super) fn read_runs(runs: Vec<&mut Run>, wanted: &Wanted, threads: usize) -> Vec<Problem> {
    let mut jobs: Vec<_> = runs.into_iter().map(|run| (run, Vec::new())).collect();
    let threads = threads.min(jobs.len());
    if threads <= 1 {
        jobs.iter_mut().for_each(|(run, problems)| read_run(run, wanted, problems));
    } else {
        let mut queue: Vec<_> = jobs.iter_mut().collect();
        // The largest are taken first, so that none is left for one thread at the end.
        queue.sort_by_key(|(run, _)| run.unread());
        let queue = Mutex::new(queue);
        let work = || {
            while let Some((run, problems)) = { queue.lock().expect("no thread panics").pop() } {
                read_run(run, wanted, problems);
            }
        };
        std::thread::scope(|scope| {
            (1..threads).for_each(|_| drop(scope.spawn(work)));
            work();
        });
    }
    jobs.into_iter().flat_map(|(_, problems)| problems).collect()
}

/// Reads what is new in a run's files, one after another.
fn read_run(run: &mut Run, wanted: &Wanted, problems: &mut Vec<Problem>) {
    if !read_files(run, wanted, problems) {
        run.reset();
        // What is replaced again this very moment is for the next poll.
        read_files(run, wanted, problems);
    }
}

/// Returns false at a file that is not the one read before.
fn read_files(run: &mut Run, wanted: &Wanted, problems: &mut Vec<Problem>) -> bool {
    let mut taker = Taker { table: &mut run.table, state: &mut run.state, wanted };
    for file in run.files.values_mut().filter(|file| file.changed) {
        match read_file(file, &mut taker, problems) {
            Ok(Ok(())) => file.complaint = None,
            Ok(Err(Replaced)) => {
                let error = ReadError::Replaced { read: file.offset, size: file.stamp.size };
                problems.push(Problem { path: file.path.clone(), error });
                return false;
            }
            Err(error) => {
                let complaint = error.to_string();
                if file.complaint.as_ref() != Some(&complaint) {
                    let error = ReadError::Io(error);
                    problems.push(Problem { path: file.path.clone(), error });
                }
                file.complaint = Some(complaint);
            }
        }
        file.changed = false;
    }
    true
}

fn read_file(
    file: &mut EventFileInfo,
    taker: &mut Taker<'_>,
    problems: &mut Vec<Problem>,
) -> io::Result<Result<(), Replaced>> {
    let mut source = File::open(&file.path)?;
    let size = source.metadata()?.len();
    file.stamp.size = size;
    let mut head = Vec::new();
    Read::by_ref(&mut source).take(HEAD as u64).read_to_end(&mut head)?;
    if size < file.offset || !head.starts_with(&file.head) {
        return Ok(Err(Replaced));
    }
    file.head = head;
    if file.ended {
        return Ok(Ok(()));
    }
    source.seek(SeekFrom::Start(file.offset))?;
    let mut records = RecordReader::between(source, file.offset, size, taker.wanted.max_record_len);
    let mut decoder = EventDecoder::default();
    let mut told = 0;
    let mut tell = |error| {
        told += 1;
        if told <= TOLD {
            problems.push(Problem { path: file.path.clone(), error });
        }
    };
    let result = loop {
        let offset = records.offset();
        match records.next_record() {
            Ok(None) => break Ok(()),
            Ok(Some(payload)) => {
                if let Err(error) = taker.event(&mut decoder, payload, offset) {
                    tell(error);
                }
            }
            Err(RecordError::Io { source, .. }) => break Err(source),
            Err(error) => {
                file.ended = !error.is_recoverable();
                tell(ReadError::Event(EventError::Record(error)));
                if file.ended {
                    break Ok(());
                }
            }
        }
    };
    file.offset = records.offset();
    if told > TOLD {
        let error = ReadError::More { count: (told - TOLD) as u64 };
        problems.push(Problem { path: file.path.clone(), error });
    }
    result.map(Ok)
}
