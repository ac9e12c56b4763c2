//! How a round of `uniform-price/v1` is cut into claims and proved.

use super::circuit::{HandOver, TIERS, UniformPriceCircuit, Witness, scalars};
use super::{Outcome, Terms, UniformPrice, native};
use crate::field::{Fr, from_flag, from_u64};
use crate::json;
use crate::pin::matrices_digest;
use crate::proof_system::{Circuit, KeyError, ProofError, ProvingKey, Shard, Step, VerifyingKey, setup};
use crate::proved::{
    CircuitProver, ProvedRule, Prover, RoundCircuit, RoundClaim, RoundProof, SecureRng, TierInfo,
    verify_round_watched,
};
use crate::rule::WrongOutcome;
use crate::sealed::Opening;
use std::ops::Range;

/// The public data of a round.
pub struct Public {
    terms: Terms,
    outcome: Outcome,
}

impl RoundCircuit for UniformPriceCircuit {
    type Public = Public;

    fn read(claim: &RoundClaim<'_>) -> Result<Public, ProofError> {
        let terms = json::from_value(claim.terms).map_err(|_| ProofError::Claim("malformed terms"))?;
        let outcome: Outcome =
            json::from_value(claim.outcome).map_err(|_| ProofError::Claim("malformed outcome"))?;
        if outcome.won.len() != claim.commitments.len() {
            return Err(ProofError::Claim("one winner flag per row"));
        }
        Ok(Public { terms, outcome })
    }

    fn columns(public: &Public, range: Range<usize>) -> Vec<Vec<Fr>> {
        vec![public.outcome.won[range].iter().map(|won| from_flag(*won)).collect()]
    }

    fn scalars(public: &Public, shard: Shard) -> Vec<Fr> {
        scalars(&public.terms, &public.outcome, shard)
    }

    fn witness(
        &self,
        public: &Public,
        openings: &[Opening],
        range: Range<usize>,
        taken: Fr,
        shard: Shard,
    ) -> (Witness, Fr) {
        let valuations: Vec<u64> =
            openings[range.clone()].iter().map(|o| o.row().first().copied().unwrap_or(0)).collect();
        let taken = HandOver {
            ties_open: taken == from_u64(1) || taken == from_u64(3),
            setter_missing: taken == from_u64(2) || taken == from_u64(3),
        };
        let (price, won) = (public.outcome.clearing_price.0, &public.outcome.won[range]);
        let witness = self.fill(price, &valuations, won, taken, shard);
        let given = witness.given.to_field();
        (witness, given)
    }
}

/// The matrices digests of the published circuits among other counts: a key of any other circuit is refused.
pub(super) const PIN: &str = include_str!("pin.txt");

fn circuit(size: &str) -> Result<UniformPriceCircuit, KeyError> {
    let found = TIERS.into_iter().find(|circuit| circuit.tier().size == size);
    found.ok_or(KeyError::Malformed("the rule has no tier of this size"))
}

impl ProvedRule for UniformPrice {
    fn tiers(&self) -> Vec<TierInfo> {
        let info = |circuit: UniformPriceCircuit| {
            let size = circuit.tier().size;
            TierInfo { capacity: circuit.capacity(), matrices_digest: matrices_digest(PIN, &size), size }
        };
        TIERS.into_iter().map(info).collect()
    }

    fn sealed(&self) -> usize {
        1
    }

    fn setup(&self, size: &str, mut rng: &mut dyn SecureRng) -> Result<Box<dyn Prover>, KeyError> {
        Ok(Box::new(CircuitProver(setup(circuit(size)?, &mut rng)?)))
    }

    fn load(&self, size: &str, bytes: &[u8]) -> Result<Box<dyn Prover>, KeyError> {
        Ok(Box::new(CircuitProver(ProvingKey::from_trusted_bytes(circuit(size)?, bytes)?)))
    }

    fn verify_watched(
        &self,
        key: &VerifyingKey,
        claim: &RoundClaim<'_>,
        proof: &RoundProof,
        watch: &mut dyn FnMut(Step),
    ) -> Result<(), ProofError> {
        let circuit = circuit(&key.tier.size)?;
        let tiers = self.tiers();
        let pinned = tiers.iter().find(|tier| tier.size == key.tier.size);
        let pinned = pinned.ok_or(KeyError::Malformed("the rule has no tier of this size"))?;
        key.expect(circuit.layout().inputs(), &pinned.matrices_digest)?;
        // The relation is complete only with the integer checks: nobody may forget them.
        let Public { terms, outcome } = UniformPriceCircuit::read(claim)?;
        let rows = claim.commitments.len();
        native::check_terms(&terms).map_err(|refusal| ProofError::Claim(refusal.0))?;
        native::check_row_count(rows).map_err(|refusal| ProofError::Claim(refusal.0))?;
        match native::check_outcome(&terms, rows, &outcome) {
            // Money is no part of the relation: whoever checks it has better words for what is wrong.
            Ok(_) | Err(WrongOutcome::Payment(_) | WrongOutcome::Conservation(_)) => {}
            Err(_) => {
                return Err(ProofError::Claim("the outcome contradicts the rule, whatever the bids are"));
            }
        }
        verify_round_watched(&circuit, key, claim, proof, watch)
    }
}
