//! Phase 1: the powers of tau, which know no circuit.

use super::beacon::Beacon;
use super::chain::{self, Contribution, ContributorName, Factors};
use super::points::{self, weights};
use super::{CeremonyError, Watch};
use crate::field::Fr;
use crate::json;
use crate::msm::msm;
use crate::number::Count;
use ark_bn254::{Bn254, G1Affine, G2Affine};
use ark_ec::pairing::{Pairing, PairingOutput};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::One;
use ark_std::rand::{CryptoRng, RngCore};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// The largest size: domains of `2^28`, as large as the field has.
pub const MAX_POWER: u32 = 28;

/// `τ^i·G_1` for `i ≤ 2N−2`; `τ^i·G_2`, `α·τ^i·G_1`, `β·τ^i·G_1` for `i < N`; `β·G_2`. `N = 2^power`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Powers {
    pub(super) tau_g1: Vec<G1Affine>,
    pub(super) tau_g2: Vec<G2Affine>,
    pub(super) alpha_g1: Vec<G1Affine>,
    pub(super) beta_g1: Vec<G1Affine>,
    pub(super) beta_g2: G2Affine,
}

/// Where powers come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PowersOrigin {
    /// Contributions to a file that was begun with this program: checked.
    Contributions(PowersTranscript),
    /// Another ceremony's file, whose contributors are listed and checked by its own program (`snarkjs powersoftau
    /// verify`): believed, if the digest is the published one.
    Imported,
}

/// The transcript of phase 1, as it stands in the file of the powers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PowersTranscript {
    /// `powers/v1`.
    pub schema: String,
    /// The size that the contributors made: of 2^power constraints.
    pub power: Count,
    /// In order.
    pub contributions: Vec<Contribution>,
}

impl PowersTranscript {
    /// The schema's name.
    pub const SCHEMA: &'static str = "powers/v1";

    /// Of nobody yet.
    #[must_use]
    pub fn new(power: u32) -> Self {
        Self { schema: Self::SCHEMA.into(), power: Count(power.into()), contributions: Vec::new() }
    }

    /// What stands for everything up to and with each contribution, before the first of them at first.
    #[must_use]
    pub fn heads(&self) -> Vec<[u8; 32]> {
        chain::heads(self.start(), &self.contributions)
    }

    fn head(&self) -> [u8; 32] {
        self.heads().pop().unwrap_or_default()
    }

    fn start(&self) -> [u8; 32] {
        let (schema, power) = (self.schema.clone(), self.power);
        let before = Self { schema, power, contributions: Vec::new() };
        blake3::derive_key("quittance v1 powers", &json::to_canonical(&before))
    }

    /// Checks every proof; gives `τ·G_1`, `α·G_1`, `β·G_1` after the last contribution.
    pub(super) fn follow(&self) -> Result<[G1Affine; 3], CeremonyError> {
        json::expect_schema(&self.schema, Self::SCHEMA)
            .map_err(|error| CeremonyError::malformed(error.to_string()))?;
        let start = vec![G1Affine::generator(); 3];
        let end = chain::follow(&self.contributions, start, self.start())?;
        <[G1Affine; 3]>::try_from(end).map_err(|_| CeremonyError::invalid("not three secrets"))
    }
}

impl Powers {
    /// The powers of `τ = α = β = 1`, where phase 1 begins.
    ///
    /// # Errors
    /// The size is 0 or above [`MAX_POWER`].
    pub fn new(power: u32) -> Result<Self, CeremonyError> {
        if !(1..=MAX_POWER).contains(&power) {
            return Err(CeremonyError::unfit(format!("a size is 1 to {MAX_POWER}: of 2^size constraints")));
        }
        let (size, g1) = (1usize << power, G1Affine::generator());
        Ok(Self {
            tau_g1: vec![g1; 2 * size - 1],
            tau_g2: vec![G2Affine::generator(); size],
            alpha_g1: vec![g1; size],
            beta_g1: vec![g1; size],
            beta_g2: G2Affine::generator(),
        })
    }

    /// Log of the size: circuits of up to `2^power` constraints.
    #[must_use]
    pub fn power(&self) -> u32 {
        self.tau_g2.len().ilog2()
    }

    /// Points that a contribution multiplies.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tau_g1.len() + self.tau_g2.len() + self.alpha_g1.len() + self.beta_g1.len()
    }

    /// Never: there is a first power.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What names the powers: `derive_key("quittance v1 powers-points", …)` over the points, uncompressed: `τ`, `α` and `β` in
    /// G1, then G2.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.digest_up_to(self.power())
    }

    /// The digest of the powers of a smaller size, which these begin with.
    pub(super) fn digest_up_to(&self, power: u32) -> [u8; 32] {
        let size = 1usize << power.min(self.power());
        let mut hasher = blake3::Hasher::new_derive_key("quittance v1 powers-points");
        for list in [&self.tau_g1[..2 * size - 1], &self.alpha_g1[..size], &self.beta_g1[..size]] {
            points::hash(list, &mut hasher);
        }
        points::hash(&self.tau_g2[..size], &mut hasher);
        points::hash(&[self.beta_g2], &mut hasher);
        *hasher.finalize().as_bytes()
    }

    /// The public values that a contribution moves.
    fn values(&self) -> [G1Affine; 3] {
        [self.tau_g1[1], self.alpha_g1[0], self.beta_g1[0]]
    }

    fn scale(&mut self, factors: &Factors, watch: Watch<'_>) {
        let [tau, alpha, beta] = [0, 1, 2].map(|index| factors.get(index));
        let powers = Zeroizing::new(powers_of(tau, self.tau_g1.len()));
        points::scale(&mut self.tau_g1, |i| powers[i], watch);
        points::scale(&mut self.tau_g2, |i| powers[i], watch);
        points::scale(&mut self.alpha_g1, |i| powers[i] * alpha, watch);
        points::scale(&mut self.beta_g1, |i| powers[i] * beta, watch);
        self.beta_g2 = (self.beta_g2 * beta).into_affine();
    }

    /// Multiplies the secrets by fresh factors, which are forgotten. Only powers are multiplied: whoever multiplied other
    /// points, unseen, would hand out what nobody may have.
    ///
    /// # Errors
    /// The beacon ended phase 1; these are no powers, or not those that the transcript leads to.
    pub fn contribute(
        &mut self,
        transcript: &mut PowersTranscript,
        name: ContributorName,
        rng: &mut (impl RngCore + CryptoRng),
        watch: Watch<'_>,
    ) -> Result<(), CeremonyError> {
        self.continues(transcript, rng)?;
        let (old, head) = (self.values(), transcript.head());
        let factors = Factors::draw(old.len(), rng);
        self.scale(&factors, watch);
        transcript.contributions.push(factors.prove(name, self.digest(), &head, &old, rng));
        Ok(())
    }

    /// Ends phase 1 with a public beacon.
    ///
    /// # Errors
    /// It has ended already; nobody has contributed; the beacon is not fit.
    pub fn end(
        &mut self,
        transcript: &mut PowersTranscript,
        name: ContributorName,
        beacon: Beacon,
        rng: &mut (impl RngCore + CryptoRng),
        watch: Watch<'_>,
    ) -> Result<(), CeremonyError> {
        self.continues(transcript, rng)?;
        chain::expect_beacon(&transcript.contributions, &beacon)?;
        let (old, head) = (self.values(), transcript.head());
        let factors = Factors::of_beacon(&beacon, &chain::named(&head, &name), old.len());
        self.scale(&factors, watch);
        transcript.contributions.push(factors.declare(name, beacon, self.digest(), &old));
        Ok(())
    }

    /// Whether these are powers, those that the transcript leads to, and it can go on.
    fn continues(
        &self,
        transcript: &PowersTranscript,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<(), CeremonyError> {
        chain::expect_open(&transcript.contributions)?;
        self.fits(transcript)?;
        if !transcript.contributions.is_empty() {
            return self.check(rng);
        }
        if *self == Self::new(self.power())? {
            return Ok(());
        }
        Err(CeremonyError::invalid("nobody has contributed, and yet these are not the powers of 1"))
    }

    /// Whether these are the powers that the transcript leads to.
    pub(super) fn fits(&self, transcript: &PowersTranscript) -> Result<(), CeremonyError> {
        let same = transcript.power.0 == u64::from(self.power()) && transcript.follow()? == self.values();
        let digest = transcript.contributions.last().map(|last| last.points.clone());
        if same && digest.is_none_or(|digest| digest == hex::encode(self.digest())) {
            return Ok(());
        }
        Err(CeremonyError::invalid("the powers are not those that the contributions lead to"))
    }

    /// Whether the points are powers of one `τ`, times one `α` and one `β`, by random linear combinations; and no
    /// secret is 0 or 1.
    ///
    /// # Errors
    /// What is wrong.
    pub fn check(&self, rng: &mut (impl RngCore + CryptoRng)) -> Result<(), CeremonyError> {
        let (g1, g2) = (G1Affine::generator(), G2Affine::generator());
        let invalid = |what: &str| Err(CeremonyError::invalid(format!("powers of tau: {what}")));
        if self.tau_g1[0] != g1 || self.tau_g2[0] != g2 {
            return invalid("they do not start with the generators");
        }
        let [tau, alpha, beta] = self.values();
        if [tau, alpha, beta].iter().any(|point| point.is_zero() || *point == g1) {
            return invalid("a secret is 0 or 1: nobody has contributed");
        }
        let weights = weights(self.tau_g1.len() - 1, rng);
        let step = |points: &[G1Affine]| {
            let last = points.len() - 1;
            [msm(&points[..last], &weights[..last]), msm(&points[1..], &weights[..last])]
        };
        // What is multiplied by `τ` in G2 on the left is the next power on the right.
        for (points, what) in [
            (&self.tau_g1, "the powers of τ in G1"),
            (&self.alpha_g1, "the powers times α"),
            (&self.beta_g1, "the powers times β"),
        ] {
            let [low, high] = step(points);
            if !same_product([low.into_affine(), high.into_affine()], [self.tau_g2[1], g2]) {
                return invalid(&format!("{what} do not follow from each other"));
            }
        }
        let last = self.tau_g2.len() - 1;
        let low = msm(&self.tau_g2[..last], &weights[..last]).into_affine();
        let high = msm(&self.tau_g2[1..], &weights[..last]).into_affine();
        if !same_product([tau, g1], [low, high]) {
            return invalid("the powers of τ in G2 do not follow from each other");
        }
        if !same_product([beta, g1], [g2, self.beta_g2]) {
            return invalid("β is not the same in G1 and G2");
        }
        Ok(())
    }
}

/// `e(a, x) = e(b, y)`.
pub(super) fn same_product([a, b]: [G1Affine; 2], [x, y]: [G2Affine; 2]) -> bool {
    Bn254::multi_pairing([a, -b], [x, y]) == PairingOutput::default()
}

fn powers_of(base: Fr, count: usize) -> Vec<Fr> {
    std::iter::successors(Some(Fr::one()), |power| Some(*power * base)).take(count).collect()
}
