//! A settled split of a market whose policy asks for two of three witnesses: who cosigned what, and when.

use super::settled::replayed;
use super::{TestMarket, fixed, rules, signing_key};
use crate::entry::RoundId;
use crate::operator::{Operator, OperatorError};
use ark_std::rand::SeedableRng;
use ark_std::rand::rngs::StdRng;
use quittance_ledger::checkpoint::SignatureLine;
use quittance_ledger::{CosigningKey, MemoryAnchor, MemoryStore, SignedCheckpoint, WitnessPolicy};

/// `close_at` of the test market's rounds, 2030-01-01T12:00:00Z, in POSIX seconds.
pub const CLOSE_AT: u64 = 1_893_499_200;
/// `abort_at` of the test market's rounds, a day later.
pub const ABORT_AT: u64 = CLOSE_AT + 86_400;
/// All is cosigned in time.
pub const IN_TIME: Times = Times { before: CLOSE_AT, close: CLOSE_AT + 60, settlement: ABORT_AT };

/// An operator of the tests.
pub type TestOperator = Operator<MemoryStore, MemoryAnchor>;

/// When two of the three witnesses cosigned.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// The tree before the close.
    pub before: u64,
    /// The tree with the close.
    pub close: u64,
    /// The tree with the settlement.
    pub settlement: u64,
}

/// The witness of a number.
pub fn witness(number: u8) -> CosigningKey {
    CosigningKey::new(fixed(&format!("witness.example/w{number}")), signing_key(&format!("witness {number}")))
}

/// Two of the three witnesses 1, 2, 3.
pub fn policy() -> WitnessPolicy {
    let line = |number: u8| format!("witness w{number} {}\n", witness(number).witness_key());
    fixed(&format!("{}{}{}group two 2 w1 w2 w3\nquorum two\n", line(1), line(2), line(3)))
}

/// The cosignatures of these witnesses at these times.
pub fn lines(note: &SignedCheckpoint, by: &[(u8, u64)]) -> Vec<SignatureLine> {
    by.iter().map(|(number, time)| witness(*number).cosign(note.checkpoint(), *time)).collect()
}

/// The note with cosignatures of these witnesses at these times.
///
/// # Panics
/// A witness is none of the policy: a mistake in a test.
pub fn cosigned(note: &SignedCheckpoint, by: &[(u8, u64)]) -> SignedCheckpoint {
    let cosigned = note.clone().with_cosignatures(&policy(), lines(note, by));
    cosigned.unwrap_or_else(|error| panic!("{error}"))
}

/// Shows the ledger as it stands to these witnesses.
///
/// # Panics
/// The ledger fails: a mistake in a test.
pub fn show(operator: &TestOperator, by: &[(u8, u64)]) -> SignedCheckpoint {
    let shown =
        operator.checkpoint().and_then(|note| operator.add_cosignatures(note.head().size, lines(&note, by)));
    shown.unwrap_or_else(|error| panic!("{error}"))
}

/// A market with the policy and an open split of three rows.
///
/// # Panics
/// The market refuses something: a mistake in a test.
pub fn open_split() -> (TestOperator, RoundId) {
    let mut test = TestMarket::with_members(rules());
    let mut split = test.split_of(None, 1_000);
    split.evaluator = Some(test.id("judge"));
    test.put(split, &["operator"]);
    let round = test.last_round();
    for (name, weight) in [("acme", 5), ("birch", 3), ("cedar", 2)] {
        let weight = test.weight(round, name, weight);
        test.append(weight).unwrap_or_else(|error| panic!("{error}"));
    }
    let mut operator = replayed(&test);
    operator.require(policy());
    (operator, round)
}

/// Keeps the note that lets the operator close the round.
///
/// # Errors
/// It was cosigned too early.
pub fn see_open(operator: &TestOperator, round: RoundId, time: u64) -> Result<(), OperatorError> {
    let note = operator.checkpoint()?;
    operator.keep_before_close(round, lines(&note, &[(1, time), (2, time)]))
}

/// Evaluates and settles a closed split.
///
/// # Errors
/// As the operator's.
pub fn settle(operator: &mut TestOperator, round: RoundId) -> Result<(), OperatorError> {
    operator.settle(round, None, None, &mut StdRng::seed_from_u64(4), 1_000_000).map(drop)
}

/// A split that was settled and cosigned at these times.
///
/// # Panics
/// The market refuses something: a mistake in a test.
pub fn settled_split(times: Times) -> (TestOperator, RoundId) {
    let (mut operator, round) = open_split();
    let done = see_open(&operator, round, times.before).and_then(|()| {
        operator.close(round, 1_000_000)?;
        show(&operator, &[(1, times.close), (3, times.close)]);
        settle(&mut operator, round)?;
        show(&operator, &[(2, times.settlement), (3, times.settlement)]);
        Ok(())
    });
    done.unwrap_or_else(|error| panic!("{error}"));
    (operator, round)
}
