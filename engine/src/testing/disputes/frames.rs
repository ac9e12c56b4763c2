//! What a member brings against an honest operator.

use super::*;

impl Dispute {
    /// What a member could bring against an honest operator.
    ///
    /// # Panics
    /// A mistake in a test.
    #[must_use]
    pub fn frames(&self) -> Vec<Pair> {
        let honest = self.honest.to_bytes();
        let pair = |name, receipt, bundle, code| Pair {
            name,
            receipt,
            bundle,
            bid: Some(self.bid()),
            outcome: Outcome::Inconclusive,
            code,
        };
        let receipt = self.first_receipt();
        let damaged = |change: &dyn Fn(&mut Value)| {
            let mut file = quittance_circuits::json::to_value(&self.honest);
            change(&mut file);
            quittance_circuits::json::canonical(&file)
        };
        let with =
            |name, change: &dyn Fn(&mut Value), code| pair(name, receipt.clone(), damaged(change), code);
        let key_of_another = hex::encode(auction_key(5).verifying_key().to_bytes());
        let other_log = LogKey::new(self.log_key.origin().clone(), signing_key("another log"));
        let log = self.auction.operator.log();
        let foreign = receipt_of(log, &other_log, self.index(), self.index() + 1);
        let text = String::from_utf8_lossy(&receipt).into_owned();
        let note = |size| -> Value {
            let note = self.log_key.sign(log.head_at(size).unwrap_or_else(|error| panic!("{error}")));
            String::from_utf8_lossy(&note.to_bytes()).into_owned().into()
        };
        let round = self.honest.range.first.0;
        let close = self.forger_base().close;
        let refuted = Outcome::Refuted;
        let mut pairs = vec![
            Pair { outcome: refuted, ..pair("honest", receipt.clone(), honest.clone(), "evidence_refuted") },
            Pair {
                outcome: refuted,
                receipt: self.receipt(self.index(), log.size()),
                ..pair("honest-later-receipt", receipt.clone(), honest.clone(), "evidence_refuted")
            },
            with("statement-changed", &|file| file["statement"]["rows"] = json!("3"), "statement_mismatch"),
            with("key-missing", &|file| file["verifying_key"] = Value::Null, "key_unknown"),
            with("key-of-another", &|file| file["verifying_key"] = json!(key_of_another), "key_mismatch"),
            with("key-damaged", &|file| flip(&mut file["verifying_key"], 200), "key_"),
            with("bid-cut", &|file| drop(list(&mut file["range"]["entries"]).remove(2)), "range_invalid"),
            with(
                "settlement-changed",
                &|file| flip(list(&mut file["range"]["entries"]).last_mut().unwrap_or(&mut json!("")), 900),
                "range_invalid",
            ),
            with("member-left-out", &|file| drop(list(&mut file["entries"]).pop()), "range_invalid"),
            with(
                "closing-note-of-another",
                &|file| file["close_checkpoint"]["note"] = note(close + 1 + 1),
                "range_invalid",
            ),
            with(
                "closing-proof-missing",
                &|file| file["close_checkpoint"]["proof"] = json!([]),
                "log_forked",
            ),
            with(
                "checkpoint-changed",
                &|file| {
                    let text = file["checkpoint"].as_str().unwrap_or_default().replacen('\n', "\n9", 1);
                    file["checkpoint"] = text.into();
                },
                "checkpoint_",
            ),
            pair("receipt-of-another-log", foreign, honest.clone(), "checkpoint_signature_invalid"),
            pair(
                "receipt-of-another-index",
                text.replacen(&format!("index {}", self.index()), &format!("index {}", self.index() + 1), 1)
                    .into_bytes(),
                honest.clone(),
                "inclusion_invalid",
            ),
            Pair {
                bid: None,
                ..pair(
                    "receipt-for-the-round",
                    self.receipt(round, round + 1),
                    honest.clone(),
                    "kind_unknown",
                )
            },
            Pair {
                bid: Some(self.auction.bids[MEMBER + 1].to_json().into_bytes()),
                ..pair("bid-of-another", receipt.clone(), honest.clone(), "inclusion_invalid")
            },
        ];
        pairs.extend(self.elsewhere());
        pairs
    }

    /// Bids that do not stand within the round: one of a round after it, and one that came late.
    fn elsewhere(&self) -> Vec<Pair> {
        let honest = self.forger_base();
        let mut entries = honest.entries.clone();
        entries.push(self.settlement());
        let pair = |name, envelope: Envelope, code| {
            let mut entries = entries.clone();
            let bid = envelope.to_json().into_bytes();
            let entry = entry_of(envelope, u64::MAX).unwrap_or_else(|error| panic!("{error}"));
            entries.push(entry);
            let log = log_of(entries).unwrap_or_else(|error| panic!("{error}"));
            let receipt = receipt_of(&log, &self.log_key, log.size() - 1, log.size());
            let bundle = self.honest.to_bytes();
            Pair { name, receipt, bundle, bid: Some(bid), outcome: Outcome::Inconclusive, code }
        };
        let Ok(Payload::Bid(own)) = Payload::of_envelope(&self.auction.bids[MEMBER]) else {
            panic!("the member's file is a bid");
        };
        let late = Bid { nonce: Nonce([7; 32]), ..own.clone() };
        let strange = Bid { round: RoundId([7; 32]), ..own };
        vec![
            pair("late", sign(&late, &["bidder 1"]), "inclusion_invalid"),
            pair("another-round", sign(&strange, &["bidder 1"]), "round_unknown"),
        ]
    }

    /// The honest settlement's entry.
    fn settlement(&self) -> Entry {
        let last = self.honest.range.entries.last().map(|entry| Entry::decode(&entry.0));
        last.and_then(Result::ok).unwrap_or_else(|| panic!("a bundle ends with its settlement"))
    }
}

fn list(value: &mut Value) -> &mut Vec<Value> {
    value.as_array_mut().unwrap_or_else(|| panic!("a list"))
}

/// Changes one digit of a hexadecimal text.
fn flip(value: &mut Value, place: usize) {
    let mut text = value.as_str().unwrap_or_default().to_owned();
    let digit = if text.as_bytes().get(place) == Some(&b'0') { "1" } else { "0" };
    text.replace_range(place..=place, digit);
    *value = text.into();
}
