//! Evidence that no honest program makes.

use super::*;

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
        cases
    }

    /// A tree of the honest size that the log has not signed.
    fn forged_head(&self) -> quittance_ledger::TreeHead {
        let note = SignedCheckpoint::parse(self.edited(self.index()).checkpoint.as_bytes());
        note.unwrap_or_else(|error| panic!("{error}")).head()
    }
}
