//! A writer in a process of its own.

use crate::Outcome;
use crate::writer::How;
use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Entries in a batch, at most: small ones, for many commits.
pub const BATCH: u64 = 20;

/// The writer, and what it says.
pub struct Process {
    child: Child,
    said: Receiver<Vec<u8>>,
    reader: JoinHandle<()>,
    heard: Vec<u8>,
}

impl Process {
    /// Starts a writer of batches of at most so many entries, under another program if there is one.
    pub fn start(under: &[&str], how: How, most: u64, folder: &Path) -> Outcome<Self> {
        let own = std::env::current_exe()?;
        let mut command = match under {
            [] => Command::new(own),
            [program, words @ ..] => {
                let mut command = Command::new(program);
                command.args(words).arg(own);
                command
            }
        };
        command.args([how.word(), &most.to_string()]).arg(folder).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let mut stdout = child.stdout.take().ok_or("no pipe")?;
        let (say, said) = channel();
        let reader = thread::spawn(move || {
            let mut buffer = [0; 1 << 16];
            while let Ok(length @ 1..) = stdout.read(&mut buffer) {
                if say.send(buffer[..length].to_vec()).is_err() {
                    break;
                }
            }
        });
        Ok(Self { child, said, reader, heard: Vec::new() })
    }

    /// Listens for so long, or until the writer has ended.
    pub fn listen(&mut self, time: Duration) {
        let until = std::time::Instant::now() + time;
        loop {
            match self.said.recv_timeout(until.saturating_duration_since(std::time::Instant::now())) {
                Ok(said) => self.heard.extend(said),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Listens until it has said something, or has ended.
    pub fn listen_for(&mut self, word: &str) {
        while !self.heard().contains(word) {
            match self.said.recv() {
                Ok(said) => self.heard.extend(said),
                Err(_) => return,
            }
        }
    }

    /// What it has said so far.
    pub fn heard(&self) -> String {
        String::from_utf8_lossy(&self.heard).into_owned()
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills it, and returns all that it had said.
    pub fn kill(mut self) -> Outcome<String> {
        self.child.kill()?;
        self.wait().map(|(said, _)| said)
    }

    /// Waits until it has ended.
    pub fn wait(mut self) -> Outcome<(String, ExitStatus)> {
        for said in &self.said {
            self.heard.extend(said);
        }
        let status = self.child.wait()?;
        let heard = self.heard();
        self.reader.join().map_err(|_| "the reader panicked")?;
        Ok((heard, status))
    }
}

/// Milliseconds that look random: between 0 and `most`.
pub fn some_time(seed: u64, most: u64) -> Duration {
    let hash = blake3::hash(&seed.to_be_bytes());
    let number = hash.as_bytes().iter().take(6).fold(0, |number, byte| number << 8 | u64::from(*byte));
    Duration::from_micros(number % (most * 1000))
}

/// A seed that is another each time: how long to wait before a kill.
pub fn seed() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    now.as_secs()
}
