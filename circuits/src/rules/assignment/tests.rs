//! What `assignment/v1` must do, and what nobody must get past it.
//!
//! `certificate` and `witnesses` compare the circuit with the certificate and both with published and made-up
//! witnesses; `edges` proves the rounds at the ends of the rule; `cheats` attacks with false witnesses; `mutation`
//! takes constraints away and shows what breaks; `malformed` hands the verifier public data that no market has.

mod certificate;
mod cheats;
mod edges;
mod malformed;
mod mutation;
mod witnesses;

use super::certificate::Market;
use super::circuit::{AssignmentCircuit, Witness};
use super::subject::{row, settle, terms};
use super::*;
use crate::field::{Fr, from_u64};
use crate::proof_system::tests::published;
use crate::proof_system::{Circuit, ProofError, ProveError, ProvingKey, setup};
use crate::proved::{RoundClaim, RoundProof, RoundSecrets, prove_round, verify_round};
use crate::rule::Refusal;
use crate::rules::procedures::matching::attempt::Attempt;
use crate::sealed::{Blinding, Commitment, Opening, commit_all};
use crate::testing::Round;
use crate::testing::circuits::TINY;
use crate::testing::round::ShardCase;
use ark_std::rand::SeedableRng;
use num_bigint::BigInt;
use rand::rngs::StdRng;
use std::sync::OnceLock;

/// A key for four rows and two items.
fn key() -> &'static ProvingKey<AssignmentCircuit> {
    static KEY: OnceLock<ProvingKey<AssignmentCircuit>> = OnceLock::new();
    let circuit = AssignmentCircuit { rows: 4, items: 2, limb_bits: 6 };
    KEY.get_or_init(|| setup(circuit, &mut rng()).unwrap())
}

fn rng() -> StdRng {
    StdRng::seed_from_u64(8)
}

/// A round before it is settled.
#[derive(Clone)]
struct Auction {
    terms: Terms,
    bids: Vec<Vec<u64>>,
    openings: Vec<Opening>,
    commitments: Vec<Commitment>,
}

impl Auction {
    /// Copies and reserve price of each item, and the valuations of each row; no row is committed to.
    fn on_paper(items: &[(u64, u64)], bids: &[&[u64]]) -> Self {
        let terms = Terms { fee_bps: BasisPoints(250), ..terms(items) };
        let bids = bids.iter().map(|bids| bids.to_vec()).collect();
        Self { terms, bids, openings: Vec::new(), commitments: Vec::new() }
    }

    /// The same with commitments.
    fn new(items: &[(u64, u64)], bids: &[&[u64]]) -> Self {
        let mut rng = rng();
        let opening = |bids: &&[u64]| Opening::new(bids.to_vec(), Blinding::random(&mut rng)).unwrap();
        let openings: Vec<Opening> = bids.iter().map(opening).collect();
        let commitments = commit_all(&openings);
        Self { openings, commitments, ..Self::on_paper(items, bids) }
    }

    fn rows(&self) -> Vec<Row> {
        self.bids.iter().map(|bids| row(bids)).collect()
    }

    /// The evaluator's outcome.
    fn outcome(&self) -> Outcome {
        settle(&self.terms, &self.rows())
    }

    /// The outcome that somebody else would like.
    fn claimed(&self, assigned: &[Option<u64>], prices: &[u64]) -> Outcome {
        let assigned: Vec<Option<Count>> = assigned.iter().map(|item| item.map(Count)).collect();
        let prices: Vec<Amount> = prices.iter().copied().map(Amount).collect();
        native::implied(&self.terms, &assigned, &prices).unwrap()
    }

    fn secrets(&self) -> RoundSecrets<'_> {
        RoundSecrets { rows: &self.openings, results: &[] }
    }

    fn with<T>(&self, outcome: &Outcome, act: impl FnOnce(&RoundClaim<'_>) -> T) -> T {
        let (terms, outcome) = (to_value(&self.terms), to_value(outcome));
        let commitments = &self.commitments;
        let published = published(&terms, commitments.len(), &outcome);
        act(&RoundClaim { statement: [1; 32], commitments, published, results: &[] })
    }

    fn prove(&self, outcome: &Outcome) -> Result<RoundProof, ProveError> {
        self.with(outcome, |claim| prove_round(key(), claim, &self.secrets(), &mut rng()))
    }

    fn verify(&self, outcome: &Outcome, proof: &RoundProof) -> Result<(), ProofError> {
        self.with(outcome, |claim| verify_round(&key().circuit, &key().verifying, claim, proof))
    }

    /// The round as it is claimed to be settled.
    fn round(&self, outcome: &Outcome) -> Round {
        Round {
            rule: &Assignment,
            terms: to_value(&self.terms),
            disclosure: Disclosure::Public,
            columns: Default::default(),
            sealed: self.bids.clone(),
            outcome: to_value(outcome),
        }
    }

    /// The claim in a circuit with `padding` rows too many, with the certificate that the rule's own prover gives.
    fn scene(&self, outcome: &Outcome, padding: usize) -> Scene {
        let (rows, items) = (self.bids.len() + padding, self.terms.items.len());
        let circuit = AssignmentCircuit { rows, items, limb_bits: TINY };
        let market = Market::new(&self.terms, &self.rows(), outcome, circuit.shape().size).unwrap();
        let certificate = market.witness();
        let case = self.round(outcome).shards(&circuit).unwrap().remove(0);
        Scene { market, certificate, case }
    }
}

/// A claim, its certificate, and a prover who may change that.
struct Scene {
    market: Market,
    certificate: super::certificate::Witness,
    case: ShardCase<AssignmentCircuit>,
}

impl Scene {
    /// The weight of a pair.
    fn weight(&self, row: usize, item: usize) -> BigInt {
        self.market.weights()[row][item].clone().unwrap_or_default()
    }

    /// Another certificate; then another witness.
    fn attempt(
        mut self,
        certify: impl FnOnce(&mut super::certificate::Witness),
        say: impl FnOnce(&mut Witness),
    ) -> Attempt<AssignmentCircuit> {
        certify(&mut self.certificate);
        self.case.witness = self.case.circuit.fill(&self.market, &self.certificate);
        say(&mut self.case.witness);
        Attempt::new(self.case, PARENT)
    }
}

const HOLDER: &str = "a holder is content and has its item's rank";
const PARENT: &str = "a parent is indifferent and of smaller rank";
const LINK: &str = "valuations are the ledger's";
const PUBLISHED: &str = "holdings are the published ones";
const INTEREST: &str = "no interest is a valuation of zero";
const SLACK: &str = "slack is utility plus price less weight";
const SPARE: &str = "an item with copies to spare costs nothing extra";
const ORPHAN: &str = "an item that costs extra has a parent";
const NOTHING: &str = "a row that holds nothing has no utility";
const LIMB: &str = "a limb lies in the table";
/// What refuses a limb that is not in the table: nothing counts it.
const SUMS: &str = "the lookup sums are equal";

#[test]
fn refuses_in_order() {
    let refusal = |items: &[(u64, u64)], fee: u64, rows: &[Row]| {
        let terms = Terms { fee_bps: BasisPoints(fee), ..terms(items) };
        native::evaluate(&terms, rows).err().map(|refusal| refusal.0)
    };
    // Each case has every later fault as well.
    let many = vec![row(&[1; 17]); 33];
    assert_eq!(refusal(&[], 10_001, &many), Some("no_items"));
    assert_eq!(refusal(&[(0, 0); 17], 10_001, &many), Some("too_many_items"));
    assert_eq!(refusal(&[(1, 0), (0, 0)], 10_001, &many), Some("no_copies"));
    assert_eq!(refusal(&[(1, 0); 16], 10_001, &many), Some("fee_above_whole"));
    assert_eq!(refusal(&[(1, 0); 16], 10_000, &many), Some("too_many_rows"));
    assert_eq!(refusal(&[(1, 0); 16], 10_000, &many[1..]), Some("wrong_width"));
    assert_eq!(refusal(&[(1, 0)], 0, &[row(&[1]), row(&[])]), Some("wrong_width"));
    assert_eq!(refusal(&[(u64::MAX, u64::MAX); 16], 10_000, &[]), None);
    assert_eq!(native::check_row_count(&terms(&[]), usize::MAX), Err(Refusal("too_many_rows")));
}

#[test]
fn largest_numbers() {
    const MAX: u64 = u64::MAX;
    let outcome = settle(&terms(&[(1, 0), (MAX, MAX)]), &vec![row(&[MAX, MAX]); 32]);
    assert_eq!(outcome.prices, [Amount(MAX), Amount(MAX)]);
    assert_eq!(outcome.assigned[0], Some(Count(0)));
    assert!(outcome.assigned[1..].iter().all(|item| *item == Some(Count(1))));
    assert_eq!(outcome.total, Wide(32 * u128::from(MAX)));
    // Below the reserve price, at zero, and one above it.
    let outcome = settle(&terms(&[(1, MAX), (1, 0), (1, MAX - 1)]), &[row(&[MAX - 1, 0, MAX])]);
    assert_eq!((outcome.assigned, outcome.total), (vec![Some(Count(2))], Wide(u128::from(MAX - 1))));
    // Every edge has a surplus of 0: the earlier rows are served, and nobody gets what it does not want.
    let outcome = settle(&terms(&[(1, 5), (1, 5)]), &[row(&[0, 5]), row(&[5, 5]), row(&[5, 4])]);
    assert_eq!(outcome.assigned, [Some(Count(1)), Some(Count(0)), None]);
}

#[test]
fn implied_knows_the_items() {
    let terms = terms(&[(1, 0), (1, 0)]);
    let implied = |assigned: u64, prices: &[u64]| {
        let prices: Vec<Amount> = prices.iter().map(|price| Amount(*price)).collect();
        native::implied(&terms, &[Some(Count(assigned)), None], &prices)
    };
    assert_eq!(implied(1, &[3, 4]).unwrap().payments, [Amount(4), Amount(0)]);
    for (assigned, prices) in [(2, &[3, 4][..]), (u64::MAX, &[3, 4]), (0, &[3]), (0, &[3, 4, 5])] {
        assert!(implied(assigned, prices).is_err(), "{assigned} {prices:?}");
    }
}

#[test]
fn debug_keeps_the_secret() {
    assert_eq!(format!("{:?}", row(&[123_456])), "Row(secret)");
}
