//! Rules whose settlements are proved: keys by tier, and proofs of whole rounds, sharded or not.
//!
//! [`ProvedRule`] is the object-safe face that the engine uses; a rule implements [`RoundCircuit`] on its circuits
//! and says how a round is cut into claims.

use crate::curve::{G1Affine, g1_from_bytes, g1_to_bytes};
use crate::json::Malformed;
use crate::proof_system::{
    self, Carries, Circuit, Claim, KeyError, Proof, ProofError, ProveError, ProvingKey, Secrets, Shard, Step,
    VerifyingKey,
};
use crate::sealed::{Commitment, Opening};
use ark_std::rand::{CryptoRng, RngCore};
use serde_json::Value;

/// A source of randomness behind a pointer, for object-safe calls.
pub trait SecureRng: RngCore + CryptoRng {}
impl<R: RngCore + CryptoRng> SecureRng for R {}

/// Everything public that a round's proof is about.
#[derive(Debug, Clone, Copy)]
pub struct RoundClaim<'a> {
    /// Digest of the statement.
    pub statement: [u8; 32],
    /// All admitted rows, in row order, from the ledger.
    pub commitments: &'a [Commitment],
    /// The round's terms.
    pub terms: &'a Value,
    /// The outcome that is claimed.
    pub outcome: &'a Value,
}

/// The proof of a round: one per shard, in row order, and the carries between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoundProof {
    /// One proof per shard.
    pub shards: Vec<Proof>,
    /// One commitment between each two neighbours.
    pub carries: Vec<G1Affine>,
}

impl RoundProof {
    /// The encodings of the shards' proofs and of the carries.
    #[must_use]
    pub fn to_bytes(&self) -> (Vec<Vec<u8>>, Vec<[u8; 32]>) {
        (self.shards.iter().map(Proof::to_bytes).collect(), self.carries.iter().map(g1_to_bytes).collect())
    }

    /// Reads [`Self::to_bytes`] for a rule with `sealed` sealed columns.
    ///
    /// # Errors
    /// Bytes that are no proof or no commitment.
    pub fn from_bytes<'a>(
        shards: impl IntoIterator<Item = &'a [u8]>,
        carries: impl IntoIterator<Item = &'a [u8; 32]>,
        sealed: usize,
    ) -> Result<Self, Malformed> {
        let shard = |bytes| {
            Proof::from_bytes(bytes, sealed)
                .ok_or_else(|| Malformed("a proof is not in its only encoding".into()))
        };
        let carry = |bytes| {
            g1_from_bytes(bytes).ok_or_else(|| Malformed("a carry is not in its only encoding".into()))
        };
        Ok(Self {
            shards: shards.into_iter().map(shard).collect::<Result<_, _>>()?,
            carries: carries.into_iter().map(carry).collect::<Result<_, _>>()?,
        })
    }
}

/// A published size of a rule's circuit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TierInfo {
    /// How the size is spelled.
    pub size: String,
    /// Rows that one proof has room for.
    pub capacity: usize,
    /// Digest of the circuit's matrices, pinned.
    pub matrices_digest: [u8; 32],
}

/// A proving key of some rule and tier.
pub trait Prover: Send + Sync {
    /// The verifier's part of the key.
    fn verifying_key(&self) -> &VerifyingKey;
    /// Constraints of the circuit.
    fn constraints(&self) -> usize;
    /// The key's file; see [`ProvingKey::to_bytes`].
    fn to_bytes(&self) -> Vec<u8>;
    /// Proves a round. Every attempt draws new masks from `rng`.
    ///
    /// # Errors
    /// The claim is false, or the openings do not fit.
    fn prove(
        &self,
        claim: &RoundClaim<'_>,
        openings: &[Opening],
        rng: &mut dyn SecureRng,
    ) -> Result<RoundProof, ProveError> {
        self.prove_watched(claim, openings, rng, &mut |_| {})
    }
    /// [`Self::prove`], telling `watch` what is done, shard by shard.
    ///
    /// # Errors
    /// As [`Self::prove`].
    fn prove_watched(
        &self,
        claim: &RoundClaim<'_>,
        openings: &[Opening],
        rng: &mut dyn SecureRng,
        watch: &mut dyn FnMut(Step),
    ) -> Result<RoundProof, ProveError>;
}

/// The object-safe face of a proved rule.
pub trait ProvedRule: Send + Sync {
    /// The published sizes, smallest first.
    fn tiers(&self) -> Vec<TierInfo>;
    /// Sealed numbers per row.
    fn sealed(&self) -> usize;
    /// Makes a key for the tier of this size; whoever runs it could keep the secrets.
    ///
    /// # Errors
    /// No such tier.
    fn setup(&self, size: &str, rng: &mut dyn SecureRng) -> Result<Box<dyn Prover>, KeyError>;
    /// Reads a key that [`Prover::to_bytes`] wrote; the caller vouches for the bytes.
    ///
    /// # Errors
    /// No such tier, or another key.
    fn load(&self, size: &str, bytes: &[u8]) -> Result<Box<dyn Prover>, KeyError>;
    /// Verifies a round's proof: the claim's commitments are *all* rows of the round, taken from the ledger.
    /// The outcome's integer checks ([`crate::rule::PublishedRule::check_outcome`]) are the caller's to make first.
    ///
    /// # Errors
    /// What is wrong.
    fn verify(
        &self,
        key: &VerifyingKey,
        claim: &RoundClaim<'_>,
        proof: &RoundProof,
    ) -> Result<(), ProofError> {
        self.verify_watched(key, claim, proof, &mut |_| {})
    }
    /// [`Self::verify`], telling `watch` what is done.
    ///
    /// # Errors
    /// As [`Self::verify`].
    fn verify_watched(
        &self,
        key: &VerifyingKey,
        claim: &RoundClaim<'_>,
        proof: &RoundProof,
        watch: &mut dyn FnMut(Step),
    ) -> Result<(), ProofError>;
}

/// The smallest tier that holds the rows, else the largest, sharded.
#[must_use]
pub fn tier_for(tiers: &[TierInfo], rows: usize) -> Option<&TierInfo> {
    tiers.iter().find(|tier| rows <= tier.capacity).or_else(|| tiers.last())
}

/// The number of shards of a round; a round without rows is one empty shard.
#[must_use]
pub fn shard_count(rows: usize, capacity: usize) -> usize {
    rows.div_ceil(capacity).max(1)
}

/// A circuit that can prove the rounds of a rule.
pub trait RoundCircuit: Circuit + Clone + 'static {
    /// Typed public data of a round.
    type Public;

    /// Reads the public data of a claim.
    ///
    /// # Errors
    /// Terms or outcome of another form, or not about these rows.
    fn read(claim: &RoundClaim<'_>) -> Result<Self::Public, ProofError>;
    /// The public columns of the rows `range`, as field elements.
    fn columns(public: &Self::Public, range: std::ops::Range<usize>) -> Vec<Vec<proof_system::Scalar>>;
    /// The public scalars of a shard.
    fn scalars(public: &Self::Public, shard: Shard) -> Vec<proof_system::Scalar>;
    /// The witness of the rows `range`, and what they hand on, given what was handed over.
    fn witness(
        &self,
        public: &Self::Public,
        openings: &[Opening],
        range: std::ops::Range<usize>,
        taken: proof_system::Scalar,
        shard: Shard,
    ) -> (Self::Witness, proof_system::Scalar);
}

/// The claims of a round's shards.
///
/// # Errors
/// The claim is not of the rule's form, or there is not one carry between each two shards.
pub fn shard_claims<'a, C: RoundCircuit>(
    circuit: &C,
    claim: &RoundClaim<'_>,
    commitments: &'a [G1Affine],
    carries: &[G1Affine],
) -> Result<Vec<Claim<'a>>, ProofError> {
    let public = C::read(claim)?;
    let (rows, capacity) = (commitments.len(), circuit.capacity());
    let count = shard_count(rows, capacity);
    if carries.len() + 1 != count {
        return Err(ProofError::Claim("one carry between each two shards"));
    }
    let shard_claim = |index: usize| {
        let shard = Shard { index: index as u64, count: count as u64, rows: rows as u64 };
        let range = index * capacity..rows.min((index + 1) * capacity);
        let taken = index.checked_sub(1).map(|before| carries[before]);
        Claim {
            statement: claim.statement,
            shard,
            commitments: &commitments[range.clone()],
            carries: Carries { taken, given: carries.get(index).copied() },
            columns: C::columns(&public, range),
            scalars: C::scalars(&public, shard),
        }
    };
    Ok((0..count).map(shard_claim).collect())
}

/// Proves a round, shard by shard.
///
/// # Errors
/// The claim is false, or the openings do not fit.
pub fn prove_round<C: RoundCircuit>(
    key: &ProvingKey<C>,
    claim: &RoundClaim<'_>,
    openings: &[Opening],
    rng: &mut dyn SecureRng,
) -> Result<RoundProof, ProveError> {
    prove_round_watched(key, claim, openings, rng, &mut |_| {})
}

/// [`prove_round`], telling `watch` what is done.
///
/// # Errors
/// As [`prove_round`].
pub fn prove_round_watched<C: RoundCircuit>(
    key: &ProvingKey<C>,
    claim: &RoundClaim<'_>,
    openings: &[Opening],
    mut rng: &mut dyn SecureRng,
    watch: &mut dyn FnMut(Step),
) -> Result<RoundProof, ProveError> {
    let commitments: Vec<G1Affine> = claim.commitments.iter().map(|c| c.0).collect();
    if openings.len() != commitments.len() {
        return Err(ProofError::Claim("one opening per row").into());
    }
    let public = C::read(claim)?;
    let (rows, capacity) = (commitments.len(), key.circuit.capacity());
    let count = shard_count(rows, capacity);
    let shard = |index: usize| Shard { index: index as u64, count: count as u64, rows: rows as u64 };
    let range = |index: usize| index * capacity..rows.min((index + 1) * capacity);

    // First every hand-over, so that each shard's claim has the carries on both sides.
    let mut values = vec![proof_system::Scalar::from(0u64)];
    for index in 0..count - 1 {
        let taken = values[index];
        values.push(key.circuit.witness(&public, openings, range(index), taken, shard(index)).1);
    }
    // After the last shard there is nothing to hand on.
    values.push(proof_system::Scalar::from(0u64));
    let blindings: Vec<_> = (0..=count)
        .map(|between| proof_system::carry_blinding(between > 0 && between < count, &mut rng))
        .collect();
    let carries: Vec<G1Affine> =
        (1..count).map(|between| proof_system::pedersen(&[values[between]], blindings[between])).collect();

    let claims = shard_claims(&key.circuit, claim, &commitments, &carries)?;
    let mut shards = Vec::with_capacity(count);
    for (index, claim) in claims.iter().enumerate() {
        let (witness, _) = key.circuit.witness(&public, openings, range(index), values[index], shard(index));
        let taken = (values[index], blindings[index]);
        let given = (values[index + 1], blindings[index + 1]);
        let secrets = Secrets::new(&openings[range(index)], key.circuit.layout().sealed, taken, given);
        shards.push(proof_system::prove_watched(key, claim, &secrets, &witness, &mut rng, watch)?);
    }
    Ok(RoundProof { shards, carries })
}

/// Verifies a round's proof, all shards as one batch.
///
/// # Errors
/// What is wrong.
pub fn verify_round<C: RoundCircuit>(
    circuit: &C,
    key: &VerifyingKey,
    claim: &RoundClaim<'_>,
    proof: &RoundProof,
) -> Result<(), ProofError> {
    verify_round_watched(circuit, key, claim, proof, &mut |_| {})
}

/// [`verify_round`], telling `watch` what is done.
///
/// # Errors
/// As [`verify_round`].
pub fn verify_round_watched<C: RoundCircuit>(
    circuit: &C,
    key: &VerifyingKey,
    claim: &RoundClaim<'_>,
    proof: &RoundProof,
    watch: &mut dyn FnMut(Step),
) -> Result<(), ProofError> {
    let commitments: Vec<G1Affine> = claim.commitments.iter().map(|c| c.0).collect();
    let claims = shard_claims(circuit, claim, &commitments, &proof.carries)?;
    if claims.len() != proof.shards.len() {
        return Err(ProofError::Claim("one proof per shard"));
    }
    let items: Vec<_> =
        claims.iter().zip(&proof.shards).map(|(claim, shard)| (key, circuit, claim, shard)).collect();
    proof_system::verify_watched(&items, watch)
}

/// The prover over a key of circuit `C`.
pub struct CircuitProver<C>(pub ProvingKey<C>);

impl<C: RoundCircuit> Prover for CircuitProver<C> {
    fn verifying_key(&self) -> &VerifyingKey {
        &self.0.verifying
    }

    fn constraints(&self) -> usize {
        self.0.matrices.constraints()
    }

    fn to_bytes(&self) -> Vec<u8> {
        self.0.to_bytes()
    }

    fn prove_watched(
        &self,
        claim: &RoundClaim<'_>,
        openings: &[Opening],
        rng: &mut dyn SecureRng,
        watch: &mut dyn FnMut(Step),
    ) -> Result<RoundProof, ProveError> {
        prove_round_watched(&self.0, claim, openings, rng, watch)
    }
}
