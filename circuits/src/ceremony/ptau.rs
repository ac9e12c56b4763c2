//! The file format of powers of tau: `.ptau`, as snarkjs reads and writes it.
//!
//! `ptau`, version 1, then sections, each after its number (u32) and length (u64), all little-endian. Points are
//! uncompressed, coordinates in Montgomery form (R = 2^256), the identity all zeros.
//!
//! | section | holds |
//! |---|---|
//! | 1 | bytes of a coordinate (32), the modulus, power of the file, power of its ceremony |
//! | 2, 3 | `τ^i·G_1`, 2·2^power − 1 of them; `τ^i·G_2`, 2^power |
//! | 4, 5, 6 | `α·τ^i·G_1`; `β·τ^i·G_1`; `β·G_2` |
//! | 7 | contributions, in snarkjs's own form: read by snarkjs |
//! | 12 to 15 | sections 2 to 5 in Lagrange's basis, for domains of 1, 2, 4, …, 2^power, as `snarkjs powersoftau prepare phase2` writes them: not needed, but the beginning of phase 2 is quicker with them |
//! | 1001 | our own transcript of phase 1, canonical JSON; snarkjs skips it |

use super::lagrange::Prepared;
use super::powers::{MAX_POWER, Powers, PowersOrigin, PowersTranscript};
use super::{CeremonyError, points};
use crate::json;
use ark_bn254::{Fq, Fq2};
use ark_ec::AffineRepr;
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ff::{BigInt, PrimeField};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom, Write};

const MAGIC: &[u8; 4] = b"ptau";
const VERSION: u32 = 1;
/// Bytes of a coordinate.
const WIDTH: usize = 32;
/// The sections in Lagrange's basis: `τ` in G1 and G2, times `α`, times `β`.
const PREPARED: [u32; 4] = [12, 13, 14, 15];
/// The section of our own transcript.
const TRANSCRIPT: u32 = 1001;
/// Most sections, and the longest transcript, of a file that is read.
const MAX_SECTIONS: u32 = 64;
const MAX_TRANSCRIPT: u64 = 16 << 20;

/// What a `.ptau` file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ptau {
    /// The points.
    pub powers: Powers,
    /// Who made them.
    pub origin: PowersOrigin,
    /// What the file has of the powers in Lagrange's basis, of what was asked for, by the log of the domain's size. Not
    /// checked yet.
    pub prepared: BTreeMap<u32, Prepared>,
}

/// A field element as the file spells it.
trait Spelled: Sized + Send {
    const BYTES: usize;
    fn read(bytes: &[u8]) -> Option<Self>;
    fn write(&self, out: &mut Vec<u8>);
}

impl Spelled for Fq {
    const BYTES: usize = WIDTH;

    fn read(bytes: &[u8]) -> Option<Self> {
        let mut limbs = [0u64; 4];
        for (limb, bytes) in limbs.iter_mut().zip(bytes.as_chunks::<8>().0) {
            *limb = u64::from_le_bytes(*bytes);
        }
        let montgomery = BigInt(limbs);
        (montgomery < Self::MODULUS).then(|| Self::new_unchecked(montgomery))
    }

    fn write(&self, out: &mut Vec<u8>) {
        self.0.0.iter().for_each(|limb| out.extend_from_slice(&limb.to_le_bytes()));
    }
}

impl Spelled for Fq2 {
    const BYTES: usize = 2 * WIDTH;

    fn read(bytes: &[u8]) -> Option<Self> {
        let (c0, c1) = bytes.split_at_checked(WIDTH)?;
        Some(Self::new(Fq::read(c0)?, Fq::read(c1)?))
    }

    fn write(&self, out: &mut Vec<u8>) {
        self.c0.write(out);
        self.c1.write(out);
    }
}

/// Bytes of a point.
const fn width<F: Spelled>() -> usize {
    2 * F::BYTES
}

fn read_point<C: SWCurveConfig<BaseField: Spelled>>(bytes: &[u8]) -> Option<Affine<C>> {
    let (x, y) = bytes.split_at_checked(C::BaseField::BYTES)?;
    if bytes.iter().all(|byte| *byte == 0) {
        return Some(Affine::identity());
    }
    let point = Affine::<C>::new_unchecked(C::BaseField::read(x)?, C::BaseField::read(y)?);
    (point.is_on_curve() && point.is_in_correct_subgroup_assuming_on_curve()).then_some(point)
}

/// A section of the file: its number, and where it is.
struct Section {
    number: u32,
    start: u64,
    length: u64,
}

impl Ptau {
    /// The file's bytes.
    ///
    /// # Errors
    /// The writer failed.
    pub fn write(&self, out: &mut impl Write) -> Result<(), CeremonyError> {
        let powers = &self.powers;
        let power = powers.power().to_le_bytes();
        let mut header = (WIDTH as u32).to_le_bytes().to_vec();
        for limb in Fq::MODULUS.0 {
            header.extend_from_slice(&limb.to_le_bytes());
        }
        header.extend_from_slice(&power);
        header.extend_from_slice(&power);
        let mut sections = vec![
            (1, header),
            (2, spelled(&powers.tau_g1)),
            (3, spelled(&powers.tau_g2)),
            (4, spelled(&powers.alpha_g1)),
            (5, spelled(&powers.beta_g1)),
            (6, spelled(&[powers.beta_g2])),
            // No contribution in snarkjs's form.
            (7, vec![0; 4]),
        ];
        if let PowersOrigin::Contributions(transcript) = &self.origin {
            sections.push((TRANSCRIPT, json::to_canonical(transcript)));
        }
        out.write_all(MAGIC)?;
        out.write_all(&VERSION.to_le_bytes())?;
        // Eight sections.
        out.write_all(&(sections.len() as u32).to_le_bytes())?;
        for (number, bytes) in sections {
            out.write_all(&u32::to_le_bytes(number))?;
            out.write_all(&(bytes.len() as u64).to_le_bytes())?;
            out.write_all(&bytes)?;
        }
        Ok(())
    }

    /// Reads a file, and what it has prepared for domains of these sizes (their logs). Points are on their curves and in their
    /// subgroups; that they are powers is for [`Powers::check`].
    ///
    /// # Errors
    /// Not such a file, or not of BN254; cut off; a point that is none; a transcript that does not fit.
    pub fn read(file: &mut (impl Read + Seek), domains: &[u32]) -> Result<Self, CeremonyError> {
        let sections = sections(file)?;
        let header = whole(file, &sections, 1, 44)?;
        let modulus: Vec<u8> = Fq::MODULUS.0.iter().flat_map(|limb| limb.to_le_bytes()).collect();
        if header[..4] != (WIDTH as u32).to_le_bytes() || header[4..36] != modulus {
            return Err(CeremonyError::malformed("the powers are not of BN254"));
        }
        let power = u32::from_le_bytes([header[36], header[37], header[38], header[39]]);
        if !(1..=MAX_POWER).contains(&power) {
            return Err(CeremonyError::malformed(format!(
                "powers of size {power}: the largest is {MAX_POWER}"
            )));
        }
        let size = 1u64 << power;
        let powers = Powers {
            tau_g1: all(file, &sections, 2, 2 * size - 1)?,
            tau_g2: all(file, &sections, 3, size)?,
            alpha_g1: all(file, &sections, 4, size)?,
            beta_g1: all(file, &sections, 5, size)?,
            beta_g2: all(file, &sections, 6, 1)?[0],
        };
        if points::any_identity(&powers.tau_g1) || points::any_identity(&powers.tau_g2) {
            return Err(CeremonyError::invalid("powers of tau: one is the identity"));
        }
        let origin = match find(&sections, TRANSCRIPT) {
            Err(_) => PowersOrigin::Imported,
            Ok(section) if section.length > MAX_TRANSCRIPT => {
                return Err(CeremonyError::malformed("the transcript in the powers' file is too long"));
            }
            Ok(section) => {
                let bytes = bytes(file, section, section.length)?;
                let read = json::read_canonical::<PowersTranscript>(&bytes);
                PowersOrigin::Contributions(read.map_err(|error| {
                    CeremonyError::malformed(format!("the transcript in the powers' file: {error}"))
                })?)
            }
        };
        let mut kept = BTreeMap::new();
        for domain in domains.iter().filter(|domain| **domain <= power) {
            if let Some(prepared) = prepared(file, &sections, *domain)? {
                kept.insert(*domain, prepared);
            }
        }
        Ok(Self { powers, origin, prepared: kept })
    }
}

fn spelled<C: SWCurveConfig<BaseField: Spelled>>(points: &[Affine<C>]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(points.len() * width::<C::BaseField>());
    for point in points {
        let (x, y) = point.xy().unwrap_or_default();
        x.write(&mut bytes);
        y.write(&mut bytes);
    }
    bytes
}

/// The sections of a file, which end where it ends.
fn sections(file: &mut (impl Read + Seek)) -> Result<Vec<Section>, CeremonyError> {
    let length = file.seek(SeekFrom::End(0))?;
    file.rewind()?;
    let mut start = [0; 12];
    let not_ptau = || CeremonyError::malformed("not a `.ptau` file of version 1");
    if length < 12 {
        return Err(not_ptau());
    }
    file.read_exact(&mut start)?;
    let (magic, rest) = start.split_at(4);
    let count = u32::from_le_bytes([rest[4], rest[5], rest[6], rest[7]]);
    if magic != MAGIC || rest[..4] != VERSION.to_le_bytes() || count > MAX_SECTIONS {
        return Err(not_ptau());
    }
    let (mut sections, mut at) = (Vec::new(), 12u64);
    for _ in 0..count {
        let mut head = [0; 12];
        if at + 12 > length {
            return Err(CeremonyError::malformed("the powers' file is cut off"));
        }
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(&mut head)?;
        let (number, size) = head.split_at(4);
        let number = u32::from_le_bytes([number[0], number[1], number[2], number[3]]);
        let size = u64::from_le_bytes(size.try_into().unwrap_or_default());
        let start = at + 12;
        at = start.checked_add(size).filter(|end| *end <= length).ok_or_else(|| {
            CeremonyError::malformed(format!("the powers' file is cut off in its section {number}"))
        })?;
        if sections.iter().any(|section: &Section| section.number == number) {
            return Err(CeremonyError::malformed(format!("the powers' file has two sections {number}")));
        }
        sections.push(Section { number, start, length: size });
    }
    if at != length {
        return Err(CeremonyError::malformed("the powers' file goes on after its last section"));
    }
    Ok(sections)
}

fn find(sections: &[Section], number: u32) -> Result<&Section, CeremonyError> {
    let found = sections.iter().find(|section| section.number == number);
    found.ok_or_else(|| CeremonyError::malformed(format!("the powers' file has no section {number}")))
}

fn bytes(file: &mut (impl Read + Seek), section: &Section, count: u64) -> Result<Vec<u8>, CeremonyError> {
    // Within the file's length: what is allocated was found there.
    let count = usize::try_from(count.min(section.length)).unwrap_or(usize::MAX);
    let mut bytes = vec![0; count];
    file.seek(SeekFrom::Start(section.start))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn whole(
    file: &mut (impl Read + Seek),
    sections: &[Section],
    number: u32,
    length: u64,
) -> Result<Vec<u8>, CeremonyError> {
    bytes(file, of_length(sections, number, length)?, length)
}

/// A section that has so many bytes.
fn of_length(sections: &[Section], number: u32, length: u64) -> Result<&Section, CeremonyError> {
    let section = find(sections, number)?;
    if section.length == length {
        return Ok(section);
    }
    let found = section.length;
    let what = format!("section {number} of the powers' file has {found} bytes, not {length}");
    Err(CeremonyError::malformed(what))
}

/// The points of a section that holds so many.
fn all<C: SWCurveConfig<BaseField: Spelled>>(
    file: &mut (impl Read + Seek),
    sections: &[Section],
    number: u32,
    count: u64,
) -> Result<Vec<Affine<C>>, CeremonyError> {
    of_length(sections, number, count * width::<C::BaseField>() as u64)?;
    some(file, sections, number, 0, count)
}

/// So many points of a section from one on.
fn some<C: SWCurveConfig<BaseField: Spelled>>(
    file: &mut (impl Read + Seek),
    sections: &[Section],
    number: u32,
    first: u64,
    count: u64,
) -> Result<Vec<Affine<C>>, CeremonyError> {
    let width = width::<C::BaseField>();
    let section = find(sections, number)?;
    let (before, length) = (first * width as u64, count * width as u64);
    if section.length < before + length {
        return Err(CeremonyError::malformed(format!("section {number} of the powers' file is too short")));
    }
    let part = Section { number, start: section.start + before, length };
    let bytes = bytes(file, &part, length)?;
    let points: Option<Vec<_>> = bytes.par_chunks(width).map(read_point).collect();
    points.ok_or_else(|| {
        CeremonyError::malformed(format!("section {number} of the powers' file: a point is not on its curve"))
    })
}

/// What the file has prepared for a domain; nothing if it has not all of it.
fn prepared(
    file: &mut (impl Read + Seek),
    sections: &[Section],
    domain: u32,
) -> Result<Option<Prepared>, CeremonyError> {
    if PREPARED.iter().any(|number| find(sections, *number).is_err()) {
        return Ok(None);
    }
    // The domains of 1, 2, 4, … points before it.
    let size = 1u64 << domain;
    let first = size - 1;
    let [tau_g1, tau_g2, alpha_g1, beta_g1] = PREPARED;
    Ok(Some(Prepared {
        tau_g1: some(file, sections, tau_g1, first, size)?,
        tau_g2: some(file, sections, tau_g2, first, size)?,
        alpha_g1: some(file, sections, alpha_g1, first, size)?,
        beta_g1: some(file, sections, beta_g1, first, size)?,
    }))
}
