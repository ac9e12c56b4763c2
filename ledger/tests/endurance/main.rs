//! Ledgers that are killed while they write, and an oracle outside that knows what they had promised.
//!
//! A program of its own, without the test harness, because it runs itself as the writer:
//!
//! | arguments | what |
//! |---|---|
//! | none, as `cargo test` calls it | 5 kills, 2 power cuts, 3 failing syncs |
//! | `kills N` | N kills: `make kills` |
//! | `power-cuts N` | N power cuts, on an ext4 file system in a file; then a full one: `make power-cuts` |
//! | `sync-errors N` | N writers whose syncs fail at random: `make power-cuts` too |
//! | `write MOST FOLDER` | the writer, of batches of at most so many entries |
//! | `write-together MOST FOLDER` | the writer, with a group commit for threads that wait for so many entries each |

mod kills;
mod oracle;
mod power_cuts;
mod process;
mod sync_errors;
mod writer;

use std::error::Error;
use writer::How;

/// Anything that goes wrong here is a failed test.
type Outcome<T = ()> = Result<T, Box<dyn Error>>;

fn main() -> Outcome {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        [how @ ("write" | "write-together"), most, folder] => {
            let how = if how == How::Together.word() { How::Together } else { How::Batches };
            writer::write(how, most.parse()?, folder.as_ref())
        }
        ["kills", times] => kills::run(times.parse()?),
        ["power-cuts", times] => power_cuts::run(times.parse()?),
        ["sync-errors", times] => sync_errors::run(times.parse()?),
        // `cargo test` may hand on options for a harness.
        _ => {
            kills::run(5)?;
            power_cuts::run(2)?;
            sync_errors::run(3)
        }
    }
}
