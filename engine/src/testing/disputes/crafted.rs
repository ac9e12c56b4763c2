//! Evidence that no honest program makes.

use super::{Case, Dispute, MEMBER, Outcome};
use crate::dispute::exclusion::{Contradiction, ExclusionEvidence, Replaced, SCHEMA};
use crate::dispute::fork::ForkEvidence;
use crate::entry::HexBytes;
use crate::testing::signing_key;
use quittance_ledger::{ConsistencyProof, LogKey, Receipt, SignedCheckpoint};

impl Dispute {
    /// Files of evidence that no honest program makes: each a framing, or a proof of nothing.
    ///
    /// # Panics
    /// A mistake in a test.
    #[must_use]
    pub fn crafted(&self) -> Vec<Case> {
        let log = self.auction.operator.log();
        let (key, size) = (self.key(), log.size());
        let signed = |size| self.log_key.sign(log.head_at(size).unwrap_or_else(|error| panic!("{error}")));
        let prove = |old, new| log.prove_consistency(old, new).unwrap_or_else(|error| panic!("{error}"));
        let (small, large) = (signed(size - 3), signed(size));
        let fork = |smaller: &SignedCheckpoint, larger: &SignedCheckpoint, root, proof| {
            ForkEvidence::new(smaller, larger, root, proof, &key).to_bytes()
        };
        let other_log = LogKey::new(self.log_key.origin().clone(), signing_key("another log"));
        let stranger = other_log.sign(self.forged_head());
        let case = |name, file, outcome, code| Case { name, file, outcome, code };
        let none = Outcome::Inconclusive;
        let forked = signed(size);
        let mut cases = vec![
            case(
                "fork-of-one-history",
                fork(&small, &large, small.head().root, prove(size - 3, size)),
                Outcome::Refuted,
                "evidence_refuted",
            ),
            case(
                "fork-of-one-checkpoint",
                fork(&large, &forked, large.head().root, ConsistencyProof(Vec::new())),
                Outcome::Refuted,
                "evidence_refuted",
            ),
            case(
                "fork-without-proof",
                fork(&small, &large, self.forged_head().root, ConsistencyProof(Vec::new())),
                none,
                "log_forked",
            ),
            case(
                "fork-with-another-root",
                fork(&small, &large, self.forged_head().root, prove(size - 3, size)),
                none,
                "log_forked",
            ),
            case(
                "fork-with-notes-exchanged",
                fork(&large, &small, small.head().root, prove(size - 3, size)),
                none,
                "log_forked",
            ),
        ];
        let mut strange =
            ForkEvidence::new(&large, &large, large.head().root, ConsistencyProof(Vec::new()), &key);
        strange.smaller = String::from_utf8_lossy(&stranger.to_bytes()).into_owned();
        cases.push(case(
            "fork-with-a-strangers-note",
            strange.to_bytes(),
            none,
            "checkpoint_signature_invalid",
        ));
        let index = self.index();
        let here = self.honest.range.entries[1 + MEMBER].clone();
        let proof = log.prove_inclusion(index, size).unwrap_or_else(|error| panic!("{error}")).0;
        let replaced = |entry: HexBytes| {
            let checkpoint = self.honest.checkpoint.clone();
            ExclusionEvidence {
                schema: SCHEMA.into(),
                receipt: String::from_utf8_lossy(&self.first_receipt()).into_owned(),
                entry: here.clone(),
                contradiction: Contradiction::Replaced(Replaced { checkpoint, entry, proof: proof.clone() }),
            }
            .to_bytes()
        };
        cases.push(case("replaced-by-itself", replaced(here.clone()), Outcome::Refuted, "evidence_refuted"));
        let other = self.honest.range.entries[MEMBER].clone();
        cases.push(case("replaced-by-a-neighbour", replaced(other), none, "inclusion_invalid"));
        // Another entry, and a tree that holds it: but nobody's who speaks for the log.
        let forged = self.forked_log();
        let note = other_log.sign(forged.head());
        let there = forged.entry(index).unwrap_or_else(|error| panic!("{error}"));
        let stranger = ExclusionEvidence {
            schema: SCHEMA.into(),
            receipt: String::from_utf8_lossy(&self.first_receipt()).into_owned(),
            entry: here.clone(),
            contradiction: Contradiction::Replaced(Replaced {
                checkpoint: String::from_utf8_lossy(&note.to_bytes()).into_owned(),
                entry: HexBytes(there.encode()),
                proof: forged.prove_inclusion(index, size).unwrap_or_else(|error| panic!("{error}")).0,
            }),
        };
        let code = "checkpoint_signature_invalid";
        cases.push(case("replaced-in-a-strangers-tree", stranger.to_bytes(), none, code));
        // The leaf has its own time; the line beside it says another.
        let mut receipt = Receipt::parse(&self.first_receipt()).unwrap_or_else(|error| panic!("{error}"));
        receipt.time_ms += 1;
        let retimed = ExclusionEvidence {
            receipt: String::from_utf8_lossy(&receipt.to_bytes()).into_owned(),
            contradiction: Contradiction::Settled(Box::new(self.restated())),
            ..stranger
        };
        cases.push(case("receipt-of-another-time", retimed.to_bytes(), none, "inclusion_invalid"));
        cases
    }

    /// A tree of the honest size that the log has not signed.
    fn forged_head(&self) -> quittance_ledger::TreeHead {
        let note = SignedCheckpoint::parse(self.edited(self.index()).checkpoint.as_bytes());
        note.unwrap_or_else(|error| panic!("{error}")).head()
    }
}
