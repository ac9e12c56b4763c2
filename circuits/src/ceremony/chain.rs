//! A chain of contributions: who multiplied which public values, and the proofs that they knew by what.
//!
//! Both phases have one, phase 1 over G1 (`τ`, `α`, `β`), phase 2 over G2 (`γ`, `δ`, `σ` of every circuit).

use super::CeremonyError;
use super::beacon::{self, Beacon};
use super::knowledge::{self, Opened};
use crate::field::{Fr, from_uniform_bytes, to_bytes};
use crate::json;
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::Zero;
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use ark_std::UniformRand;
use ark_std::rand::{CryptoRng, RngCore};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use zeroize::Zeroizing;

/// Marks that a name may have, besides letters and digits.
const MARKS: &str = " .-_@'()&/+:";

/// What a contributor is called: 1 to 64 bytes of letters, digits and a few marks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct ContributorName(String);

impl TryFrom<String> for ContributorName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let shown = text.chars().all(|c| c.is_alphanumeric() || MARKS.contains(c));
        if (1..=64).contains(&text.len()) && shown && text.trim() == text {
            return Ok(Self(text));
        }
        Err(format!("a name has 1 to 64 bytes, of letters, digits and `{MARKS}`, and no spaces around it"))
    }
}

impl FromStr for ContributorName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.to_owned().try_into()
    }
}

impl From<ContributorName> for String {
    fn from(name: ContributorName) -> Self {
        name.0
    }
}

impl fmt::Display for ContributorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One link of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Contribution {
    /// Who says to have made it. Nobody checked the name: ask the person for the transcript's digest after it.
    pub name: ContributorName,
    /// The beacon that made it; null for a person.
    pub beacon: Option<Beacon>,
    /// Digest of all points after it, hex.
    pub points: String,
    /// The public values after it, in the phase's order.
    pub values: Vec<Moved>,
}

/// A public value after a contribution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Moved {
    /// The value: a point, hex.
    pub value: String,
    /// That its factor is known; null where a beacon says it.
    pub proof: Option<Knowledge>,
}

/// A Schnorr proof of the factor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Knowledge {
    /// The nonce's multiple of the old value: a point, hex.
    pub commitment: String,
    /// `nonce + challenge · factor`: a scalar, hex.
    pub response: String,
}

/// The factors of a contribution. Wiped when dropped.
pub(super) struct Factors(Zeroizing<Vec<Fr>>);

impl Factors {
    /// Fresh ones.
    pub(super) fn draw(count: usize, rng: &mut (impl RngCore + CryptoRng)) -> Self {
        Self(Zeroizing::new((0..count).map(|_| not_zero(rng)).collect()))
    }

    /// The beacon's.
    pub(super) fn of_beacon(beacon: &Beacon, head: &[u8; 32], count: usize) -> Self {
        let hashed = beacon.hashed();
        Self(Zeroizing::new((0..count).map(|index| beacon::factor(&hashed, head, index)).collect()))
    }

    pub(super) fn get(&self, index: usize) -> Fr {
        self.0[index]
    }

    /// The public values times the factors.
    pub(super) fn move_values<C: SWCurveConfig<ScalarField = Fr>>(
        &self,
        old: &[Affine<C>],
    ) -> Vec<Affine<C>> {
        old.iter().zip(self.0.iter()).map(|(old, factor)| (*old * factor).into_affine()).collect()
    }

    /// The contribution that multiplied `old` by the factors, with proofs.
    pub(super) fn prove<C: SWCurveConfig<ScalarField = Fr>>(
        &self,
        name: ContributorName,
        points: [u8; 32],
        head: &[u8; 32],
        old: &[Affine<C>],
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Contribution {
        let new = self.move_values(old);
        let opened: Vec<Opened<C>> = old.iter().map(|old| Opened::new(*old, not_zero(rng))).collect();
        let commitments: Vec<Affine<C>> = opened.iter().map(|opened| opened.commitment).collect();
        let challenges = challenges(head, &name, &points, &new, &commitments);
        let proof = |((opened, factor), challenge): ((&Opened<C>, &Fr), Fr)| Knowledge {
            commitment: point_to_hex(&opened.commitment),
            response: hex::encode(to_bytes(&opened.answer(challenge, factor))),
        };
        let proofs = opened.iter().zip(self.0.iter()).zip(challenges).map(proof);
        let values = new.iter().zip(proofs);
        let values =
            values.map(|(new, proof)| Moved { value: point_to_hex(new), proof: Some(proof) }).collect();
        Contribution { name, beacon: None, points: hex::encode(points), values }
    }

    /// The contribution of a beacon, which needs no proofs: anybody can compute its factors.
    pub(super) fn declare<C: SWCurveConfig<ScalarField = Fr>>(
        &self,
        name: ContributorName,
        beacon: Beacon,
        points: [u8; 32],
        old: &[Affine<C>],
    ) -> Contribution {
        let values = self.move_values(old);
        let values = values.iter().map(|new| Moved { value: point_to_hex(new), proof: None }).collect();
        Contribution { name, beacon: Some(beacon), points: hex::encode(points), values }
    }
}

fn not_zero(rng: &mut (impl RngCore + CryptoRng)) -> Fr {
    loop {
        let scalar = Fr::rand(rng);
        if !scalar.is_zero() {
            return scalar;
        }
    }
}

/// What stands for everything up to and with each contribution: the first is for what stands before all of them. Bound to
/// by what comes after it, and written down by whoever contributed.
pub(super) fn heads(start: [u8; 32], contributions: &[Contribution]) -> Vec<[u8; 32]> {
    let mut heads = vec![start];
    for contribution in contributions {
        let mut hasher = blake3::Hasher::new_derive_key("quittance v1 ceremony-contribution");
        hasher.update(&heads[heads.len() - 1]);
        hasher.update(&json::to_canonical(contribution));
        heads.push(*hasher.finalize().as_bytes());
    }
    heads
}

/// Follows the chain from the values that it starts with, and from the digest of what stands before it. Gives the values
/// at its end.
pub(super) fn follow<C: SWCurveConfig<ScalarField = Fr>>(
    contributions: &[Contribution],
    start: Vec<Affine<C>>,
    head: [u8; 32],
) -> Result<Vec<Affine<C>>, CeremonyError> {
    // Before any work: hashing a beacon takes its time.
    let beacons = contributions.iter().enumerate().filter(|(_, link)| link.beacon.is_some());
    for (nth, _) in beacons {
        if nth == 0 {
            return Err(CeremonyError::invalid(
                "nobody contributed before the beacon: its factors are no secret",
            ));
        }
        if nth + 1 < contributions.len() {
            return Err(CeremonyError::invalid("there is a contribution after the beacon"));
        }
    }
    let mut values = start;
    let heads = heads(head, contributions);
    for (nth, (contribution, head)) in contributions.iter().zip(&heads).enumerate() {
        let wrong = |what: &str| {
            let name = &contribution.name;
            CeremonyError::invalid(format!("contribution {} by {name}: {what}", nth + 1))
        };
        values = step(contribution, &values, head).map_err(wrong)?;
    }
    Ok(values)
}

/// One link: the values after it.
fn step<C: SWCurveConfig<ScalarField = Fr>>(
    contribution: &Contribution,
    old: &[Affine<C>],
    head: &[u8; 32],
) -> Result<Vec<Affine<C>>, &'static str> {
    let points = digest_from_hex(&contribution.points).ok_or("the digest of its points is malformed")?;
    if contribution.values.len() != old.len() {
        return Err("it has not one value for each secret");
    }
    let new: Option<Vec<Affine<C>>> =
        contribution.values.par_iter().map(|moved| point_from_hex(&moved.value)).collect();
    let new = new.ok_or("a value is not a point in its only encoding")?;
    if new.iter().any(AffineRepr::is_zero) {
        return Err("a value is the identity");
    }
    let proofs = || contribution.values.iter().map(|moved| moved.proof.as_ref());
    if let Some(beacon) = &contribution.beacon {
        if !beacon.is_fit() {
            return Err("the beacon is not hex of 16 to 64 bytes, or takes for ever");
        }
        if proofs().any(|proof| proof.is_some()) {
            return Err("a beacon has nothing to prove");
        }
        let factors = Factors::of_beacon(beacon, &named(head, &contribution.name), old.len());
        return if factors.move_values(old) == new { Ok(new) } else { Err("not what the beacon gives") };
    }
    let read = |proof: &Knowledge| -> Option<(Affine<C>, Fr)> {
        Some((point_from_hex(&proof.commitment)?, scalar_from_hex(&proof.response)?))
    };
    let proofs: Option<Vec<_>> = proofs().map(|proof| proof.and_then(read)).collect();
    let (commitments, responses): (Vec<_>, Vec<_>) =
        proofs.ok_or("a proof is missing or not in its only encoding")?.into_iter().unzip();
    let challenges = challenges(head, &contribution.name, &points, &new, &commitments);
    let all = (0..old.len()).into_par_iter().all(|index| {
        knowledge::holds(old[index], new[index], commitments[index], challenges[index], responses[index])
    });
    if all { Ok(new) } else { Err("a proof does not show that its factor is known") }
}

/// One challenge a value, from everything that is fixed before it.
fn challenges<C: SWCurveConfig>(
    head: &[u8; 32],
    name: &ContributorName,
    points: &[u8; 32],
    new: &[Affine<C>],
    commitments: &[Affine<C>],
) -> Vec<Fr> {
    let mut hasher = blake3::Hasher::new_derive_key("quittance v1 ceremony-knowledge");
    hasher.update(&named(head, name));
    hasher.update(points);
    for point in new.iter().chain(commitments) {
        hasher.update(point_to_hex(point).as_bytes());
    }
    let challenge = |index: usize| {
        let mut hasher = hasher.clone();
        hasher.update(&(index as u64).to_le_bytes());
        let mut bytes = [0; 64];
        hasher.finalize_xof().fill(&mut bytes);
        from_uniform_bytes(&bytes)
    };
    (0..new.len()).map(challenge).collect()
}

/// What went before, and the name: so that no name can be exchanged.
pub(super) fn named(head: &[u8; 32], name: &ContributorName) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key("quittance v1 ceremony-contributor");
    hasher.update(head);
    hasher.update(name.0.as_bytes());
    *hasher.finalize().as_bytes()
}

pub(super) fn point_to_hex<C: SWCurveConfig>(point: &Affine<C>) -> String {
    let mut bytes = Vec::new();
    let written = point.serialize_compressed(&mut bytes);
    debug_assert!(written.is_ok(), "writing to memory does not fail");
    hex::encode(bytes)
}

/// Reads a point in its only encoding: lower-case hex, compressed, in the subgroup.
pub(super) fn point_from_hex<C: SWCurveConfig>(text: &str) -> Option<Affine<C>> {
    let bytes = hex::decode(text).ok()?;
    let point = Affine::<C>::deserialize_compressed(&bytes[..]).ok()?;
    (point_to_hex(&point) == text).then_some(point)
}

fn scalar_from_hex(text: &str) -> Option<Fr> {
    let bytes = hex::decode(text).ok()?;
    let scalar = Fr::deserialize_compressed(&bytes[..]).ok()?;
    (hex::encode(to_bytes(&scalar)) == text).then_some(scalar)
}

pub(super) fn digest_from_hex(text: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    hex::decode_to_slice(text, &mut digest).ok()?;
    (hex::encode(digest) == text).then_some(digest)
}

/// Refuses to go on after the beacon.
pub(super) fn expect_open(contributions: &[Contribution]) -> Result<(), CeremonyError> {
    if has_ended(contributions) {
        return Err(CeremonyError::unfit("its beacon has ended this phase: nobody can contribute any more"));
    }
    Ok(())
}

/// Refuses a beacon that is none, or that comes before anybody contributed.
pub(super) fn expect_beacon(contributions: &[Contribution], beacon: &Beacon) -> Result<(), CeremonyError> {
    if contributions.is_empty() {
        return Err(CeremonyError::unfit("nobody has contributed yet"));
    }
    beacon.check()
}

/// Whether the beacon has spoken.
pub(super) fn has_ended(contributions: &[Contribution]) -> bool {
    contributions.last().is_some_and(|last| last.beacon.is_some())
}
