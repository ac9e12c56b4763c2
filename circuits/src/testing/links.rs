//! Rounds with commitments, keys and proofs: a proof is linked to every result, published or sealed.

use super::{Circuits, Round, Subject};
use crate::curve::G1Affine;
use crate::field::{Fr, from_u64};
use crate::proof_system::{
    Carries, Claim, Proof, ProofError, ProveError, ProvingKey, ResultColumn, ResultSecrets, Secrets, Shard,
    pedersen, prove, setup,
};
use crate::proved::{RoundCircuit, RoundClaim, RoundProof, RoundSecrets, prove_round, verify_round};
use crate::rule::{Disclosure, Evidence, Rule};
use crate::sealed::{Blinding, Commitment, Opening, ResultOpening, Side, balance, balances, commit_all};
use ark_ff::{One, Zero};
use ark_std::rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::Value;
use std::collections::BTreeMap;

/// A round whose rows and sealed results are committed to.
#[derive(Clone)]
pub struct Committed {
    /// What is settled.
    pub round: Round,
    /// What opens the commitments of the rows.
    pub openings: Vec<Opening>,
    /// What opens those of the sealed results.
    pub results: Vec<Vec<ResultOpening>>,
}

fn rng() -> StdRng {
    StdRng::seed_from_u64(21)
}

/// What names the round in proofs: one for all that is claimed of it here, so that nothing but the proof tells
/// two claims apart.
const STATEMENT: [u8; 32] = [1; 32];

/// The numbers of the result columns.
fn columns(round: &Round) -> Vec<Vec<u128>> {
    round.rule.results(&round.outcome).unwrap_or_else(|error| panic!("{error}"))
}

impl Committed {
    /// Commits to what the parties sealed and, if the round seals them, to the results of its outcome.
    #[must_use]
    pub fn new(round: Round) -> Self {
        let mut rng = rng();
        let openings = round.sealed.iter().map(|row| Opening::new(row.clone(), Blinding::random(&mut rng)));
        let openings = openings.collect::<Result<_, _>>().unwrap_or_else(|error| panic!("{error}"));
        let mut open = |number: u128| ResultOpening::new(number, Blinding::random(&mut rng));
        let results = match round.disclosure {
            Disclosure::Public => Vec::new(),
            Disclosure::Sealed => {
                columns(&round).into_iter().map(|c| c.into_iter().map(&mut open).collect()).collect()
            }
        };
        Self { round, openings, results }
    }

    /// The claim about the round.
    pub fn with_claim<T>(&self, act: impl FnOnce(&RoundClaim<'_>) -> T) -> T {
        let commitments = commit_all(&self.openings);
        let results: Vec<Vec<Commitment>> =
            self.results.iter().map(|column| column.iter().map(ResultOpening::commit).collect()).collect();
        self.round.with_published(|published| {
            let published = *published;
            act(&RoundClaim { statement: STATEMENT, commitments: &commitments, published, results: &results })
        })
    }

    /// What opens the commitments of the claim.
    #[must_use]
    pub fn secrets(&self) -> RoundSecrets<'_> {
        RoundSecrets { rows: &self.openings, results: &self.results }
    }

    /// Proves the claimed outcome.
    ///
    /// # Errors
    /// It is false, or not of the rule's form.
    pub fn prove<C: RoundCircuit>(&self, key: &ProvingKey<C>) -> Result<RoundProof, ProveError> {
        self.with_claim(|claim| prove_round(key, claim, &self.secrets(), &mut rng()))
    }

    /// Verifies a proof of the claimed outcome.
    ///
    /// # Errors
    /// What is wrong.
    pub fn verify<C: RoundCircuit>(&self, key: &ProvingKey<C>, proof: &RoundProof) -> Result<(), ProofError> {
        self.with_claim(|claim| verify_round(&key.circuit, &key.verifying, claim, proof))
    }

    /// The same round with another number in a result.
    fn raised(&self, column: usize, row: usize) -> Self {
        let mut other = self.clone();
        match other.results.get_mut(column) {
            Some(sealed) => {
                sealed[row] = ResultOpening::new(sealed[row].value() + 1, sealed[row].blinding().clone());
            }
            None => {
                let number: Value = (columns(&self.round)[column][row] + 1).to_string().into();
                let name = self.round.rule.result_names()[column];
                // One number that is every row's, or a list.
                match other.round.outcome[name].as_array_mut() {
                    Some(list) => list[row] = number,
                    None => other.round.outcome[name] = number,
                }
            }
        }
        other
    }

    /// The same round with two results of a column in each other's place.
    fn swapped(&self, column: usize, row: usize, with: usize) -> Self {
        let mut other = self.clone();
        match other.results.get_mut(column) {
            Some(sealed) => sealed.swap(row, with),
            None => other.published(column).swap(row, with),
        }
        other
    }

    /// A published result column.
    fn published(&mut self, column: usize) -> &mut Vec<Value> {
        let name = self.round.rule.result_names()[column];
        self.round.outcome[name].as_array_mut().unwrap_or_else(|| panic!("{name} is a list"))
    }

    /// Every number of the results may be changed in the claim, but not for a proof.
    fn refuse_other_results<C: RoundCircuit>(&self, key: &ProvingKey<C>, proof: &RoundProof) {
        let refused = |other: &Self, about: &str| {
            let about = format!("{about}: {:?}", self.round);
            assert!(matches!(other.verify(key, proof), Err(ProofError::Pairing)), "verified: {about}");
            assert!(matches!(other.prove(key), Err(ProveError::Unsatisfied(_))), "proved: {about}");
            // Who knows the right results may still commit to others: only their link tells.
            let unlinked = other.with_claim(|claim| prove_round(key, claim, &self.secrets(), &mut rng()));
            assert!(self.results.is_empty() || unlinked.is_err(), "linked to other commitments: {about}");
        };
        for (column, numbers) in columns(&self.round).iter().enumerate() {
            for row in 0..numbers.len() {
                refused(&self.raised(column, row), "a larger result");
                for with in (0..row).filter(|with| numbers[row] != numbers[*with]) {
                    refused(&self.swapped(column, row, with), "swapped results");
                }
            }
        }
    }

    /// Commitments that open to the same numbers are other commitments; columns and rows stay where they are.
    fn refuse_other_commitments<C: RoundCircuit>(&self, key: &ProvingKey<C>, proof: &RoundProof) {
        let refused = |change: &dyn Fn(&mut Vec<Vec<ResultOpening>>)| {
            let mut other = self.clone();
            change(&mut other.results);
            let verified = other.verify(key, proof);
            assert!(matches!(verified, Err(ProofError::Pairing | ProofError::Claim(_))), "{verified:?}");
        };
        for column in 0..self.results.len() {
            for row in 0..self.results[column].len() {
                refused(&|results| {
                    let value = results[column][row].value();
                    results[column][row] = ResultOpening::new(value, Blinding::from_uniform_bytes(&[3; 64]));
                });
            }
            refused(&|results| drop(results[column].pop()));
            refused(&|results| results[column].extend(self.results[column].last().cloned()));
            refused(&|results| drop(results.remove(column)));
            refused(&|results| results.push(self.results[column].clone()));
            for with in 0..column {
                refused(&|results| results.swap(column, with));
            }
        }
    }

    /// One party's money is a unit less than nothing, and another's makes up for it: the balance of the commitments
    /// holds, and there is no proof.
    fn refuse_negative_money<C: RoundCircuit>(&self, key: &ProvingKey<C>) {
        let numbers = self.numbers();
        for (name, side) in [("payments", Side::Paid), ("receipts", Side::Received)] {
            let names = C::Rule::RESULTS;
            let Some(column) = names.iter().position(|known| *known == name) else { continue };
            let mut moved = numbers.clone();
            let [first, second, ..] = &mut moved[column][..] else { continue };
            (*first, *second) = (-Fr::one(), *first + *second + Fr::one());
            assert!(self.balances(side, &moved[column]), "{name}: {:?}", self.round);
            let refused = self.prove_sealing(key, &moved).err();
            assert!(matches!(refused, Some(ProveError::Unsatisfied(_))), "{name}: {refused:?}");
            // What refuses it is not this way to prove: the right numbers pass.
            assert!(self.prove_sealing(key, &numbers).is_ok(), "{name}: {:?}", self.round);
        }
    }

    fn numbers(&self) -> Vec<Vec<Fr>> {
        self.round.results().unwrap_or_else(|error| panic!("{error}"))
    }

    /// Whether commitments to these numbers balance with what is public.
    fn balances(&self, side: Side, numbers: &[Fr]) -> bool {
        let blinding = Blinding::from_uniform_bytes(&[5; 64]);
        let commitments: Vec<Commitment> =
            numbers.iter().map(|number| Commitment(pedersen(&[*number], blinding.0))).collect();
        let opening = ResultOpening::new(0, blinding);
        let z = balance(numbers.iter().map(|_| (side, &opening)));
        let money = self.round.money().unwrap_or_else(|error| panic!("{error}"));
        let signed = commitments.iter().map(|commitment| (side, commitment));
        balances(signed, money.sealed_payments.0, money.sealed_receipts.0, &z)
    }

    /// Proves the only shard with commitments to these numbers as sealed results.
    fn prove_sealing<C: RoundCircuit>(
        &self,
        key: &ProvingKey<C>,
        numbers: &[Vec<Fr>],
    ) -> Result<Proof, ProveError> {
        let malformed = |error| panic!("{error}");
        let case = self.round.shards_sealing(&key.circuit, numbers).unwrap_or_else(malformed).remove(0);
        let points: Vec<G1Affine> =
            commit_all(&self.openings).iter().map(|commitment| commitment.0).collect();
        let blinding = from_u64(6);
        let commit = |column: &Vec<Fr>| column.iter().map(|number| pedersen(&[*number], blinding)).collect();
        let results: Vec<Vec<G1Affine>> = numbers.iter().map(commit).collect();
        let claim = Claim {
            statement: STATEMENT,
            shard: Shard { index: 0, count: 1, rows: points.len() as u64 },
            commitments: &points,
            carries: Carries::default(),
            results: results.iter().map(|column| ResultColumn::Sealed(column)).collect(),
            columns: case.columns,
            scalars: case.scalars,
        };
        let sealed = |values: &Vec<Fr>| ResultSecrets {
            values: values.clone(),
            blindings: vec![blinding; values.len()],
        };
        let nothing = (Fr::zero(), Fr::zero());
        let results = numbers.iter().map(sealed).collect();
        let secrets = Secrets::new(&self.openings, key.circuit.layout().sealed, results, nothing, nothing);
        prove(key, &claim, &secrets, &case.witness, &mut rng())
    }
}

/// A proof is read as it was published, and is as long as its circuit and its round's results make it.
fn check_encoding<C: RoundCircuit>(key: &ProvingKey<C>, round: &Committed, proof: &RoundProof) {
    let (sealed, results) = (key.circuit.layout().sealed, round.results.len());
    let (shards, carries) = proof.to_bytes();
    assert!(shards.iter().all(|shard| shard.len() == Proof::length(sealed, results)), "{:?}", round.round);
    let read = RoundProof::from_bytes(shards.iter().map(Vec::as_slice), &carries, sealed, results);
    assert_eq!(read.as_ref(), Ok(proof));
}

/// Every round of the suite with two rows or more, proved and verified in each disclosure that is proved.
pub(super) fn check<C: RoundCircuit>(circuits: &Circuits<C>, subject: &dyn Subject) {
    if C::Rule::RESULTS.is_empty() {
        return;
    }
    let mut keys: BTreeMap<usize, ProvingKey<C>> = BTreeMap::new();
    let mut settled: Vec<(usize, Committed, RoundProof)> = Vec::new();
    for (terms, rows) in (circuits.rounds)().into_iter().filter(|(_, rows)| rows.len() > 1) {
        for disclosure in [Disclosure::Public, Disclosure::Sealed] {
            if subject.rule().evidence(&terms, disclosure) != Ok(Evidence::Proved) {
                continue;
            }
            let round = subject.settled_as(disclosure, &terms, &rows);
            let round = Committed::new(round.unwrap_or_else(|error| panic!("{error}")));
            // The largest of the suite's circuits for it: with padding, where there can be some.
            let capacity = circuits.capacities(&round.round).pop().unwrap_or_default();
            let key = keys.entry(capacity).or_insert_with(|| {
                let circuit = (circuits.sized)(capacity, circuits.limb_bits);
                setup(circuit, &mut rng()).unwrap_or_else(|error| panic!("{error}"))
            });
            let proof = round.prove(key).unwrap_or_else(|error| panic!("{error}: {:?}", round.round));
            check_encoding(key, &round, &proof);
            round.refuse_other_results(key, &proof);
            round.refuse_other_commitments(key, &proof);
            if disclosure == Disclosure::Sealed {
                round.refuse_negative_money(key);
            }
            settled.push((capacity, round, proof));
        }
    }
    assert!(!settled.is_empty(), "some round is proved");
    // A proof of its own round, and none of the next one.
    for (i, (capacity, round, proof)) in settled.iter().enumerate() {
        let (_, _, other) = &settled[(i + 1) % settled.len()];
        assert_eq!(round.verify(&keys[capacity], proof), Ok(()), "{i}: {:?}", round.round);
        assert!(settled.len() < 2 || round.verify(&keys[capacity], other).is_err(), "{i}: {:?}", round.round);
    }
}
