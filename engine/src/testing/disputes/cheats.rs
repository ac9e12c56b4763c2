//! What an operator who holds the log key publishes in place of an honest settlement.

use super::*;

impl Dispute {
    /// The bundle of other entries, with the honest statement and proof.
    fn rewritten(&self, change: impl FnOnce(&mut Vec<Entry>)) -> Bundle {
        let honest = self.forger_base();
        let mut entries = honest.entries.clone();
        change(&mut entries);
        let (proof, key) = (honest.settlement.proof.clone(), honest.verifying_key.clone());
        let bundle = honest.publish(entries, honest.statement.clone(), Vec::new(), proof, key);
        bundle.unwrap_or_else(|error| panic!("{error}"))
    }

    /// The honest ledger with the time of one entry changed.
    pub(super) fn edited(&self, index: u64) -> Bundle {
        self.rewritten(|entries| shift(&mut entries[index as usize]))
    }

    /// The close states one row fewer.
    fn miscounted(&self) -> Bundle {
        let honest = self.forger_base();
        let close = honest.close as usize;
        self.rewritten(|entries| {
            let Ok(Payload::Close(payload)) = Payload::of_entry(&entries[close]) else {
                panic!("entry {close} is the close");
            };
            let payload = Close { rows: Count(payload.rows.0 - 1), ..payload };
            let entry = entry_of(sign(&payload, &["operator"]), entries[close].time_ms());
            entries[close] = entry.unwrap_or_else(|error| panic!("{error}"));
        })
    }

    /// The honest statement says another fee, and the settlement names it.
    fn restated(&self) -> Bundle {
        let honest = self.forger_base();
        let mut statement = honest.statement.clone();
        statement.terms["fee_bps"] = json!("0");
        honest.restated(statement, Vec::new()).unwrap_or_else(|error| panic!("{error}"))
    }

    /// What an operator who holds the log key publishes instead, and the member's receipt from before.
    ///
    /// # Panics
    /// It cannot be forged: a mistake in a test.
    #[must_use]
    pub fn cheats(&self) -> Vec<Pair> {
        let own = auction_key(5);
        let forger = Forger {
            honest: self.forger_base(),
            openings: self.auction.openings.clone(),
            prover: self.auction.prover.as_ref(),
            own_prover: own.as_ref(),
            victim: self.index(),
        };
        let forged = forger.forge_all(&mut StdRng::seed_from_u64(6));
        let forged = forged.unwrap_or_else(|error| panic!("{error}"));
        let (receipt, end) = (self.first_receipt(), self.auction.operator.log().size());
        let pair = |name, bundle, code| Pair {
            name,
            receipt: receipt.clone(),
            bundle,
            bid: Some(self.bid()),
            outcome: Outcome::Holds,
            code,
        };
        let mut pairs: Vec<Pair> = forged
            .into_iter()
            // A bundle that was cut is no bundle that anybody signed.
            .filter(|forgery| forgery.name != "bid-cut-from-bundle")
            .map(|forgery| pair(forgery.name, forgery.bundle, forgery.code.word()))
            .collect();
        let other = self.index() - 1;
        pairs.push(pair("close-miscounts", self.miscounted().to_bytes(), "bid_set_mismatch"));
        pairs.push(pair("terms-restated", self.restated().to_bytes(), "statement_mismatch"));
        pairs.push(pair("earlier-entry-edited", self.edited(other).to_bytes(), "log_forked"));
        pairs.push(Pair {
            receipt: self.receipt(self.index(), end),
            ..pair("two-roots-of-one-size", self.edited(other).to_bytes(), "log_forked")
        });
        pairs.push(Pair {
            receipt: self.receipt(self.index(), end),
            ..pair("entry-edited-under-one-size", self.edited(self.index()).to_bytes(), "log_forked")
        });
        pairs
    }
}

/// The same entry at another time, which its signer's signature does not cover.
fn shift(entry: &mut Entry) {
    *entry = Entry::from_envelope(entry.kind(), entry.time_ms() + 1, entry.envelope().clone());
}
