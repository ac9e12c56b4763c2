//! Verify: encoding and rows, challenges, then three equations: span, Groth16, link.
//!
//! Everything that a claim says is the caller's, from the ledger and the statement. Source: proof-system.md
//! section 6.

use super::fold::{Equations, Weights};
use super::prove::{evaluations, result_sums};
use super::{Challenges, Circuit, Claim, KeyError, KeyId, Proof, ResultColumn, Step, VerifyingKey};
use crate::curve::G1Affine;
use crate::field::Fr;
use ark_ec::AffineRepr;

/// Why a proof is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The key is unsafe or of another circuit.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The claim is not about rows that this circuit can have.
    #[error("the claim does not fit the circuit: {0}")]
    Claim(&'static str),
    /// The challenges of this proof prove nothing.
    #[error("a challenge is unusable")]
    Challenge,
    /// `D` is not a combination of the committed bases, or the Groth16 equation does not hold.
    #[error("the pairing equations do not hold")]
    Pairing,
    /// The proof is not about these commitments.
    #[error("the proof is not linked to these commitments")]
    Link,
}

/// One claim with its proof, prepared for the equations.
pub struct Verification<'a> {
    pub(super) key: &'a VerifyingKey,
    pub(super) claim: &'a Claim<'a>,
    pub(super) proof: &'a Proof,
    pub(super) challenges: Challenges,
    pub(super) capacity: usize,
    /// Exactly one value per base of the key, but for the constant.
    pub(super) inputs: Vec<Fr>,
}

impl<'a> Verification<'a> {
    /// The native checks of one proof, up to the challenges and public inputs.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn prepare<C: Circuit>(
        key: &'a VerifyingKey,
        circuit: &C,
        claim: &'a Claim<'a>,
        proof: &'a Proof,
    ) -> Result<Self, ProofError> {
        key.lint()?;
        if key.tier != circuit.tier() || key.inputs.len() != circuit.layout().inputs() + 1 {
            return Err(KeyError::OtherCircuit(hex::encode(key.matrices_digest)).into());
        }
        check_claim(circuit, claim)?;
        if proof.s.len() != circuit.layout().sealed || proof.results.len() != sealed_results(claim).count() {
            return Err(ProofError::Claim("one sum per sealed column"));
        }
        let id: KeyId = key.id();
        let challenges = Challenges::draw(circuit, &id, claim, &masks(proof), (&proof.d, &proof.d_sigma))
            .ok_or(ProofError::Challenge)?;
        let inputs = inputs(circuit, claim, proof, &challenges);
        Ok(Self { key, claim, proof, challenges, capacity: circuit.capacity(), inputs })
    }

    /// The items of its transcript.
    #[cfg(any(test, feature = "testing"))]
    pub(super) fn transcript_items(&self) -> Vec<Vec<u8>> {
        let (proof, mut items) = (self.proof, Vec::new());
        let commitment = (&proof.d, &proof.d_sigma);
        let append = &mut |item: &[u8]| items.push(item.to_vec());
        super::challenges::items(
            self.capacity,
            &self.key.id(),
            self.claim,
            &masks(proof),
            commitment,
            append,
        );
        items
    }
}

/// The commitments to the masks of the sealed columns, then of each sealed result column.
fn masks(proof: &Proof) -> Vec<G1Affine> {
    std::iter::once(proof.c_mask).chain(proof.results.iter().map(|link| link.c_mask)).collect()
}

/// The claim is about rows that the circuit can have.
fn check_claim<C: Circuit>(circuit: &C, claim: &Claim<'_>) -> Result<(), ProofError> {
    let (layout, capacity, shard) = (circuit.layout(), circuit.capacity(), claim.shard);
    let wrong = |what| Err(ProofError::Claim(what));
    if shard.index >= shard.count {
        return wrong("no such shard");
    }
    let before = (capacity as u64).checked_mul(shard.index);
    let here = before.and_then(|before| shard.rows.checked_sub(before));
    let expected = if shard.is_last() { here } else { Some(capacity as u64) };
    let rows = claim.commitments.len();
    if expected != Some(rows as u64) || rows > capacity || (rows == 0 && shard.count > 1) {
        return wrong("the shard has not its rows");
    }
    if claim.commitments.iter().any(AffineRepr::is_zero) {
        return wrong("a row's commitment is the identity");
    }
    let results = &claim.results;
    if results.len() != layout.results.len() || results.iter().any(|column| column.len() != rows) {
        return wrong("a result column has not one entry per row");
    }
    let sealed = sealed_results(claim).count();
    if sealed != 0 && sealed != results.len() {
        return wrong("either all result columns are sealed or none");
    }
    if claim.carries.taken.is_some() == shard.is_first() || claim.carries.given.is_some() == shard.is_last() {
        return wrong("a carry is missing or out of place");
    }
    if claim.columns.len() != layout.columns.len() || claim.columns.iter().any(|column| column.len() != rows)
    {
        return wrong("a public column has not one entry per row");
    }
    if claim.scalars.len() != layout.scalars.len() {
        return wrong("one value per public scalar");
    }
    Ok(())
}

/// The commitments of sealed result columns.
pub(super) fn sealed_results<'a>(claim: &'a Claim<'_>) -> impl Iterator<Item = &'a [G1Affine]> {
    claim.results.iter().filter_map(|column| match column {
        ResultColumn::Sealed(column) => Some(*column),
        ResultColumn::Published(_) => None,
    })
}

/// The verifier's own vector of public inputs.
fn inputs<C: Circuit>(circuit: &C, claim: &Claim<'_>, proof: &Proof, challenges: &Challenges) -> Vec<Fr> {
    let mut inputs = challenges.inputs(circuit.layout().challenges);
    inputs.extend(&proof.s);
    let sealed: Vec<Fr> = proof.results.iter().map(|link| link.s).collect();
    inputs.extend(result_sums(claim, &sealed, challenges.rho, circuit.capacity()));
    inputs.extend(evaluations(claim, challenges, circuit.capacity()));
    inputs.extend(&claim.scalars);
    inputs
}

/// Verifies proofs, all at once: their equations are folded with independent weights hashed from everything.
///
/// # Errors
/// The first native check that fails, or the folded equation that does not hold.
pub fn verify<C: Circuit>(proofs: &[(&VerifyingKey, &C, &Claim<'_>, &Proof)]) -> Result<(), ProofError> {
    verify_watched(proofs, &mut |_| {})
}

/// [`verify()`], telling `watch` what is done.
///
/// # Errors
/// As [`verify()`].
pub fn verify_watched<C: Circuit>(
    proofs: &[(&VerifyingKey, &C, &Claim<'_>, &Proof)],
    watch: &mut dyn FnMut(Step),
) -> Result<(), ProofError> {
    let prepared = proofs
        .iter()
        .map(|(key, circuit, claim, proof)| Verification::prepare(key, *circuit, claim, proof))
        .collect::<Result<Vec<_>, _>>()?;
    let weights = Weights::hashed(&prepared);
    let equations = Equations::new(&prepared, &weights);
    watch(Step::Prepared);
    if !equations.pairings_hold() {
        return Err(ProofError::Pairing);
    }
    watch(Step::PairingsHold);
    if !equations.link_holds() {
        return Err(ProofError::Link);
    }
    watch(Step::LinkHolds);
    Ok(())
}
