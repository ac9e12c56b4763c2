//! Rules whose settlements are proved: keys by tier, and proofs of whole rounds, sharded or not.
//!
//! [`ProvedRule`] is the object-safe face that the engine uses; a rule implements [`RoundCircuit`] on its circuits,
//! and [`Proved`] does the rest.

use crate::builder::Matrices;
use crate::curve::{G1Affine, g1_from_bytes, g1_to_bytes};
use crate::field::{Fr, from_u128};
use crate::json::{self, Malformed};
use crate::pin::matrices_digest;
use crate::proof_system::{
    self, Carries, Circuit, Claim, KeyError, KeyParts, Proof, ProofError, ProveError, ProvingKey,
    ResultColumn, ResultSecrets, Secrets, Shard, Step, VerifyingKey, record, setup,
};
use crate::rule::{Disclosure, Evidence, PublicRound, Published, Rule, WrongOutcome};
use crate::sealed::{Commitment, Opening, ResultOpening};
use ark_std::rand::{CryptoRng, RngCore};
use serde_json::Value;
use std::marker::PhantomData;
use std::ops::Range;

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
    /// What the settlement publishes.
    pub published: Published<'a>,
    /// Commitments of sealed result columns, one entry per row; none if the round publishes results.
    pub results: &'a [Vec<Commitment>],
}

/// What opens the commitments of a claim.
#[derive(Clone, Copy)]
pub struct RoundSecrets<'a> {
    /// The openings of all rows, in row order.
    pub rows: &'a [Opening],
    /// The openings of the claim's result columns.
    pub results: &'a [Vec<ResultOpening>],
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

    /// Reads [`Self::to_bytes`] of proofs with `sealed` sealed columns and `results` sealed result columns.
    ///
    /// # Errors
    /// Bytes that are no proof or no commitment.
    pub fn from_bytes<'a>(
        shards: impl IntoIterator<Item = &'a [u8]>,
        carries: impl IntoIterator<Item = &'a [u8; 32]>,
        sealed: usize,
        results: usize,
    ) -> Result<Self, Malformed> {
        let shard = |bytes| {
            Proof::from_bytes(bytes, sealed, results)
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
    /// Sealed columns of a proof, used or not.
    pub sealed: usize,
    /// Digest of the circuit's matrices, pinned.
    pub matrices_digest: [u8; 32],
}

/// The size that a round is proved with, and how often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fit {
    /// The size.
    pub tier: TierInfo,
    /// Number of proofs; a round without rows is one empty shard.
    pub shards: usize,
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
        secrets: &RoundSecrets<'_>,
        rng: &mut dyn SecureRng,
    ) -> Result<RoundProof, ProveError> {
        self.prove_watched(claim, secrets, rng, &mut |_| {})
    }
    /// [`Self::prove`], telling `watch` what is done, shard by shard.
    ///
    /// # Errors
    /// As [`Self::prove`].
    fn prove_watched(
        &self,
        claim: &RoundClaim<'_>,
        secrets: &RoundSecrets<'_>,
        rng: &mut dyn SecureRng,
        watch: &mut dyn FnMut(Step),
    ) -> Result<RoundProof, ProveError>;
}

/// The object-safe face of a proved rule.
pub trait ProvedRule: Send + Sync {
    /// The published sizes, smallest first.
    fn tiers(&self) -> Vec<TierInfo>;
    /// The smallest of these sizes that holds a round with these terms and rows, else the largest, sharded, if the
    /// rule can be. `None` if the round is too large for all of them.
    ///
    /// # Errors
    /// Malformed terms.
    fn fit(&self, sizes: &[&str], terms: &Value, rows: usize) -> Result<Option<Fit>, Malformed>;
    /// The most rows for which [`Self::fit`] finds one of these sizes; `None` if there is no round with these terms.
    ///
    /// # Errors
    /// Malformed terms.
    fn most_rows(&self, sizes: &[&str], terms: &Value) -> Result<Option<usize>, Malformed>;
    /// Makes a key for the tier of this size; whoever runs it could keep the secrets.
    ///
    /// # Errors
    /// No such tier.
    fn setup(&self, size: &str, rng: &mut dyn SecureRng) -> Result<Box<dyn Prover>, KeyError>;
    /// The circuit's matrices, recorded anew.
    ///
    /// # Errors
    /// No such tier.
    fn matrices(&self, size: &str) -> Result<Matrices, KeyError>;
    /// The key of a ceremony, from its verified parts.
    ///
    /// # Errors
    /// No such tier; parts of another circuit, or unsafe.
    fn assemble(
        &self,
        size: &str,
        verifying: VerifyingKey,
        parts: KeyParts,
        rng: &mut dyn SecureRng,
    ) -> Result<Box<dyn Prover>, KeyError>;
    /// Reads a key that [`Prover::to_bytes`] wrote; the caller vouches for the bytes.
    ///
    /// # Errors
    /// No such tier, or another key.
    fn load(&self, size: &str, bytes: &[u8]) -> Result<Box<dyn Prover>, KeyError>;
    /// Verifies a round's proof: the claim's commitments are *all* rows of the round, taken from the ledger. What
    /// the outcome's integers rule out is refused as well, but for money, which is no part of the relation: that is
    /// the caller's to check ([`crate::rule::PublishedRule::check_outcome`]), who has better words for it.
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
    /// What [`Self::verify`] computes on its way to the equations, a shard each.
    ///
    /// # Errors
    /// As [`Self::verify`], up to the equations.
    #[cfg(any(test, feature = "testing"))]
    fn trace(
        &self,
        key: &VerifyingKey,
        claim: &RoundClaim<'_>,
        proof: &RoundProof,
    ) -> Result<Vec<proof_system::Trace>, ProofError>;
}

/// The number of shards of a round; a round without rows is one empty shard.
#[must_use]
pub fn shard_count(rows: usize, capacity: usize) -> usize {
    rows.div_ceil(capacity).max(1)
}

/// A circuit that can prove the rounds of a rule.
pub trait RoundCircuit: Circuit + Clone + Sized + 'static {
    /// The rule.
    type Rule: Rule;
    /// The matrices digests of the published circuits among other counts: a key of any other circuit is refused.
    const PIN: &'static str;
    /// Whether rounds too large for one proof are cut into several.
    const SHARDED: bool;

    /// The published circuits, smallest first.
    fn published() -> &'static [Self];
    /// Whether a round with these terms can be proved, if it is short enough.
    fn takes(&self, _terms: &<Self::Rule as Rule>::Terms) -> bool {
        true
    }
    /// Whether one proof holds a round with these terms and rows.
    fn holds(&self, terms: &<Self::Rule as Rule>::Terms, rows: usize) -> bool {
        rows <= self.capacity() && self.takes(terms)
    }
    /// The public columns of the rows `range`, as field elements, in the order of the layout.
    fn columns(&self, public: &PublicRound<Self::Rule>, range: Range<usize>) -> Vec<Vec<Fr>>;
    /// The public scalars of a shard.
    fn scalars(&self, public: &PublicRound<Self::Rule>, shard: Shard) -> Vec<Fr>;
    /// The witness of the rows `range`, and what they hand on, given what was handed over. `results` are the
    /// numbers claimed for the result columns, published or sealed, of these rows.
    fn witness(
        &self,
        public: &PublicRound<Self::Rule>,
        openings: &[Opening],
        results: &[Vec<Fr>],
        range: Range<usize>,
        taken: Fr,
        shard: Shard,
    ) -> (Self::Witness, Fr);
}

/// Everything public of a round, read, and the circuit that it is proved in.
struct Round<'a, C: RoundCircuit> {
    circuit: &'a C,
    claim: &'a RoundClaim<'a>,
    public: PublicRound<C::Rule>,
    commitments: Vec<G1Affine>,
    /// Commitments of sealed result columns.
    sealed: Vec<Vec<G1Affine>>,
    /// Numbers of published result columns.
    open: Vec<Vec<Fr>>,
}

impl<'a, C: RoundCircuit> Round<'a, C> {
    fn read(circuit: &'a C, claim: &'a RoundClaim<'a>) -> Result<Self, ProofError> {
        let malformed = |_: Malformed| ProofError::Claim("terms, columns or outcome are malformed");
        let points = |column: &[Commitment]| column.iter().map(|c| c.0).collect::<Vec<_>>();
        let rows = claim.commitments.len();
        if claim.published.rows != rows {
            return Err(ProofError::Claim("the outcome is about other rows"));
        }
        let names = C::Rule::RESULTS;
        let seals = !names.is_empty() && claim.published.disclosure == Disclosure::Sealed;
        if claim.results.len() != if seals { names.len() } else { 0 } {
            return Err(ProofError::Claim("commitments of exactly the sealed result columns"));
        }
        let public = PublicRound::<C::Rule>::read(&claim.published).map_err(malformed)?;
        if C::Rule::evidence(&public.terms, public.disclosure) != Evidence::Proved {
            // Its public columns need not be what the circuit reads.
            return Err(ProofError::Claim("settlements of such rounds are not proved"));
        }
        let implied = C::Rule::public_columns(&public.outcome);
        if implied.iter().any(|(_, column)| column.as_array().map(Vec::len) != Some(rows)) {
            return Err(ProofError::Claim("the outcome is about other rows"));
        }
        if !C::SHARDED && !circuit.holds(&public.terms, rows) {
            return Err(ProofError::Claim("the round is too large for the circuit"));
        }
        let open = if seals || names.is_empty() { Vec::new() } else { C::Rule::results(&public.outcome) };
        let open: Vec<Vec<Fr>> =
            open.into_iter().map(|column| column.into_iter().map(from_u128).collect()).collect();
        let sealed: Vec<Vec<G1Affine>> = claim.results.iter().map(|column| points(column)).collect();
        let whole = open.iter().all(|column| column.len() == rows)
            && sealed.iter().all(|column| column.len() == rows)
            && open.len() + sealed.len() == names.len();
        if !whole {
            return Err(ProofError::Claim("a result column has not one entry per row"));
        }
        Ok(Self { circuit, claim, public, commitments: points(claim.commitments), sealed, open })
    }

    fn count(&self) -> usize {
        shard_count(self.commitments.len(), self.circuit.capacity())
    }

    fn shard(&self, index: usize) -> Shard {
        Shard { index: index as u64, count: self.count() as u64, rows: self.commitments.len() as u64 }
    }

    fn range(&self, index: usize) -> Range<usize> {
        let capacity = self.circuit.capacity();
        index * capacity..self.commitments.len().min((index + 1) * capacity)
    }

    /// The claims of the shards.
    fn claims(&self, carries: &[G1Affine]) -> Result<Vec<Claim<'_>>, ProofError> {
        if carries.len() + 1 != self.count() {
            return Err(ProofError::Claim("one carry between each two shards"));
        }
        let claim = |index: usize| {
            let (shard, range) = (self.shard(index), self.range(index));
            let taken = index.checked_sub(1).map(|before| carries[before]);
            let open = self.open.iter().map(|column| ResultColumn::Published(column[range.clone()].to_vec()));
            let sealed = self.sealed.iter().map(|column| ResultColumn::Sealed(&column[range.clone()]));
            Claim {
                statement: self.claim.statement,
                shard,
                commitments: &self.commitments[range.clone()],
                carries: Carries { taken, given: carries.get(index).copied() },
                results: open.chain(sealed).collect(),
                columns: self.circuit.columns(&self.public, range),
                scalars: self.circuit.scalars(&self.public, shard),
            }
        };
        Ok((0..self.count()).map(claim).collect())
    }

    /// The numbers claimed for result columns.
    fn results(&self, secrets: &RoundSecrets<'_>, range: Range<usize>) -> Vec<Vec<Fr>> {
        let sealed = |column: &Vec<ResultOpening>| {
            column[range.clone()].iter().map(|opening| from_u128(opening.value())).collect()
        };
        let open = self.open.iter().map(|column| column[range.clone()].to_vec());
        open.chain(secrets.results.iter().map(sealed)).collect()
    }
}

/// The claims of the shards of a round without sealed results, over these commitments: for tests that attack one.
///
/// # Errors
/// The claim is not of the rule's form, or there is not one carry between each two shards.
#[cfg(test)]
pub(crate) fn shard_claims<'a, C: RoundCircuit>(
    circuit: &C,
    claim: &RoundClaim<'_>,
    commitments: &'a [G1Affine],
    carries: &[G1Affine],
) -> Result<Vec<Claim<'a>>, ProofError> {
    let round = Round::read(circuit, claim)?;
    let claims = round.claims(carries)?.into_iter().enumerate();
    let owned = |(index, claim): (usize, Claim<'_>)| Claim {
        commitments: &commitments[round.range(index)],
        results: Vec::new(),
        statement: claim.statement,
        shard: claim.shard,
        carries: claim.carries,
        columns: claim.columns,
        scalars: claim.scalars,
    };
    Ok(claims.map(owned).collect())
}

/// Proves a round, shard by shard.
///
/// # Errors
/// The claim is false, or the openings do not fit.
pub fn prove_round<C: RoundCircuit>(
    key: &ProvingKey<C>,
    claim: &RoundClaim<'_>,
    secrets: &RoundSecrets<'_>,
    rng: &mut dyn SecureRng,
) -> Result<RoundProof, ProveError> {
    prove_round_watched(key, claim, secrets, rng, &mut |_| {})
}

/// [`prove_round`], telling `watch` what is done.
///
/// # Errors
/// As [`prove_round`].
pub fn prove_round_watched<C: RoundCircuit>(
    key: &ProvingKey<C>,
    claim: &RoundClaim<'_>,
    secrets: &RoundSecrets<'_>,
    mut rng: &mut dyn SecureRng,
    watch: &mut dyn FnMut(Step),
) -> Result<RoundProof, ProveError> {
    let round = Round::read(&key.circuit, claim)?;
    let rows = round.commitments.len();
    let fits = secrets.rows.len() == rows
        && secrets.results.len() == claim.results.len()
        && secrets.results.iter().all(|column| column.len() == rows);
    if !fits {
        return Err(ProofError::Claim("one opening per commitment").into());
    }
    let count = round.count();
    let fill = |index: usize, taken: Fr| {
        let (range, shard) = (round.range(index), round.shard(index));
        let results = round.results(secrets, range.clone());
        key.circuit.witness(&round.public, secrets.rows, &results, range, taken, shard)
    };

    // First every hand-over, so that each shard's claim has the carries on both sides.
    let mut values = vec![Fr::from(0u64)];
    for index in 0..count - 1 {
        let taken = values[index];
        values.push(fill(index, taken).1);
    }
    // After the last shard there is nothing to hand on.
    values.push(Fr::from(0u64));
    let blindings: Vec<_> = (0..=count)
        .map(|between| proof_system::carry_blinding(between > 0 && between < count, &mut rng))
        .collect();
    let carries: Vec<G1Affine> =
        (1..count).map(|between| proof_system::pedersen(&[values[between]], blindings[between])).collect();

    let mut shards = Vec::with_capacity(count);
    for (index, claim) in round.claims(&carries)?.iter().enumerate() {
        let (witness, _) = fill(index, values[index]);
        let range = round.range(index);
        let of_results = |column: &Vec<ResultOpening>| ResultSecrets::new(&column[range.clone()]);
        let results = secrets.results.iter().map(of_results).collect();
        let taken = (values[index], blindings[index]);
        let given = (values[index + 1], blindings[index + 1]);
        let sealed = key.circuit.layout().sealed;
        let secrets = Secrets::new(&secrets.rows[range.clone()], sealed, results, taken, given);
        shards.push(proof_system::prove_watched(key, claim, &secrets, &witness, &mut rng, watch)?);
    }
    Ok(RoundProof { shards, carries })
}

/// Verifies a round's proof, all shards as one batch. The integer checks of the outcome are the caller's.
///
/// # Errors
/// What is wrong.
pub fn verify_round<C: RoundCircuit>(
    circuit: &C,
    key: &VerifyingKey,
    claim: &RoundClaim<'_>,
    proof: &RoundProof,
) -> Result<(), ProofError> {
    verify_read(&Round::read(circuit, claim)?, key, proof, &mut |_| {})
}

fn verify_read<C: RoundCircuit>(
    round: &Round<'_, C>,
    key: &VerifyingKey,
    proof: &RoundProof,
    watch: &mut dyn FnMut(Step),
) -> Result<(), ProofError> {
    let claims = round.claims(&proof.carries)?;
    if claims.len() != proof.shards.len() {
        return Err(ProofError::Claim("one proof per shard"));
    }
    let items: Vec<_> =
        claims.iter().zip(&proof.shards).map(|(claim, shard)| (key, round.circuit, claim, shard)).collect();
    proof_system::verify_watched(&items, watch)
}

/// The proved face of the rule that circuits `C` prove.
pub struct Proved<C>(PhantomData<fn() -> C>);

impl<C> Proved<C> {
    /// The only value.
    pub const NEW: Self = Self(PhantomData);
}

const NO_TIER: KeyError = KeyError::Malformed("the rule has no tier of this size");

/// The published circuit of this size.
fn circuit<C: RoundCircuit>(size: &str) -> Result<&'static C, KeyError> {
    C::published().iter().find(|circuit| circuit.tier().size == size).ok_or(NO_TIER)
}

fn info<C: RoundCircuit>(circuit: &C) -> TierInfo {
    let size = circuit.tier().size;
    TierInfo {
        capacity: circuit.capacity(),
        sealed: circuit.layout().sealed,
        matrices_digest: matrices_digest(C::PIN, &size),
        size,
    }
}

/// The published circuits of these sizes, smallest first.
fn published_of<'a, C: RoundCircuit>(sizes: &'a [&'a str]) -> impl Iterator<Item = &'static C> + Clone + 'a {
    C::published().iter().filter(|circuit| sizes.contains(&circuit.tier().size.as_str()))
}

impl<C: RoundCircuit> ProvedRule for Proved<C> {
    fn tiers(&self) -> Vec<TierInfo> {
        C::published().iter().map(info).collect()
    }

    fn fit(&self, sizes: &[&str], terms: &Value, rows: usize) -> Result<Option<Fit>, Malformed> {
        let terms: <C::Rule as Rule>::Terms = json::from_value(terms)?;
        let known = published_of::<C>(sizes);
        let holding = known.clone().find(|circuit| circuit.holds(&terms, rows));
        let sharded = || known.last().filter(|_| C::SHARDED);
        let fit = |circuit: &C| Fit { shards: shard_count(rows, circuit.capacity()), tier: info(circuit) };
        Ok(holding.or_else(sharded).map(fit))
    }

    fn most_rows(&self, sizes: &[&str], terms: &Value) -> Result<Option<usize>, Malformed> {
        let terms: <C::Rule as Rule>::Terms = json::from_value(terms)?;
        let most = |circuit: &C| match circuit.takes(&terms) {
            _ if C::SHARDED => Some(usize::MAX),
            true => Some(circuit.capacity()),
            false => None,
        };
        Ok(published_of::<C>(sizes).filter_map(most).max())
    }

    fn setup(&self, size: &str, mut rng: &mut dyn SecureRng) -> Result<Box<dyn Prover>, KeyError> {
        Ok(Box::new(CircuitProver(setup(circuit::<C>(size)?.clone(), &mut rng)?)))
    }

    fn matrices(&self, size: &str) -> Result<Matrices, KeyError> {
        Ok(record(circuit::<C>(size)?))
    }

    fn assemble(
        &self,
        size: &str,
        verifying: VerifyingKey,
        parts: KeyParts,
        mut rng: &mut dyn SecureRng,
    ) -> Result<Box<dyn Prover>, KeyError> {
        let circuit = circuit::<C>(size)?.clone();
        Ok(Box::new(CircuitProver(ProvingKey::assemble(circuit, verifying, parts, &mut rng)?)))
    }

    fn load(&self, size: &str, bytes: &[u8]) -> Result<Box<dyn Prover>, KeyError> {
        Ok(Box::new(CircuitProver(ProvingKey::from_trusted_bytes(circuit::<C>(size)?.clone(), bytes)?)))
    }

    fn verify_watched(
        &self,
        key: &VerifyingKey,
        claim: &RoundClaim<'_>,
        proof: &RoundProof,
        watch: &mut dyn FnMut(Step),
    ) -> Result<(), ProofError> {
        let circuit = circuit::<C>(&key.tier.size)?;
        key.expect(circuit.layout().inputs(), &info(circuit).matrices_digest)?;
        let round = Round::read(circuit, claim)?;
        // The relation is complete only with the integer checks: nobody may forget them.
        match round.public.check() {
            Ok(_) | Err(WrongOutcome::Payment(_) | WrongOutcome::Conservation(_)) => {}
            Err(WrongOutcome::Refused(refusal)) => return Err(ProofError::Claim(refusal.0)),
            Err(WrongOutcome::Malformed(_) | WrongOutcome::Impossible(_)) => {
                return Err(ProofError::Claim("the outcome contradicts the rule, whatever the rows are"));
            }
        }
        verify_read(&round, key, proof, watch)
    }

    #[cfg(any(test, feature = "testing"))]
    fn trace(
        &self,
        key: &VerifyingKey,
        claim: &RoundClaim<'_>,
        proof: &RoundProof,
    ) -> Result<Vec<proof_system::Trace>, ProofError> {
        let circuit = circuit::<C>(&key.tier.size)?;
        let round = Round::read(circuit, claim)?;
        let claims = round.claims(&proof.carries)?;
        let shards = claims.iter().zip(&proof.shards);
        let prepare = |(claim, shard)| proof_system::Verification::prepare(key, circuit, claim, shard);
        Ok(proof_system::Trace::of(&shards.map(prepare).collect::<Result<Vec<_>, _>>()?))
    }
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
        secrets: &RoundSecrets<'_>,
        rng: &mut dyn SecureRng,
        watch: &mut dyn FnMut(Step),
    ) -> Result<RoundProof, ProveError> {
        prove_round_watched(&self.0, claim, secrets, rng, watch)
    }
}
