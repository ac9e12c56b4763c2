//! Prove one shard.

use super::proof::ResultLink;
use super::{Challenges, Circuit, Claim, Proof, ProofError, ProvingKey, ResultColumn, Step, groth16, verify};
use crate::builder::{Assignment, Builder, Late, Layout, Masks, Unsatisfied};
use crate::curve::G1Affine;
use crate::field::{Fr, from_u64, from_u128};
use crate::gadgets::horner;
use crate::msm::msm;
use crate::sealed::{Generators, Opening, ResultOpening};
use ark_bn254::G1Projective;
use ark_ec::CurveGroup;
use ark_ff::Zero;
use ark_std::UniformRand;
use ark_std::rand::{CryptoRng, RngCore};
use zeroize::Zeroize;

/// What opens the commitments of a claim, as field elements. Wiped on drop.
#[derive(Clone, Default)]
pub struct Secrets {
    /// Sealed columns: `columns[k][i]` is number `k` of row `i`.
    pub columns: Vec<Vec<Fr>>,
    /// Blindings, by row.
    pub blindings: Vec<Fr>,
    /// Sealed result columns.
    pub results: Vec<ResultSecrets>,
    /// Value and blinding of the carry taken.
    pub taken: (Fr, Fr),
    /// Value and blinding of the carry given.
    pub given: (Fr, Fr),
}

impl Secrets {
    /// The secrets of some rows in a circuit with `sealed` columns, numbers that a row does not have being 0; of
    /// sealed results; and of the carries as (value, blinding).
    #[must_use]
    pub fn new(
        openings: &[Opening],
        sealed: usize,
        results: Vec<ResultSecrets>,
        taken: (Fr, Fr),
        given: (Fr, Fr),
    ) -> Self {
        let column = |k: usize| {
            openings.iter().map(|opening| from_u64(opening.row().get(k).copied().unwrap_or(0))).collect()
        };
        Self {
            columns: (0..sealed).map(column).collect(),
            blindings: openings.iter().map(|opening| opening.blinding().0).collect(),
            results,
            taken,
            given,
        }
    }
}

/// What opens the commitments of a sealed result column. Wiped on drop.
#[derive(Clone, Default)]
pub struct ResultSecrets {
    /// Numbers, by row.
    pub values: Vec<Fr>,
    /// Blindings, by row.
    pub blindings: Vec<Fr>,
}

impl ResultSecrets {
    /// The secrets of these openings, in row order.
    #[must_use]
    pub fn new(openings: &[ResultOpening]) -> Self {
        Self {
            values: openings.iter().map(|opening| from_u128(opening.value())).collect(),
            blindings: openings.iter().map(|opening| opening.blinding().0).collect(),
        }
    }
}

impl Drop for ResultSecrets {
    fn drop(&mut self) {
        self.values.zeroize();
        self.blindings.zeroize();
    }
}

/// The blinding of a carry between two shards, anew for every proof; 0 where there is no carry.
pub(crate) fn carry_blinding(exists: bool, mut rng: &mut dyn crate::proved::SecureRng) -> Fr {
    if exists { Fr::rand(&mut rng) } else { Fr::zero() }
}

impl Drop for Secrets {
    fn drop(&mut self) {
        self.columns.iter_mut().for_each(Zeroize::zeroize);
        self.blindings.zeroize();
        for (value, blinding) in [&mut self.taken, &mut self.given] {
            value.zeroize();
            blinding.zeroize();
        }
    }
}

/// Why there is no proof.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProveError {
    /// The claim is false, or the witness does not fit it.
    #[error("the witness does not satisfy the circuit: {0}")]
    Unsatisfied(#[from] Unsatisfied),
    /// Every constraint holds, but the proof does not verify: openings that do not fit their commitments, or a
    /// broken key.
    #[error("the proof does not verify: {0}")]
    Unverified(#[from] ProofError),
    /// More constraints than the field has room for.
    #[error("the circuit is too large")]
    TooLarge,
}

/// Proves a claim and verifies the proof before it is handed out.
///
/// Masks, hiding wire and Groth16's own randomness are drawn from `rng` anew for every attempt and kept nowhere:
/// one mask under two challenges would give an equation in the bids alone.
///
/// # Errors
/// The claim is false, or the openings do not fit.
pub fn prove<C: Circuit>(
    key: &ProvingKey<C>,
    claim: &Claim<'_>,
    secrets: &Secrets,
    witness: &C::Witness,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<Proof, ProveError> {
    prove_watched(key, claim, secrets, witness, rng, &mut |_| {})
}

/// [`prove`], telling `watch` what is done.
///
/// # Errors
/// As [`prove`].
pub fn prove_watched<C: Circuit>(
    key: &ProvingKey<C>,
    claim: &Claim<'_>,
    secrets: &Secrets,
    witness: &C::Witness,
    rng: &mut (impl RngCore + CryptoRng),
    watch: &mut dyn FnMut(Step),
) -> Result<Proof, ProveError> {
    let attempt = loop {
        if let Some(attempt) = Attempt::start(key, claim, secrets, witness, rng) {
            break attempt;
        }
    };
    watch(Step::WitnessFilled);
    let proof = attempt.finish(key, rng)?;
    watch(Step::Proved);
    if let Err(error) = verify(&[(&key.verifying, &key.circuit, claim, &proof)]) {
        key.matrices.check(&attempt.assignment)?;
        return Err(error.into());
    }
    Ok(proof)
}

/// The secrets of one attempt: drawn anew each time, kept nowhere.
pub(super) struct Drawn {
    pub(super) masks: Masks,
    pub(super) mask_blinding: Fr,
    /// Blindings of the masks of sealed result columns.
    pub(super) result_blindings: Vec<Fr>,
    sealed: usize,
}

impl Drawn {
    pub(super) fn new(layout: Layout, claim: &Claim<'_>, rng: &mut (impl RngCore + CryptoRng)) -> Self {
        let sealed = (0..layout.sealed).map(|_| Fr::rand(rng)).collect::<Vec<_>>();
        // A published column has its numbers for all to see: its mask is 0.
        let results = claim.results.iter().map(|column| match column {
            ResultColumn::Published(_) => (Fr::zero(), None),
            ResultColumn::Sealed(_) => (Fr::rand(rng), Some(Fr::rand(rng))),
        });
        let (results, blindings): (Vec<Fr>, Vec<Option<Fr>>) = results.unzip();
        Self {
            masks: Masks { columns: [sealed, results].concat(), hide: Fr::rand(rng) },
            mask_blinding: Fr::rand(rng),
            result_blindings: blindings.into_iter().flatten().collect(),
            sealed: layout.sealed,
        }
    }

    /// Commitments to the masks: of the sealed columns together, then of each sealed result column.
    pub(super) fn c_masks(&self) -> Vec<G1Affine> {
        let (sealed, results) = self.masks.columns.split_at(self.sealed);
        // Either all result columns are sealed or none is, so masks and blindings go together.
        let results = results.iter().zip(&self.result_blindings);
        let first = std::iter::once(pedersen(sealed, self.mask_blinding));
        first.chain(results.map(|(mask, blinding)| pedersen(&[*mask], *blinding))).collect()
    }
}

/// Everything of a proof but Groth16's three points.
pub(super) struct Attempt {
    pub(super) assignment: Assignment,
    pub(super) commitment: (G1Affine, G1Affine),
    c_masks: Vec<G1Affine>,
    s: Vec<Fr>,
    t: Fr,
    /// `s` and `t` of each sealed result column.
    results: Vec<(Fr, Fr)>,
}

impl Attempt {
    /// Draws masks, commits, takes the challenges and fills every wire. `None` for unusable challenges.
    fn start<C: Circuit>(
        key: &ProvingKey<C>,
        claim: &Claim<'_>,
        secrets: &Secrets,
        witness: &C::Witness,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Option<Self> {
        let drawn = Drawn::new(key.circuit.layout(), claim, rng);
        let c_masks = drawn.c_masks();
        Self::fill(key, claim, secrets, witness, &drawn, |commitment| {
            let id = key.id();
            Challenges::draw(&key.circuit, &id, claim, &c_masks, (&commitment.0, &commitment.1))
        })
    }

    /// Fills every wire, with the challenges that `challenge` gives for `(D, D')`.
    pub(super) fn fill<C: Circuit>(
        key: &ProvingKey<C>,
        claim: &Claim<'_>,
        secrets: &Secrets,
        witness: &C::Witness,
        drawn: &Drawn,
        challenge: impl FnOnce(&mut (G1Affine, G1Affine)) -> Option<Challenges>,
    ) -> Option<Self> {
        let layout = key.circuit.layout();
        let capacity = key.circuit.capacity();
        let mut early = Builder::fill(layout, claim.scalars.clone(), drawn.masks.clone());
        let wires = key.circuit.commit(&mut early, witness);
        let mut commitment = commit(key, early.committed());
        let challenges = challenge(&mut commitment)?;

        let rho = challenges.rho;
        let sum_of_column = |k: usize| {
            // Carries stand in the first sealed column alone.
            let carried = if k == 0 { [secrets.given.0, secrets.taken.0] } else { [Fr::zero(); 2] };
            masked_sum(carried, drawn.masks.columns[k], &secrets.columns[k], capacity, rho)
        };
        let s: Vec<Fr> = (0..layout.sealed).map(sum_of_column).collect();
        let carried = [secrets.given.1, secrets.taken.1];
        let t = masked_sum(carried, drawn.mask_blinding, &secrets.blindings, capacity, rho);
        let result_masks = drawn.masks.columns[layout.sealed..].iter().zip(&drawn.result_blindings);
        let masked = |((mask, blinding), column): ((&Fr, &Fr), &ResultSecrets)| {
            let sum = |mask: &Fr, rows| masked_sum([Fr::zero(); 2], *mask, rows, capacity, rho);
            (sum(mask, &column.values), sum(blinding, &column.blindings))
        };
        let results: Vec<(Fr, Fr)> = result_masks.zip(&secrets.results).map(masked).collect();

        let sealed_sums: Vec<Fr> = results.iter().map(|(s, _)| *s).collect();
        let sums = [s.clone(), result_sums(claim, &sealed_sums, rho, capacity)].concat();
        let evaluations = evaluations(claim, &challenges, capacity);
        let mut late: Builder<Late> =
            early.challenge(&challenges.inputs(layout.challenges), &sums, &evaluations);
        key.circuit.relate(&mut late, &wires, witness);
        let (assignment, c_masks) = (late.into_assignment(), drawn.c_masks());
        Some(Self { assignment, commitment, c_masks, s, t, results })
    }

    /// Groth16 over the filled wires. False wires give a proof that does not verify, silently.
    pub(super) fn finish<C: Circuit>(
        &self,
        key: &ProvingKey<C>,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Proof, ProveError> {
        let blindings = [Fr::rand(rng), Fr::rand(rng)];
        let groth16 = groth16::prove(&key.groth16, &key.matrices, &self.assignment.full(), blindings)
            .map_err(|_| ProveError::TooLarge)?;
        let (d, d_sigma) = self.commitment;
        let (c_mask, result_masks) = self.c_masks.split_first().ok_or(ProveError::TooLarge)?;
        let links = result_masks.iter().zip(&self.results);
        Ok(Proof {
            a: groth16.a,
            b: groth16.b,
            c: groth16.c,
            d,
            d_sigma,
            c_mask: *c_mask,
            s: self.s.clone(),
            t: self.t,
            results: links.map(|(c_mask, (s, t))| ResultLink { c_mask: *c_mask, s: *s, t: *t }).collect(),
        })
    }
}

/// `D` and `D'` over the committed wires.
fn commit<C: Circuit>(key: &ProvingKey<C>, wires: &[Fr]) -> (G1Affine, G1Affine) {
    let d = msm(key.bases(), wires);
    let d_sigma = msm(&key.bases_sigma, wires);
    (d.into_affine(), d_sigma.into_affine())
}

/// A Pedersen commitment to field elements.
pub(crate) fn pedersen(values: &[Fr], blinding: Fr) -> G1Affine {
    let generators = Generators::published();
    let sum: G1Projective = values.iter().zip(&generators.g).map(|(x, g)| *g * x).sum();
    (sum + generators.h * blinding).into_affine()
}

/// `ρ^(N+2)·given + ρ^(N+1)·taken + ρ^N·mask + Σ_i ρ^(N−1−i)·x_i`: what check 8 gives for a column.
fn masked_sum(carried: [Fr; 2], mask: Fr, rows: &[Fr], capacity: usize, rho: Fr) -> Fr {
    let padding = std::iter::repeat_n(Fr::zero(), capacity - rows.len());
    let prefix = carried.into_iter().chain([mask]);
    horner::sum(prefix.chain(rows.iter().copied()).chain(padding), rho)
}

/// The public sums of the result columns: the proof's for sealed ones, native evaluations for published ones.
pub(super) fn result_sums(claim: &Claim<'_>, sealed: &[Fr], rho: Fr, capacity: usize) -> Vec<Fr> {
    let mut sealed = sealed.iter().copied();
    let sum = |column: &ResultColumn<'_>| match column {
        ResultColumn::Published(numbers) => masked_sum([Fr::zero(); 2], Fr::zero(), numbers, capacity, rho),
        ResultColumn::Sealed(_) => sealed.next().unwrap_or_default(),
    };
    claim.results.iter().map(sum).collect()
}

/// The native evaluations of the public columns at `ρ`; padding rows are 0.
pub(super) fn evaluations(claim: &Claim<'_>, challenges: &Challenges, capacity: usize) -> Vec<Fr> {
    let evaluate = |column: &Vec<Fr>| {
        let padding = std::iter::repeat_n(Fr::zero(), capacity - column.len());
        horner::sum(column.iter().copied().chain(padding), challenges.rho)
    };
    claim.columns.iter().map(evaluate).collect()
}
