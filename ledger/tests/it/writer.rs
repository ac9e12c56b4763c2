//! Group commit: everybody is answered, once it is true; and poison.

use crate::support::{entry, log_key, log_of, reads_of_inner};
use quittance_ledger::store::Batch;
use quittance_ledger::{
    Anchor, BlobId, Log, MemoryAnchor, MemoryStore, Novelty, RecordId, Store, StoreError, TreeHash, TreeHead,
    Writer, WriterError,
};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

#[test]
fn many_threads_submit_and_all_are_answered() {
    let writer = Writer::start(log_of(0));
    let (threads, each) = (8_u64, 400_u64);
    // Every entry is submitted by two threads.
    let answers: Vec<_> = thread::scope(|scope| {
        let submit = |thread: u64| {
            let writer = &writer;
            move || {
                let numbers = (0..each).map(|i| (thread / 2) * each + i);
                let tickets: Vec<_> = numbers.map(|n| (n, writer.submit(entry(n)))).collect();
                let wait =
                    |(n, ticket): (u64, quittance_ledger::Ticket)| (n, ticket.wait().expect("answered"));
                tickets.into_iter().map(wait).collect::<Vec<_>>()
            }
        };
        let handles: Vec<_> = (0..threads).map(|t| scope.spawn(submit(t))).collect();
        handles.into_iter().flat_map(|handle| handle.join().expect("no panic")).collect()
    });
    let log = writer.finish().expect("ended well");
    let total = threads * each / 2;
    assert_eq!(log.size(), total);
    assert_eq!(log.audit().expect("sound"), log.head());
    let mut by_number: BTreeMap<u64, Vec<_>> = BTreeMap::new();
    for (number, answer) in answers {
        assert_eq!(answer.record_id, entry(number).record_id());
        assert_eq!(log.entry(answer.index).expect("there").record_id(), answer.record_id);
        by_number.entry(number).or_default().push(answer);
    }
    assert_eq!(by_number.len() as u64, total);
    for answers in by_number.values() {
        let new = answers.iter().filter(|answer| answer.novelty == Novelty::New).count();
        assert_eq!((answers.len(), new), (2, 1));
        assert_eq!(answers[0].index, answers[1].index);
    }
}

#[test]
fn calls_come_after_what_was_submitted_before() {
    let writer = Writer::start(log_of(0));
    let tickets: Vec<_> = (0..10).map(|n| writer.submit(entry(n))).collect();
    let anchor = Arc::new(MemoryAnchor::new());
    let held = Arc::clone(&anchor);
    let note = writer.call(move |log| log.publish_checkpoint(&log_key(), &*held));
    let note = note.expect("called").expect("published");
    assert_eq!(note.head().size, 10);
    assert_eq!(anchor.load().expect("read"), Some(note.to_bytes()));
    for (index, ticket) in (0..).zip(tickets) {
        assert_eq!(ticket.wait().expect("answered").index, index);
    }
}

#[test]
fn dropping_the_writer_writes_what_is_queued() {
    let store = Arc::new(MemoryStore::new());
    let writer = Writer::start(Log::open(Arc::clone(&store)).expect("opens"));
    let tickets: Vec<_> = (0..50).map(|n| writer.submit(entry(n))).collect();
    drop(writer);
    assert_eq!(store.head().expect("read").size, 50);
    assert!(tickets.into_iter().all(|ticket| ticket.wait().is_ok()));
}

#[test]
fn a_panic_in_a_call_ends_the_writer_and_promises_nothing() {
    let writer = Writer::start(log_of(0));
    writer.submit(entry(0)).wait().expect("answered");
    // `resume_unwind` panics without a message on the terminal.
    let result = writer.call(|_| -> u64 { std::panic::resume_unwind(Box::new(())) });
    assert!(matches!(result, Err(WriterError::Ended)));
    assert!(matches!(writer.submit(entry(1)).wait(), Err(WriterError::Ended)));
    assert!(matches!(writer.call(|log| log.size()), Err(WriterError::Ended)));
    assert!(writer.finish().is_err());
}

/// Where the failing append of [`Faulty`] fails.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    BeforeWriting,
    AfterWriting,
}

/// A store one of whose appends fails, before or after it took effect.
struct Faulty {
    inner: Arc<MemoryStore>,
    fault: Fault,
    /// Appends that still succeed.
    left: AtomicU64,
}

#[test]
fn after_a_failed_write_nobody_is_promised_anything() {
    for fault in [Fault::BeforeWriting, Fault::AfterWriting] {
        let inner = Arc::new(MemoryStore::new());
        let faulty = Faulty { inner: Arc::clone(&inner), fault, left: AtomicU64::new(1) };
        let writer = Writer::start(Log::open(faulty).expect("opens"));
        let first = writer.submit(entry(0)).wait().expect("the first write succeeds");
        assert_eq!(first.index, 0);
        let failed = writer.submit(entry(1)).wait().expect_err("the second fails");
        assert!(matches!(failed, WriterError::Failed(_)), "{failed}");
        assert_eq!(failed.code(), "store_failed");
        for number in [0, 1, 2] {
            // Not even what is known to stand is answered: the writer is done.
            let refused = writer.submit(entry(number)).wait().expect_err("poisoned");
            assert!(matches!(refused, WriterError::Poisoned(_)), "{refused}");
            assert_eq!(refused.code(), "store_poisoned");
        }
        let refused = writer.call(|log| log.size()).expect_err("poisoned");
        assert!(matches!(refused, WriterError::Poisoned(_)));
        drop(writer);
        // Opened anew, a resubmission finds out.
        let mut log = Log::open(inner).expect("opens");
        let answers = log.append(vec![entry(1), entry(0)]).expect("appended");
        let indexes: Vec<_> = answers.iter().map(|answer| answer.index).collect();
        assert_eq!(indexes, [1, 0]);
        let stood = answers[0].novelty == Novelty::Resubmitted;
        assert_eq!(stood, fault == Fault::AfterWriting);
        log.audit().expect("sound");
    }
}

#[test]
fn a_failed_append_leaves_the_log_in_memory_as_it_was() {
    let inner = Arc::new(MemoryStore::new());
    let fault = Fault::BeforeWriting;
    let faulty = Faulty { inner, fault, left: AtomicU64::new(1) };
    let mut log = Log::open(faulty).expect("opens");
    log.append(vec![entry(0)]).expect("appended");
    let head = log.head();
    assert!(log.append(vec![entry(1)]).is_err());
    assert_eq!(log.head(), head);
    assert_eq!(log.audit().expect("sound"), head);
}

impl Store for Faulty {
    reads_of_inner!();

    fn append(&self, batch: &Batch) -> Result<(), StoreError> {
        if self.left.fetch_sub(1, Ordering::SeqCst) > 0 {
            return self.inner.append(batch);
        }
        // Fails once; that nothing follows is for the writer to see to.
        self.left.store(u64::MAX, Ordering::SeqCst);
        if self.fault == Fault::AfterWriting {
            self.inner.append(batch)?;
        }
        let source = "input/output error".into();
        Err(StoreError::Failed { what: "writing".into(), source })
    }
    fn entry(&self, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.entry(index)
    }
    fn scan(
        &self,
        from: u64,
        visit: &mut dyn FnMut(u64, &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.inner.scan(from, visit)
    }
    fn put_checkpoint(&self, size: u64, note: &[u8]) -> Result<(), StoreError> {
        self.inner.put_checkpoint(size, note)
    }
    fn put_blob(&self, id: &BlobId, bytes: &[u8]) -> Result<(), StoreError> {
        self.inner.put_blob(id, bytes)
    }
    fn erase_blob(&self, id: &BlobId) -> Result<(), StoreError> {
        self.inner.erase_blob(id)
    }
    fn put_meta(&self, name: &str, value: &[u8]) -> Result<(), StoreError> {
        self.inner.put_meta(name, value)
    }
}
