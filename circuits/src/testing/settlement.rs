//! A whole round with keys: committed, settled, proved and verified as the engine does it, published or sealed.

use super::Subject;
use crate::field::{Fr, from_bytes};
use crate::proof_system::{ProofError, ProveError, VerifyingKey};
use crate::proved::{ProvedRule, Prover, RoundClaim, RoundProof, RoundSecrets};
use crate::rule::{Disclosure, Money, Published, PublishedRule};
use crate::sealed::{Blinding, Commitment, Opening, ResultOpening, Side, balance, balances, commit_all};
use ark_std::rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::Value;
use std::collections::BTreeMap;

/// A settled round, with everything that a test may want to change.
pub struct Settlement {
    /// The rule.
    pub rule: &'static dyn PublishedRule,
    /// The round's terms.
    pub terms: Value,
    /// Whether it seals what it may seal.
    pub disclosure: Disclosure,
    /// Public columns of its rows.
    pub columns: BTreeMap<String, Vec<Value>>,
    /// The outcome with every field.
    pub outcome: Value,
    /// What opens the rows.
    pub openings: Vec<Opening>,
    /// The rows.
    pub commitments: Vec<Commitment>,
    /// What opens sealed results, by column.
    pub results: Vec<Vec<ResultOpening>>,
    /// Sealed results, by column.
    pub sealed: Vec<Vec<Commitment>>,
}

impl Settlement {
    /// The evaluator's settlement of these rows.
    #[must_use]
    pub fn new(subject: &dyn Subject, terms: &Value, rows: &[Value], disclosure: Disclosure) -> Self {
        let rule = subject.rule();
        let round = subject.settled(terms, rows).unwrap_or_else(|error| panic!("{terms}: {error}"));
        let mut rng = StdRng::seed_from_u64(21);
        let opening = |row: &Vec<u64>| Opening::new(row.clone(), Blinding::random(&mut rng));
        let openings: Vec<Opening> = round.sealed.iter().flat_map(opening).collect();
        assert_eq!(openings.len(), rows.len(), "every row has a sealed number");
        let mut settlement = Self {
            rule,
            terms: terms.clone(),
            disclosure,
            columns: subject.columns(disclosure, rows),
            outcome: round.outcome,
            commitments: commit_all(&openings),
            openings,
            results: Vec::new(),
            sealed: Vec::new(),
        };
        settlement.seal();
        settlement
    }

    /// Commits to the outcome's results anew, if the round seals them.
    pub fn seal(&mut self) {
        if self.disclosure == Disclosure::Sealed {
            let results = self.rule.results(&self.outcome).unwrap_or_else(|error| panic!("{error}"));
            self.seal_these(&results);
        }
    }

    /// Commits to these results, whatever the outcome is.
    pub fn seal_these(&mut self, results: &[Vec<u128>]) {
        let mut rng = StdRng::seed_from_u64(22);
        let mut open = |number: &u128| ResultOpening::new(*number, Blinding::random(&mut rng));
        self.results = results.iter().map(|column| column.iter().map(&mut open).collect()).collect();
        let commit = |column: &Vec<ResultOpening>| column.iter().map(ResultOpening::commit).collect();
        self.sealed = self.results.iter().map(commit).collect();
    }

    fn proved(&self) -> &'static dyn ProvedRule {
        self.rule.proved().unwrap_or_else(|| panic!("{} has circuits", self.rule.id()))
    }

    /// A key of this size.
    #[must_use]
    pub fn key(&self, size: &str) -> Box<dyn Prover> {
        let mut rng = StdRng::seed_from_u64(23);
        self.proved().setup(size, &mut rng).unwrap_or_else(|error| panic!("tier {size}: {error}"))
    }

    fn published<T>(&self, act: impl FnOnce(&Published<'_>) -> T) -> T {
        let outcome = self.rule.publish(self.outcome.clone(), self.disclosure);
        act(&Published {
            terms: &self.terms,
            disclosure: self.disclosure,
            rows: self.commitments.len(),
            columns: &self.columns,
            outcome: &outcome,
        })
    }

    fn claim<T>(&self, act: impl FnOnce(&RoundClaim<'_>) -> T) -> T {
        self.published(|published| {
            let (statement, published) = ([5; 32], *published);
            act(&RoundClaim { statement, commitments: &self.commitments, published, results: &self.sealed })
        })
    }

    /// Proves the settlement.
    ///
    /// # Errors
    /// It is false.
    pub fn prove(&self, key: &dyn Prover) -> Result<RoundProof, ProveError> {
        let secrets = RoundSecrets { rows: &self.openings, results: &self.results };
        self.claim(|claim| key.prove(claim, &secrets, &mut StdRng::seed_from_u64(24)))
    }

    /// Verifies a proof of it.
    ///
    /// # Errors
    /// What is wrong.
    pub fn verify(&self, key: &VerifyingKey, proof: &RoundProof) -> Result<(), ProofError> {
        self.claim(|claim| self.proved().verify(key, claim, proof))
    }

    /// What a verifier of one shard takes for its public inputs.
    ///
    /// # Panics
    /// The proof is of no shard, or not of this claim's form.
    #[must_use]
    pub fn inputs(&self, key: &VerifyingKey, proof: &RoundProof) -> Vec<Fr> {
        let traces = self.claim(|claim| self.proved().trace(key, claim, proof));
        let traces = traces.unwrap_or_else(|error| panic!("{error}"));
        let read = |text: &String| {
            let bytes = hex::decode(text).ok().and_then(|bytes| bytes.try_into().ok());
            bytes.and_then(|bytes| from_bytes(&bytes)).unwrap_or_else(|| panic!("{text} is a scalar"))
        };
        traces[0].inputs.iter().map(read).collect()
    }

    /// The money that moves, which public numbers show to be conserved; with sealed receipts their commitments do.
    #[must_use]
    pub fn money(&self) -> Option<Money> {
        let money = self.published(|published| self.rule.check_outcome(published)).ok()?;
        let Some(column) = self.rule.result_names().iter().position(|name| *name == "receipts") else {
            return Some(money);
        };
        let side = Side::Received;
        let (Some(openings), Some(sealed)) = (self.results.get(column), self.sealed.get(column)) else {
            return Some(money);
        };
        let z = balance(openings.iter().map(|opening| (side, opening)));
        let sum = money.sealed_receipts.0;
        balances(sealed.iter().map(|commitment| (side, commitment)), 0, sum, &z).then_some(money)
    }
}
