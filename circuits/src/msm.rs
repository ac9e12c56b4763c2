//! Sums of multiples of points: what proving and the link of a proof spend most of their time on.
//!
//! Pippenger's method with signed digits. The points of a bucket are added two by two, in affine coordinates, round
//! after round; all additions of a round share one inversion (Montgomery's trick), so that an addition costs six
//! multiplications and not ten. Points of equal buckets are brought together by sorting first: no distribution of
//! scalars makes additions wait for each other, and a scalar of few bits costs few additions.
//!
//! Time depends on the scalars, as it does in arkworks. The result is the same point.

use crate::field::Fr;
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ec::{AdditiveGroup, AffineRepr, VariableBaseMSM};
use ark_ff::{BigInteger, Field, One, PrimeField, Zero};
use rayon::prelude::*;

/// Fewer terms are left to arkworks: sorting does not pay.
const FEW: usize = 512;
/// Points that are added in one go: enough to share an inversion, few enough for a core's cache.
const SEGMENT: usize = 4096;
/// The widest digits.
const MAX_DIGIT_BITS: u32 = 16;
/// Multiplications of an addition within a bucket, and of what each bucket costs afterwards.
const COSTS: [u64; 2] = [7, 27];

/// `Σ scalar·base`. The longer list is cut to the length of the other.
pub fn msm<C: SWCurveConfig<ScalarField = Fr>>(bases: &[Affine<C>], scalars: &[Fr]) -> Projective<C> {
    let terms = bases.len().min(scalars.len());
    // A term's index is kept in 31 bits.
    if !(FEW..1 << 31).contains(&terms) {
        return Projective::<C>::msm_unchecked(bases, scalars);
    }
    msm_in_windows(&bases[..terms], &scalars[..terms])
}

fn msm_in_windows<C: SWCurveConfig<ScalarField = Fr>>(bases: &[Affine<C>], scalars: &[Fr]) -> Projective<C> {
    let mut terms: Vec<Term> = bases
        .par_iter()
        .zip(scalars)
        .enumerate()
        .filter(|(_, (base, scalar))| !base.is_zero() && !scalar.is_zero())
        .map(|(index, (_, scalar))| Term::new(index, scalar))
        .collect();
    let Some(windows) = Windows::choose(&terms) else { return Projective::zero() };
    terms.par_iter_mut().for_each(|term| windows.shift(term));
    let sums: Vec<Projective<C>> =
        (0..windows.count).into_par_iter().map(|window| windows.sum(window, bases, &terms)).collect();
    let shift = |mut sum: Projective<C>| {
        (0..windows.bits).for_each(|_| {
            sum.double_in_place();
        });
        sum
    };
    sums.into_iter().rev().fold(Projective::zero(), |sum, window| shift(sum) + window)
}

/// A scalar that is not 0, for a base that is not the identity.
struct Term {
    /// The scalar or its negative, whichever is smaller: below 2^253. Little-endian.
    magnitude: [u64; 4],
    negative: bool,
    index: u32,
}

impl Term {
    fn new(index: usize, scalar: &Fr) -> Self {
        let (integer, negated) = (scalar.into_bigint(), (-*scalar).into_bigint());
        let negative = negated < integer;
        let magnitude = if negative { negated.0 } else { integer.0 };
        // `msm` has fewer terms than this wraps at.
        Self { magnitude, negative, index: index as u32 }
    }

    fn bits(&self) -> u32 {
        ark_ff::BigInt(self.magnitude).num_bits()
    }
}

/// The digits that scalars are cut into.
struct Windows {
    /// Bits of a digit.
    bits: u32,
    /// Digits of a scalar.
    count: u32,
}

impl Windows {
    /// The cheapest digits for these terms; none if there are no terms.
    fn choose(terms: &[Term]) -> Option<Self> {
        let mut lengths = [0u64; 256];
        terms.iter().for_each(|term| lengths[term.bits() as usize] += 1);
        let longest = (1..256u32).rev().find(|bits| lengths[*bits as usize] > 0)?;
        let cost = |bits: u32| {
            let digits = |length: u32| u64::from((length + 1).div_ceil(bits));
            let additions: u64 = (1..256u32).map(|length| lengths[length as usize] * digits(length)).sum();
            COSTS[0] * additions + COSTS[1] * digits(longest) * (1 << (bits - 1))
        };
        let bits = (2..=MAX_DIGIT_BITS).min_by_key(|bits| cost(*bits))?;
        Some(Self { bits, count: (longest + 1).div_ceil(bits) })
    }

    fn half(&self) -> u32 {
        1 << (self.bits - 1)
    }

    /// Adds half a digit to every digit but the last, so that each digit less its half is a signed one, and the carries
    /// are made. The last one has room: the largest magnitude has at least a bit less than all digits together.
    fn shift(&self, term: &mut Term) {
        let mut halves = ark_ff::BigInt([0u64; 4]);
        for window in 0..self.count - 1 {
            let bit = window * self.bits + self.bits - 1;
            halves.0[bit as usize / 64] |= 1 << (bit % 64);
        }
        let mut shifted = ark_ff::BigInt(term.magnitude);
        shifted.add_with_carry(&halves);
        term.magnitude = shifted.0;
    }

    /// The signed digit of a shifted term: from −half to half.
    fn digit(&self, window: u32, term: &Term) -> i32 {
        let first = window * self.bits;
        let (limb, shift) = (first as usize / 64, first % 64);
        let low = term.magnitude[limb] >> shift;
        let high = match term.magnitude.get(limb + 1) {
            Some(next) if shift > 0 => next << (64 - shift),
            _ => 0,
        };
        // At most 16 bits.
        let digit = ((low | high) & ((1 << self.bits) - 1)) as i32;
        let digit = if window + 1 < self.count { digit - self.half() as i32 } else { digit };
        if term.negative { -digit } else { digit }
    }

    /// `Σ digit·base` over one window.
    fn sum<C: SWCurveConfig>(&self, window: u32, bases: &[Affine<C>], terms: &[Term]) -> Projective<C> {
        let sorted = Sorted::new(self, window, terms);
        let segments = sorted.entries.par_chunks(SEGMENT).enumerate();
        let sums: Vec<Vec<(u32, Affine<C>)>> = segments
            .map(|(nth, entries)| Segment::new(&sorted, nth * SEGMENT, entries, bases).sums())
            .collect();
        // Σ bucket·sum(bucket) is the sum of all sums of buckets from some one upwards.
        let mut sums = sums.into_iter().rev().flat_map(|segment| segment.into_iter().rev()).peekable();
        let (mut upwards, mut total) = (Projective::zero(), Projective::zero());
        for bucket in (1..=self.half()).rev() {
            while let Some((_, sum)) = sums.next_if(|(of, _)| *of == bucket) {
                upwards += sum;
            }
            total += upwards;
        }
        total
    }
}

/// The terms whose digit in a window is not 0, by the digit's magnitude: their buckets.
struct Sorted {
    /// The term's index, twice, and one more if its base is to be subtracted.
    entries: Vec<u32>,
    /// Where each bucket ends, from bucket 0, which is empty.
    ends: Vec<u32>,
}

impl Sorted {
    fn new(windows: &Windows, window: u32, terms: &[Term]) -> Self {
        let digits = || terms.iter().map(|term| (windows.digit(window, term), term));
        let digits = || digits().filter(|(digit, _)| *digit != 0);
        let mut starts = vec![0u32; windows.half() as usize + 2];
        digits().for_each(|(digit, _)| starts[digit.unsigned_abs() as usize + 1] += 1);
        let mut before = 0;
        starts.iter_mut().for_each(|count| {
            before += *count;
            *count = before;
        });
        let mut entries = vec![0u32; before as usize];
        // From here on a bucket's start moves to its end.
        for (digit, term) in digits() {
            let place = &mut starts[digit.unsigned_abs() as usize];
            entries[*place as usize] = term.index << 1 | u32::from(digit < 0);
            *place += 1;
        }
        starts.pop();
        Self { entries, ends: starts }
    }
}

/// Points to add, of some neighbouring buckets.
struct Segment<C: SWCurveConfig> {
    points: Vec<Affine<C>>,
    /// The bucket of each point, ascending.
    buckets: Vec<u32>,
}

impl<C: SWCurveConfig> Segment<C> {
    fn new(sorted: &Sorted, first: usize, entries: &[u32], bases: &[Affine<C>]) -> Self {
        let point = |entry: &u32| {
            let base = bases[(entry >> 1) as usize];
            if entry & 1 == 1 { -base } else { base }
        };
        // Both are below 2^32, as the number of terms is.
        let (mut place, last) = (first as u32, (first + entries.len()) as u32);
        let mut buckets = Vec::with_capacity(entries.len());
        let known = sorted.ends.partition_point(|end| *end <= place);
        for (bucket, end) in (known as u32..).zip(&sorted.ends[known..]) {
            let end = (*end).min(last);
            buckets.extend(std::iter::repeat_n(bucket, (end - place) as usize));
            place = end;
            if place == last {
                break;
            }
        }
        Self { points: entries.iter().map(point).collect(), buckets }
    }

    /// The sum of each bucket.
    fn sums(mut self) -> Vec<(u32, Affine<C>)> {
        let mut inverses = Vec::with_capacity(self.points.len() / 2);
        while self.add_neighbours(&mut inverses) {}
        self.buckets.into_iter().zip(self.points).collect()
    }

    /// Whether the points here and after are of one bucket.
    fn is_pair(&self, at: usize) -> bool {
        self.buckets.get(at + 1) == Some(&self.buckets[at])
    }

    /// Adds each point to its neighbour in the same bucket, if it has one. Whether some had.
    fn add_neighbours(&mut self, inverses: &mut Vec<C::BaseField>) -> bool {
        self.invert_denominators(inverses);
        if inverses.is_empty() {
            return false;
        }
        let (mut from, mut to) = (0, 0);
        let mut inverses = inverses.iter();
        while from < self.points.len() {
            let pair = if self.is_pair(from) { inverses.next() } else { None };
            self.buckets[to] = self.buckets[from];
            self.points[to] = match pair {
                Some(inverse) => add(&self.points[from], &self.points[from + 1], inverse),
                None => self.points[from],
            };
            from += if pair.is_some() { 2 } else { 1 };
            to += 1;
        }
        self.points.truncate(to);
        self.buckets.truncate(to);
        true
    }

    /// The inverse of every pair's denominator, with one inversion.
    fn invert_denominators(&self, inverses: &mut Vec<C::BaseField>) {
        inverses.clear();
        let mut denominators = Vec::with_capacity(self.points.len() / 2);
        let (mut at, mut product) = (0, C::BaseField::one());
        while at < self.points.len() {
            if self.is_pair(at) {
                let denominator = denominator(&self.points[at], &self.points[at + 1]);
                inverses.push(product);
                product *= denominator;
                denominators.push(denominator);
                at += 1;
            }
            at += 1;
        }
        // No denominator is 0.
        let mut inverse = product.inverse().unwrap_or_default();
        for (before, denominator) in inverses.iter_mut().zip(&denominators).rev() {
            *before *= inverse;
            inverse *= denominator;
        }
    }
}

/// What the slope between two points is divided by: never 0, and 1 where there is no slope.
fn denominator<C: SWCurveConfig>(p: &Affine<C>, q: &Affine<C>) -> C::BaseField {
    if p.is_zero() || q.is_zero() {
        C::BaseField::one()
    } else if p.x != q.x {
        q.x - p.x
    } else if p.y == q.y && !p.y.is_zero() {
        p.y.double()
    } else {
        C::BaseField::one()
    }
}

/// The sum of two points, given the inverse of their denominator.
fn add<C: SWCurveConfig>(p: &Affine<C>, q: &Affine<C>, inverse: &C::BaseField) -> Affine<C> {
    if p.is_zero() {
        return *q;
    }
    if q.is_zero() {
        return *p;
    }
    let rise = if p.x != q.x {
        q.y - p.y
    } else if p.y == q.y && !p.y.is_zero() {
        let square = p.x.square();
        square.double() + square + C::COEFF_A
    } else {
        return Affine::identity();
    };
    let slope = rise * inverse;
    let x = slope.square() - p.x - q.x;
    Affine::new_unchecked(x, slope * (p.x - x) - p.y)
}

#[cfg(test)]
mod tests;
