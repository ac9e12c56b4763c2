//! An auction of the test market that was really settled: with keys, a proof and a bundle.

use super::{TestMarket, log_key, rules, seal_secret, signing_key};
use crate::entry::{CircuitKeyId, Payload, Provenance, Role, RoundId};
use crate::operator::{Operator, SettledRound};
use ark_std::rand::SeedableRng;
use ark_std::rand::rngs::StdRng;
use quittance_circuits::proved::Prover;
use quittance_circuits::rules::find;
use quittance_circuits::sealed::Opening;
use quittance_ledger::{Envelope, MemoryAnchor, MemoryStore};

/// A settled auction, with everything that its operator and its members know.
pub struct SettledAuction {
    /// The operator.
    pub operator: Operator<MemoryStore, MemoryAnchor>,
    /// The settlement.
    pub settled: SettledRound,
    /// The circuit key of tier 256.
    pub prover: Box<dyn Prover>,
    /// What opens the bids, in row order.
    pub openings: Vec<Opening>,
    /// The bids' files, in row order.
    pub bids: Vec<Envelope>,
}

/// A key of tier 256 of `uniform-price/v1`; the same for the same seed.
///
/// # Panics
/// The rule has no such tier: a mistake in a test.
pub fn auction_key(seed: u64) -> Box<dyn Prover> {
    let rule = find("uniform-price/v1").and_then(|rule| rule.proved());
    let key = rule.map(|rule| rule.setup("256", &mut StdRng::seed_from_u64(seed)));
    key.and_then(Result::ok).unwrap_or_else(|| panic!("a key of the tests"))
}

/// Settles an auction of river's in which these valuations are bid, each by a member of its own; the same bytes in every
/// run.
///
/// # Panics
/// The market refuses something: a mistake in a test.
pub fn settled_auction(valuations: &[u64]) -> SettledAuction {
    settled_auction_by(Provenance::SingleParty, valuations)
}

/// The same with a circuit key that is said to come from elsewhere.
///
/// # Panics
/// The market refuses something: a mistake in a test.
pub fn settled_auction_by(provenance: Provenance, valuations: &[u64]) -> SettledAuction {
    let prover = auction_key(3);
    let mut admitted = rules();
    admitted[0].circuit_key = Some(CircuitKeyId(prover.verifying_key().id().0));
    admitted[0].provenance = Some(provenance);
    let mut test = TestMarket::with_members(admitted);
    let names: Vec<String> = (0..valuations.len()).map(|bid| format!("bidder {bid}")).collect();
    names.iter().for_each(|name| test.add(name, &[Role::Bidder]));
    test.put(test.auction_of("river"), &["operator", "river"]);
    let round = test.auction();
    let (mut bids, mut openings) = (Vec::new(), Vec::new());
    for (name, valuation) in names.iter().zip(valuations) {
        let bid = test.made_row(round, name, &[*valuation], serde_json::json!({}), name);
        test.append(bid.envelope.clone()).unwrap_or_else(|error| panic!("{error}"));
        bids.push(bid.envelope);
        openings.extend(bid.sealed.map(|row| row.opening));
    }
    let operator = replayed(&test);
    settle(operator, round, prover, openings, bids)
}

/// An operator with the test market's ledger.
///
/// # Panics
/// The market refuses something: a mistake in a test.
pub fn replayed(test: &TestMarket) -> Operator<MemoryStore, MemoryAnchor> {
    let Ok(Payload::Market(entry)) = Payload::of_entry(&test.entries[0]) else {
        panic!("entry 0 is the market's");
    };
    let (store, anchor) = (MemoryStore::new(), MemoryAnchor::new());
    let operator = Operator::create(store, anchor, log_key(), signing_key("operator"), &entry, 0);
    let mut operator = operator.unwrap_or_else(|error| panic!("{error}"));
    for entry in &test.entries[1..] {
        let appended = operator.append(entry.envelope().clone(), entry.time_ms());
        appended.unwrap_or_else(|error| panic!("{error}"));
    }
    operator
}

fn settle(
    mut operator: Operator<MemoryStore, MemoryAnchor>,
    round: RoundId,
    prover: Box<dyn Prover>,
    openings: Vec<Opening>,
    bids: Vec<Envelope>,
) -> SettledAuction {
    let time = 1_000_000;
    operator.close(round, time).unwrap_or_else(|error| panic!("{error}"));
    let (hpke, mut rng) = (seal_secret("round"), StdRng::seed_from_u64(4));
    let settled = operator.settle(round, Some(&hpke), Some(prover.as_ref()), &mut rng, time);
    let (settled, _) = settled.unwrap_or_else(|error| panic!("{error}"));
    SettledAuction { operator, settled, prover, openings, bids }
}
