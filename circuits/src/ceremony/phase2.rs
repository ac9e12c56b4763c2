//! Phase 2: the keys of circuits, made by one contributor after the other.

use super::beacon::Beacon;
use super::chain::{self, Contribution, ContributorName, Factors};
use super::key::{self, KeyPoints, SECRETS};
use super::lagrange::{Bases, ForStart};
use super::powers::{Powers, PowersOrigin};
use super::ptau::Ptau;
use super::relation::Columns;
use super::{CeremonyError, Watch};
use crate::builder::Matrices;
use crate::curve::{G1Affine, G2Affine};
use crate::json;
use crate::number::Count;
use crate::proved::ProvedRule;
use crate::rules;
use ark_ec::AffineRepr;
use ark_poly::EvaluationDomain as _;
use ark_std::rand::{CryptoRng, RngCore};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Longest transcript of a file that is read.
const MAX_TRANSCRIPT: usize = 64 << 20;

/// A circuit that a ceremony makes a key for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CircuitOf {
    /// The rule's id.
    pub rule: String,
    /// The size, as the rule spells it.
    pub tier: String,
    /// Digest of the circuit's matrices, hex.
    pub matrices: String,
}

/// The powers of tau that a ceremony rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PowersUsed {
    /// Digest of the powers up to that size, hex.
    pub digest: String,
    /// Log of the size of the largest circuit's domain.
    pub power: Count,
    /// Who made them.
    pub origin: PowersOrigin,
}

/// What everybody can check of a ceremony: its BLAKE3 digest is what the ledger names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Transcript {
    /// `ceremony/v1`.
    pub schema: String,
    /// Phase 1.
    pub powers: PowersUsed,
    /// The circuits, in the order of their points and values.
    pub circuits: Vec<CircuitOf>,
    /// In order. A value for `γ`, `δ`, `σ` of each circuit, on G2.
    pub contributions: Vec<Contribution>,
}

impl Transcript {
    /// The schema's name.
    pub const SCHEMA: &'static str = "ceremony/v1";

    /// BLAKE3 of the canonical transcript.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        *blake3::hash(&json::to_canonical(self)).as_bytes()
    }

    /// Whether the beacon has spoken.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        chain::has_ended(&self.contributions)
    }

    /// What stands for everything up to and with each contribution, before the first of them at first.
    #[must_use]
    pub fn heads(&self) -> Vec<[u8; 32]> {
        chain::heads(self.start(), &self.contributions)
    }

    pub(super) fn head(&self) -> [u8; 32] {
        self.heads().pop().unwrap_or_default()
    }

    fn start(&self) -> [u8; 32] {
        let (schema, powers, circuits) = (self.schema.clone(), self.powers.clone(), self.circuits.clone());
        let before = Self { schema, powers, circuits, contributions: Vec::new() };
        blake3::derive_key("quittance v1 ceremony", &json::to_canonical(&before))
    }

    /// Checks every proof; gives `γ`, `δ`, `σ` of every circuit, on G2, after the last contribution.
    pub(super) fn follow(&self) -> Result<Vec<[G2Affine; SECRETS]>, CeremonyError> {
        let start = vec![G2Affine::generator(); SECRETS * self.circuits.len()];
        let end = chain::follow(&self.contributions, start, self.start())?;
        Ok(end.as_chunks().0.to_vec())
    }
}

impl CircuitOf {
    /// The rule's proved face.
    pub(super) fn rule(&self) -> Result<&'static dyn ProvedRule, CeremonyError> {
        rules::find(&self.rule)
            .and_then(|rule| rule.proved())
            .ok_or_else(|| CeremonyError::unfit(format!("this program knows no circuit of `{}`", self.rule)))
    }

    /// The circuit of this program, by its rule and size.
    fn find(rule: &str, tier: &str) -> Result<(Self, Matrices), CeremonyError> {
        let name = |matrices| Self { rule: rule.into(), tier: tier.into(), matrices };
        let matrices = name(String::new()).rule()?.matrices(tier);
        let matrices =
            matrices.map_err(|_| CeremonyError::unfit(format!("`{rule}` has no circuit of size {tier}")))?;
        Ok((name(hex::encode(matrices.digest())), matrices))
    }

    /// This program's own matrices, if they are the ones that are meant.
    pub(super) fn matrices(&self) -> Result<Matrices, CeremonyError> {
        let (own, matrices) = Self::find(&self.rule, &self.tier)?;
        if own == *self {
            return Ok(matrices);
        }
        Err(CeremonyError::invalid(format!(
            "{} tier {}: the ceremony is about another circuit than this program's, whose matrices are {}",
            self.rule, self.tier, own.matrices
        )))
    }
}

/// How a ceremony's file begins.
pub const CEREMONY_MAGIC: &[u8; 8] = b"QTTCCE01";

/// A ceremony under way, or at its end: the file that contributors hand on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ceremony {
    /// What happened.
    pub transcript: Transcript,
    pub(super) keys: Vec<KeyPoints>,
}

/// What stands in a list a second time.
fn repeated<T: PartialEq>(list: &[T]) -> Option<&T> {
    list.iter().enumerate().find(|(nth, item)| list[..*nth].contains(item)).map(|(_, item)| item)
}

/// Logs of the sizes of these circuits' domains: what of a prepared file they have use for.
///
/// # Errors
/// A circuit that this program does not have.
pub fn domains(circuits: &[(String, String)]) -> Result<Vec<u32>, CeremonyError> {
    let one =
        |(rule, tier): &(String, String)| Ok(key::domain(&CircuitOf::find(rule, tier)?.1)?.size().ilog2());
    circuits.iter().map(one).collect()
}

impl Ceremony {
    /// Begins phase 2 of these circuits, each a rule's id and a size, on powers that are checked first.
    ///
    /// # Errors
    /// No circuit, one twice, or one that this program does not have; powers that are too small, broken, or whose own
    /// ceremony has not ended.
    pub fn start(
        circuits: &[(String, String)],
        ptau: &Ptau,
        rng: &mut (impl RngCore + CryptoRng),
        watch: Watch<'_>,
    ) -> Result<Self, CeremonyError> {
        if circuits.is_empty() {
            return Err(CeremonyError::unfit("no circuit was named"));
        }
        if let Some((rule, tier)) = repeated(circuits) {
            return Err(CeremonyError::unfit(format!("{rule} tier {tier} was named twice")));
        }
        let found: Vec<(CircuitOf, Matrices)> =
            circuits.iter().map(|(rule, tier)| CircuitOf::find(rule, tier)).collect::<Result<_, _>>()?;
        let mut power = 1;
        for (_, matrices) in &found {
            power = power.max(key::domain(matrices)?.size().ilog2());
        }
        ptau.check(rng)?;
        let powers = PowersUsed::new(ptau, power);
        let mut bases = Bases::<ForStart>::new(ptau);
        let mut keys = Vec::with_capacity(found.len());
        for (_, matrices) in &found {
            let domain = key::domain(matrices)?;
            if domain.size() > 1 << ptau.powers.power() {
                let (needed, there) = (domain.size().ilog2(), ptau.powers.power());
                let constraints = matrices.constraints();
                let what = format!(
                    "a circuit of {constraints} constraints needs powers of size {needed}, not {there}"
                );
                return Err(CeremonyError::unfit(what));
            }
            keys.push(KeyPoints::start(matrices, bases.of(domain, rng)?, &ptau.powers));
            watch(1);
        }
        let circuits = found.into_iter().map(|(circuit, _)| circuit).collect();
        let schema = Transcript::SCHEMA.into();
        Ok(Self { transcript: Transcript { schema, powers, circuits, contributions: Vec::new() }, keys })
    }

    /// Points that a contribution multiplies.
    #[must_use]
    pub fn points(&self) -> usize {
        self.keys.iter().filter_map(|key| key.shape().points()).sum()
    }

    pub(super) fn points_digest(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_derive_key("quittance v1 ceremony-points");
        self.keys.iter().for_each(|key| key.hash(&mut hasher));
        *hasher.finalize().as_bytes()
    }

    /// Whether the points are those of the last contribution; gives the values after it.
    pub(super) fn values(&self) -> Result<Vec<[G2Affine; SECRETS]>, CeremonyError> {
        let values = self.transcript.follow()?;
        let last = self.transcript.contributions.last();
        if last.is_some_and(|last| last.points != hex::encode(self.points_digest())) {
            return Err(CeremonyError::invalid("the points are not those of the last contribution"));
        }
        Ok(values)
    }

    pub(super) fn scale(&mut self, factors: &Factors, watch: Watch<'_>) {
        for (nth, key) in self.keys.iter_mut().enumerate() {
            key.scale([0, 1, 2].map(|secret| factors.get(SECRETS * nth + secret)), watch);
        }
    }

    /// Multiplies every secret by a fresh factor, which is forgotten. Everything is verified first: whoever multiplied points
    /// unseen would hand out, to whoever made the file, what nobody may have, such as `σ` times the base of a public input.
    ///
    /// # Errors
    /// As [`Self::verify`]; the beacon has ended the ceremony.
    pub fn contribute(
        &mut self,
        ptau: &Ptau,
        name: ContributorName,
        rng: &mut (impl RngCore + CryptoRng),
        watch: Watch<'_>,
    ) -> Result<(), CeremonyError> {
        chain::expect_open(&self.transcript.contributions)?;
        let (_, values) = self.verify_values(ptau, rng, &|_| {})?;
        self.multiply(values, name, rng, watch);
        Ok(())
    }

    /// Multiplies whatever points there are, after these values.
    pub(super) fn multiply(
        &mut self,
        values: Vec<[G2Affine; SECRETS]>,
        name: ContributorName,
        rng: &mut (impl RngCore + CryptoRng),
        watch: Watch<'_>,
    ) {
        let (old, head) = (values.into_flattened(), self.transcript.head());
        let factors = Factors::draw(old.len(), rng);
        self.scale(&factors, watch);
        let contribution = factors.prove(name, self.points_digest(), &head, &old, rng);
        self.transcript.contributions.push(contribution);
    }

    /// Ends the ceremony with a public beacon.
    ///
    /// # Errors
    /// As [`Self::verify`]; it has ended already; nobody has contributed; the beacon is not fit.
    pub fn end(
        &mut self,
        ptau: &Ptau,
        name: ContributorName,
        beacon: Beacon,
        rng: &mut (impl RngCore + CryptoRng),
        watch: Watch<'_>,
    ) -> Result<(), CeremonyError> {
        chain::expect_open(&self.transcript.contributions)?;
        chain::expect_beacon(&self.transcript.contributions, &beacon)?;
        let (_, values) = self.verify_values(ptau, rng, &|_| {})?;
        self.declare(values, name, beacon, watch);
        Ok(())
    }

    /// Multiplies whatever points there are, after these values, by the beacon's factors.
    pub(super) fn declare(
        &mut self,
        values: Vec<[G2Affine; SECRETS]>,
        name: ContributorName,
        beacon: Beacon,
        watch: Watch<'_>,
    ) {
        let (old, head) = (values.into_flattened(), self.transcript.head());
        let factors = Factors::of_beacon(&beacon, &chain::named(&head, &name), old.len());
        self.scale(&factors, watch);
        let contribution = factors.declare(name, beacon, self.points_digest(), &old);
        self.transcript.contributions.push(contribution);
    }

    /// The file's bytes: magic, the transcript after its length, the points of each circuit.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let transcript = json::to_canonical(&self.transcript);
        let mut bytes = CEREMONY_MAGIC.to_vec();
        bytes.extend_from_slice(&(transcript.len() as u64).to_le_bytes());
        bytes.extend_from_slice(&transcript);
        self.keys.iter().for_each(|key| key.write(&mut bytes));
        bytes
    }

    /// Reads [`Self::to_bytes`]. Nothing is believed yet: see [`Self::verify`].
    ///
    /// # Errors
    /// Not such a file, cut off, or with a point that is none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CeremonyError> {
        let malformed = |what: &str| CeremonyError::malformed(what);
        let rest = bytes
            .strip_prefix(CEREMONY_MAGIC)
            .ok_or_else(|| malformed("not a ceremony's file of version 1"))?;
        let cut = || malformed("the ceremony's file is cut off");
        let (length, rest) = rest.split_first_chunk().ok_or_else(cut)?;
        let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| cut())?;
        let (transcript, mut rest) = rest.split_at_checked(length).ok_or_else(cut)?;
        if length > MAX_TRANSCRIPT {
            return Err(malformed("the ceremony's transcript is too long"));
        }
        let transcript: Transcript = json::read_canonical(transcript)
            .map_err(|error| CeremonyError::malformed(format!("the ceremony's transcript: {error}")))?;
        json::expect_schema(&transcript.schema, Transcript::SCHEMA)
            .map_err(|error| CeremonyError::malformed(error.to_string()))?;
        if transcript.circuits.is_empty() {
            return Err(malformed("a ceremony of no circuit"));
        }
        if repeated(&transcript.circuits).is_some() {
            return Err(malformed("a ceremony of one circuit twice"));
        }
        let mut keys = Vec::new();
        for _ in &transcript.circuits {
            let (key, tail) = KeyPoints::read(rest)?;
            keys.push(key);
            rest = tail;
        }
        if !rest.is_empty() {
            return Err(malformed("the ceremony's file goes on after its points"));
        }
        Ok(Self { transcript, keys })
    }
}

impl PowersUsed {
    pub(super) fn new(ptau: &Ptau, power: u32) -> Self {
        let digest = hex::encode(ptau.powers.digest_up_to(power));
        Self { digest, power: Count(power.into()), origin: ptau.origin.clone() }
    }
}

impl KeyPoints {
    /// Where every key begins: `γ = δ = σ = 1`.
    pub(super) fn start(matrices: &Matrices, lagrange: &ForStart, powers: &Powers) -> Self {
        let columns = Columns::new(matrices);
        let instance = 1 + matrices.public + matrices.committed;
        let (instance, private) = columns.groth16(lagrange, instance);
        let size = lagrange.tau.len();
        let high = powers.tau_g1[size..2 * size - 1].iter();
        let quotient = high.zip(&powers.tau_g1).map(|(high, low)| *high - *low).collect::<Vec<_>>();
        Self {
            bases_sigma: instance[1 + matrices.public..].to_vec(),
            instance,
            private,
            quotient: crate::curve::normalize(&quotient),
            delta_g1: G1Affine::generator(),
        }
    }
}
