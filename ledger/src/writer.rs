//! Group commit: many threads submit, one thread writes.
//!
//! A synced write costs the same for one entry as for a thousand. So submissions queue up while a
//! write is under way, and the next write takes all that wait, up to [`MAX_BATCH`]. There is no
//! timer: a lone submission is written at once, and under load the batches grow by themselves. Waiting
//! some milliseconds for company would delay the lone submission and gain the busy log nothing.
//!
//! A submitter is answered after its entry is durable. After a failed write nobody is
//! answered with success again: whether the entries of that write are on disk is unknown until the log
//! is opened anew, and then a resubmission gets the index, whichever it was.

use crate::entry::Entry;
use crate::error::LogError;
use crate::failpoint::reach;
use crate::log::{Appended, Log};
use crate::store::Store;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

/// Most entries in one write.
pub const MAX_BATCH: usize = 1000;
/// Most submissions that wait; the next submitter waits for room.
const QUEUE: usize = 4 * MAX_BATCH;

/// Why a submission got no index.
#[derive(Debug, Clone, thiserror::Error)]
pub enum WriterError {
    /// The write failed; whether the entry is on the log is unknown.
    #[error("the write failed, and whether the entry is on the log is unknown: {0}")]
    Failed(Arc<LogError>),
    /// An earlier write failed, so this entry was not written.
    #[error("not written, because an earlier write failed: {0}")]
    Poisoned(Arc<LogError>),
    /// The writer has ended; whether the entry is on the log is unknown.
    #[error("the writer has ended")]
    Ended,
}

impl WriterError {
    /// The stable code word.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Failed(error) => error.code(),
            Self::Poisoned(_) | Self::Ended => "store_poisoned",
        }
    }
}

/// The answer to a submission.
type Answer = Result<Appended, WriterError>;

/// What the writing thread is asked to do.
enum Job<S> {
    /// Append an entry.
    Append(Entry, SyncSender<Answer>),
    /// Run something on the log, between two writes.
    Call(Call<S>),
}

/// A function on the log; an error tells it that it must not run.
type Call<S> = Box<dyn FnOnce(Result<&mut Log<S>, WriterError>) + Send>;

/// A log with a thread that appends to it. Dropping it writes what is queued and ends the thread.
#[derive(Debug)]
pub struct Writer<S> {
    /// Taken when the writer ends.
    queue: Option<SyncSender<Job<S>>>,
    thread: Option<JoinHandle<Log<S>>>,
}

/// A submission under way.
#[derive(Debug)]
#[must_use = "nothing is promised before the ticket is waited for"]
pub struct Ticket(Receiver<Answer>);

impl Ticket {
    /// Waits until the entry is durable.
    pub fn wait(self) -> Result<Appended, WriterError> {
        self.0.recv().unwrap_or(Err(WriterError::Ended))
    }
}

impl<S: Store + 'static> Writer<S> {
    /// Starts the writing thread of a log.
    pub fn start(log: Log<S>) -> Self {
        let (queue, jobs) = sync_channel(QUEUE);
        let thread = std::thread::spawn(move || write_all(log, &jobs));
        Self { queue: Some(queue), thread: Some(thread) }
    }

    /// Queues an entry; waits only if the queue is full.
    pub fn submit(&self, entry: Entry) -> Ticket {
        let (answer, ticket) = sync_channel(1);
        // If the thread has ended, the job is dropped with its `answer`, and the ticket says so.
        let _ = self.send(Job::Append(entry, answer));
        Ticket(ticket)
    }

    /// Runs a function on the log after all that was submitted before, and waits for its result. So
    /// checkpoints are published.
    pub fn call<R: Send + 'static>(
        &self,
        function: impl FnOnce(&mut Log<S>) -> R + Send + 'static,
    ) -> Result<R, WriterError> {
        let (answer, result) = sync_channel(1);
        let call: Call<S> = Box::new(move |log| {
            // The caller is waiting; if it is not, nobody needs the result.
            let _ = answer.send(log.map(function));
        });
        self.send(Job::Call(call))?;
        result.recv().unwrap_or(Err(WriterError::Ended))
    }

    /// Writes what is queued, ends the thread, and gives the log back.
    pub fn finish(mut self) -> Result<Log<S>, WriterError> {
        self.queue = None;
        let thread = self.thread.take().ok_or(WriterError::Ended)?;
        thread.join().map_err(|_| WriterError::Ended)
    }

    /// Puts a job into the queue.
    fn send(&self, job: Job<S>) -> Result<(), WriterError> {
        let queue = self.queue.as_ref().ok_or(WriterError::Ended)?;
        queue.send(job).map_err(|_| WriterError::Ended)
    }
}

impl<S> Drop for Writer<S> {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been answered with `Ended` to everybody who waited.
            let _ = thread.join();
        }
    }
}

/// The writing thread: takes jobs until all senders are gone.
fn write_all<S: Store>(mut log: Log<S>, jobs: &Receiver<Job<S>>) -> Log<S> {
    let mut poison = None;
    while let Ok(job) = jobs.recv() {
        let mut next = Some(job);
        let mut batch = Vec::new();
        while let Some(Job::Append(entry, answer)) = next.take_if(|job| matches!(job, Job::Append(..))) {
            batch.push((entry, answer));
            if batch.len() < MAX_BATCH {
                next = jobs.try_recv().ok();
            }
        }
        if !batch.is_empty() {
            write_batch(&mut log, batch, &mut poison);
        }
        if let Some(Job::Call(call)) = next {
            match &poison {
                Some(error) => call(Err(WriterError::Poisoned(Arc::clone(error)))),
                None => call(Ok(&mut log)),
            }
        }
    }
    log
}

/// Writes one batch and answers everybody in it.
fn write_batch<S: Store>(
    log: &mut Log<S>,
    batch: Vec<(Entry, SyncSender<Answer>)>,
    poison: &mut Option<Arc<LogError>>,
) {
    let (entries, answers): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
    // A submitter that has gone away needs no answer: failures to send are of no account.
    if let Some(error) = poison {
        for answer in answers {
            let _ = answer.send(Err(WriterError::Poisoned(Arc::clone(error))));
        }
        return;
    }
    let appended = log.append(entries);
    match appended.and_then(|appended| Ok(reach("append: before it is acknowledged").map(|()| appended)?)) {
        Ok(appended) => {
            for (answer, appended) in answers.into_iter().zip(appended) {
                let _ = answer.send(Ok(appended));
            }
        }
        Err(error) => {
            let error = Arc::new(error);
            *poison = Some(Arc::clone(&error));
            for answer in answers {
                let _ = answer.send(Err(WriterError::Failed(Arc::clone(&error))));
            }
        }
    }
}
